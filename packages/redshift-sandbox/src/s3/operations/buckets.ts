import { isoTime, OWNER, queryNumber, type Answer, type Call } from "../operation.ts";
import { malformedXml, noSuchBucket, notImplemented, S3Error } from "../s3-error.ts";
import { childText, parseXml, renderXml, type XmlElement } from "../xml.ts";
import { compareKeys } from "../key-index.ts";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets(call: Call): Answer {
  const prefix = call.query.get("prefix") ?? "";
  const from = call.query.get("continuation-token") ?? "";
  const max = queryNumber(call, "max-buckets", { default: 10_000, min: 1, max: 10_000 });
  const region = call.query.get("bucket-region");
  const found = call.store
    .buckets()
    .filter(
      ({ name }) =>
        name.startsWith(prefix) && name > from && (region === undefined || region === call.region),
    )
    .sort((a, b) => compareKeys(a.name, b.name));
  const page = found.slice(0, max);
  const buckets = page.map(({ name, created }): XmlElement => [
    "Bucket",
    [
      ["Name", name],
      ["CreationDate", isoTime(created)],
      ["BucketRegion", call.query.has("max-buckets") ? call.region : undefined],
    ],
  ]);
  return document([
    "ListAllMyBucketsResult",
    [
      [
        "Owner",
        [
          ["ID", OWNER.id],
          ["DisplayName", OWNER.name],
        ],
      ],
      ["Buckets", buckets],
      ["ContinuationToken", found.length > page.length ? page.at(-1)?.name : undefined],
      ["Prefix", prefix === "" ? undefined : prefix],
    ],
  ]);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(call: Call): Promise<Answer> {
  checkBucketName(call.bucket);
  const text = await call.body().text();
  if (text.trim() !== "") {
    const node = parseXml(text);
    if (node.name !== "CreateBucketConfiguration") throw malformedXml();
    const other = node.children.find((child) => child.name !== "LocationConstraint");
    if (other !== undefined) throw notImplemented(`CreateBucket with ${other.name}`);
    const location = childText(node, "LocationConstraint") ?? "us-east-1";
    if (location !== call.region) {
      throw new S3Error(
        400,
        "IllegalLocationConstraintException",
        `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      );
    }
  }
  // Only in us-east-1 does S3 answer 200 to an owner who creates a bucket again.
  if (call.store.hasBucket(call.bucket) && call.region !== "us-east-1") {
    throw new S3Error(
      409,
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { details: { BucketName: call.bucket } },
    );
  }
  call.store.createBucket(call.bucket);
  return { headers: { location: `/${call.bucket}` } };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function headBucket(call: Call): Answer {
  call.store.bucket(call.bucket);
  return { headers: { "x-amz-bucket-region": call.region, "x-amz-access-point-alias": "false" } };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function deleteBucket(call: Call): Promise<Answer> {
  await call.store.deleteBucket(call.bucket);
  return { status: 204 };
}

/** Empty for us-east-1. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export function getBucketLocation(call: Call): Answer {
  if (!call.store.hasBucket(call.bucket)) throw noSuchBucket(call.bucket);
  return document(["LocationConstraint", call.region === "us-east-1" ? "" : call.region]);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: string): void {
  const isValid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (isValid) return;
  throw new S3Error(400, "InvalidBucketName", "The specified bucket is not valid.", {
    details: { BucketName: name },
  });
}

/** An answer that is one XML document. */
export function document(element: XmlElement): Answer {
  return { headers: { "content-type": "application/xml" }, body: renderXml(element) };
}
