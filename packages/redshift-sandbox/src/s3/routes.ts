import type { Address } from "./address.ts";
import { notImplemented } from "./s3-error.ts";

/** Method and subresource of each operation that the endpoint has; `service`, `bucket` and `object` say what it is about. */
const ROUTES = {
  ListBuckets: ["service", "GET"],
  CreateBucket: ["bucket", "PUT"],
  HeadBucket: ["bucket", "HEAD"],
  DeleteBucket: ["bucket", "DELETE"],
  GetBucketLocation: ["bucket", "GET", "location"],
  ListObjects: ["bucket", "GET"],
  ListObjectsV2: ["bucket", "GET", "list-type"],
  ListMultipartUploads: ["bucket", "GET", "uploads"],
  DeleteObjects: ["bucket", "POST", "delete"],
  PutObject: ["object", "PUT"],
  CopyObject: ["object", "PUT", "", "x-amz-copy-source"],
  GetObject: ["object", "GET"],
  HeadObject: ["object", "HEAD"],
  DeleteObject: ["object", "DELETE"],
  GetObjectAcl: ["object", "GET", "acl"],
  CreateMultipartUpload: ["object", "POST", "uploads"],
  UploadPart: ["object", "PUT", "uploadId"],
  UploadPartCopy: ["object", "PUT", "uploadId", "x-amz-copy-source"],
  CompleteMultipartUpload: ["object", "POST", "uploadId"],
  AbortMultipartUpload: ["object", "DELETE", "uploadId"],
  ListParts: ["object", "GET", "uploadId"],
} as const satisfies Readonly<Record<string, readonly [string, string, string?, string?]>>;

export type OperationName = keyof typeof ROUTES;

/**
 * Parameters that choose an operation, with what follows the verb in its name (`{}` is Bucket or Object), or the whole name after `=`.
 * Those that the endpoint has not are named in the refusal.
 */
const SUBRESOURCES: Readonly<Record<string, string>> = {
  abac: "BucketAbac",
  accelerate: "BucketAccelerateConfiguration",
  acl: "{}Acl",
  analytics: "BucketAnalyticsConfiguration",
  attributes: "ObjectAttributes",
  cors: "BucketCors",
  delete: "Objects",
  encryption: "BucketEncryption",
  "intelligent-tiering": "BucketIntelligentTieringConfiguration",
  inventory: "BucketInventoryConfiguration",
  "legal-hold": "ObjectLegalHold",
  lifecycle: "BucketLifecycleConfiguration",
  "list-type": "ObjectsV2",
  location: "BucketLocation",
  logging: "BucketLogging",
  metadataConfiguration: "BucketMetadataConfiguration",
  metadataTable: "BucketMetadataTableConfiguration",
  metrics: "BucketMetricsConfiguration",
  notification: "BucketNotificationConfiguration",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  renameObject: "=RenameObject",
  replication: "BucketReplication",
  requestPayment: "BucketRequestPayment",
  restore: "=RestoreObject",
  retention: "ObjectRetention",
  select: "=SelectObjectContent",
  session: "=CreateSession",
  tagging: "{}Tagging",
  torrent: "ObjectTorrent",
  uploadId: "MultipartUpload",
  uploads: "MultipartUploads",
  versioning: "BucketVersioning",
  versions: "=ListObjectVersions",
  website: "BucketWebsite",
};

const VERBS: Readonly<Record<string, string>> = {
  GET: "Get",
  PUT: "Put",
  DELETE: "Delete",
  HEAD: "Head",
  POST: "Post",
};

/**
 * The operation that a request asks for.
 * @throws S3Error 501 that names the operation when the endpoint does not have it.
 */
export function route(
  method: string,
  address: Address,
  headers: Readonly<Record<string, unknown>>,
): OperationName {
  const about = address.bucket === undefined ? "service" : address.key === undefined ? "bucket" : "object";
  const subresources = [...address.query.keys()].filter((name) => Object.hasOwn(SUBRESOURCES, name));
  const copies = about === "object" && method === "PUT" && headers["x-amz-copy-source"] !== undefined;
  for (const name of Object.keys(ROUTES) as OperationName[]) {
    const [where, verb, subresource = "", header] = ROUTES[name] as readonly [
      string,
      string,
      string?,
      string?,
    ];
    if (where !== about || verb !== method || (header !== undefined) !== copies) continue;
    if (subresources.length === (subresource === "" ? 0 : 1) && (subresources[0] ?? "") === subresource)
      return name;
  }
  const [subresource] = subresources;
  if (subresource === undefined) {
    throw notImplemented(`${method} on ${about === "service" ? "the service" : `a ${about}`}`);
  }
  const name = operationName(method, about, SUBRESOURCES[subresource] ?? subresource);
  throw notImplemented(`${name} (${method} ?${subresources.join("&")})`);
}

function operationName(method: string, about: string, noun: string): string {
  if (noun.startsWith("=")) return noun.slice(1);
  return `${VERBS[method] ?? method}${noun.replace("{}", about === "object" ? "Object" : "Bucket")}`;
}
