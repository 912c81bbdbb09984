import { encodePercent } from "../address.ts";
import { listPage, type ListingPage } from "../listing.ts";
import { isoTime, OWNER, queryNumber, type Answer, type Call } from "../operation.ts";
import { invalidArgument } from "../s3-error.ts";
import type { ObjectRecord } from "../store-state.ts";
import type { XmlElement } from "../xml.ts";
import { document } from "./buckets.ts";

const MAX_KEYS = 1000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(call: Call): Answer {
  if (call.query.get("list-type") !== "2") {
    throw invalidArgument(
      "list-type",
      call.query.get("list-type") ?? "",
      "Invalid List Type specified in Request",
    );
  }
  const token = call.query.get("continuation-token");
  const startAfter = call.query.get("start-after");
  const { prefix, delimiter, maxKeys, encode, encodingType } = readCommon(call);
  const after = token === undefined ? (startAfter ?? "") : readToken(token);
  const page = listPage(call.store.bucket(call.bucket).objects, { prefix, delimiter, maxKeys, after });
  const withOwner = call.query.get("fetch-owner") === "true";
  return document([
    "ListBucketResult",
    [
      ["Name", call.bucket],
      ["Prefix", encode(prefix)],
      ["KeyCount", page.entries.length],
      ["MaxKeys", maxKeys],
      ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
      ["EncodingType", encodingType],
      ["IsTruncated", page.isTruncated],
      ["ContinuationToken", token],
      ["StartAfter", startAfter === undefined ? undefined : encode(startAfter)],
      ["NextContinuationToken", page.isTruncated ? makeToken(page.last ?? "") : undefined],
      ...entryElements(page, encode, withOwner),
    ],
  ]);
}

/** The older form, which pages by key. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(call: Call): Answer {
  const marker = call.query.get("marker") ?? "";
  const { prefix, delimiter, maxKeys, encode, encodingType } = readCommon(call);
  const page = listPage(call.store.bucket(call.bucket).objects, {
    prefix,
    delimiter,
    maxKeys,
    after: marker,
  });
  return document([
    "ListBucketResult",
    [
      ["Name", call.bucket],
      ["Prefix", encode(prefix)],
      ["Marker", encode(marker)],
      // Without a delimiter S3 lets the client take the last key.
      ["NextMarker", page.isTruncated && delimiter !== "" ? encode(page.last ?? "") : undefined],
      ["MaxKeys", maxKeys],
      ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
      ["EncodingType", encodingType],
      ["IsTruncated", page.isTruncated],
      ...entryElements(page, encode, true),
    ],
  ]);
}

/** How keys are written into a listing: as they are, or percent-encoded for clients whose XML cannot hold them. */
export function readEncoding(call: Call): {
  encode: (text: string) => string;
  encodingType: string | undefined;
} {
  const encodingType = call.query.get("encoding-type");
  if (encodingType === undefined || encodingType === "")
    return { encode: (text) => text, encodingType: undefined };
  if (encodingType !== "url")
    throw invalidArgument("encoding-type", encodingType, "Invalid Encoding Method specified in Request");
  return { encode: (text) => encodePercent(text, "/"), encodingType };
}

function readCommon(call: Call): {
  prefix: string;
  delimiter: string;
  maxKeys: number;
  encode: (text: string) => string;
  encodingType: string | undefined;
} {
  return {
    prefix: call.query.get("prefix") ?? "",
    delimiter: call.query.get("delimiter") ?? "",
    maxKeys: queryNumber(call, "max-keys", { default: MAX_KEYS, max: MAX_KEYS }),
    ...readEncoding(call),
  };
}

function entryElements(
  page: ListingPage<ObjectRecord>,
  encode: (text: string) => string,
  withOwner: boolean,
): readonly XmlElement[] {
  const objects: XmlElement[] = [];
  const prefixes: XmlElement[] = [];
  for (const entry of page.entries) {
    if ("commonPrefix" in entry) prefixes.push(["CommonPrefixes", [["Prefix", encode(entry.commonPrefix)]]]);
    else objects.push(["Contents", objectElements(entry.value, encode, withOwner)]);
  }
  return [...objects, ...prefixes];
}

function objectElements(
  object: ObjectRecord,
  encode: (text: string) => string,
  withOwner: boolean,
): readonly XmlElement[] {
  return [
    ["Key", encode(object.key)],
    ["LastModified", isoTime(object.lastModified)],
    ["ETag", object.etag],
    ["ChecksumAlgorithm", object.checksum?.algorithm],
    ["ChecksumType", object.checksum?.type],
    ["Size", object.size],
    ["StorageClass", "STANDARD"],
    [
      "Owner",
      withOwner
        ? [
            ["ID", OWNER.id],
            ["DisplayName", OWNER.name],
          ]
        : undefined,
    ],
  ];
}

/** Opaque to clients, who must not take it for a key. */
function makeToken(last: string): string {
  return Buffer.from(`1${last}`, "utf8").toString("base64url");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString("utf8");
  if (!text.startsWith("1") || makeToken(text.slice(1)) !== token) {
    throw invalidArgument("continuation-token", token, "The continuation token provided is incorrect");
  }
  return text.slice(1);
}
