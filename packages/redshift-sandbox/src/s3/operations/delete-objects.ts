import { checkKey } from "../attributes.ts";
import { type Answer, type Call } from "../operation.ts";
import { invalidRequest, malformedXml, notImplemented, S3Error } from "../s3-error.ts";
import { writeCondition } from "../conditions.ts";
import { childText, parseXml, type XmlElement, type XmlNode } from "../xml.ts";
import { document } from "./buckets.ts";

const MAX_OBJECTS = 1000;

/**
 * Up to 1,000 keys at once. Keys that are not there count as deleted; what fails is named in the answer, whose status is 200 all the same.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function deleteObjects(call: Call): Promise<Answer> {
  call.store.bucket(call.bucket);
  const body = call.body();
  if (!body.isProtected) throw invalidRequest("Missing required header for this request: Content-MD5");
  const root = parseXml(await body.text());
  const wanted = root.children.filter((child) => child.name === "Object");
  if (root.name !== "Delete" || wanted.length === 0 || wanted.length > MAX_OBJECTS) throw malformedXml();
  const isQuiet = childText(root, "Quiet")?.trim().toLowerCase() === "true";
  const deletable: string[] = [];
  const errors: XmlElement[] = [];
  for (const node of wanted) {
    const key = childText(node, "Key") ?? "";
    try {
      checkOne(call, key, node);
      deletable.push(key);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push([
        "Error",
        [
          ["Key", key],
          ["Code", error.code],
          ["Message", error.message],
        ],
      ]);
    }
  }
  await call.store.deleteObjects(call.bucket, [...new Set(deletable)]);
  const deleted = isQuiet ? [] : deletable.map((key): XmlElement => ["Deleted", [["Key", key]]]);
  return document(["DeleteResult", [...deleted, ...errors]]);
}

function checkOne(call: Call, key: string, node: XmlNode): void {
  if (key === "") throw malformedXml();
  checkKey(key);
  const version = childText(node, "VersionId")?.trim() ?? "null";
  if (version !== "null") throw notImplemented("object versions (VersionId)");
  for (const name of ["LastModifiedTime", "Size"]) {
    if (childText(node, name) !== undefined) throw notImplemented(`DeleteObjects with ${name}`);
  }
  const etag = childText(node, "ETag")?.trim();
  if (etag === undefined) return;
  writeCondition({ "if-match": etag }, key)(call.store.find(call.bucket, key));
}
