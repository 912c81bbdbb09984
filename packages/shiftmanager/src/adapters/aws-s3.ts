import { Readable } from "node:stream";
import type * as S3 from "@aws-sdk/client-s3";
import { StorageError } from "../errors.ts";
import type { ObjectInfo, ObjectLocation, ObjectStore } from "../session.ts";

/** Settings of the S3 calls; what is absent comes from the AWS SDK's own provider chain and configuration. */
export interface S3Settings {
  readonly region?: string | undefined;
  readonly credentials?:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string | undefined;
      }
    | undefined;
  /** Addresses buckets as `ENDPOINT/BUCKET`; the default where an own endpoint is set, which rarely knows host names. */
  readonly forcePathStyle?: boolean | undefined;
}

/** One part of a multipart upload, held in memory until it is sent; S3's smallest. */
const partBytes = 5 * 1024 * 1024;

/** An `ObjectStore` over the AWS SDK, which is loaded on the first call. */
export function s3Store(settings: S3Settings = {}): ObjectStore & { close(): void } {
  let loading: Promise<{ readonly sdk: typeof S3; readonly client: S3.S3Client }> | undefined;
  const load = () => (loading ??= connect(settings));

  return {
    async put(location, body, { contentType, cannedAcl, signal } = {}) {
      const { client } = await load();
      const { Upload } = await import("@aws-sdk/lib-storage");
      let bytes = 0;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of typeof body === "string" || body instanceof Uint8Array ? [body] : body) {
          const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
          bytes += piece.byteLength;
          yield piece;
        }
      };
      const upload = new Upload({
        client,
        params: {
          Bucket: location.bucket,
          Key: location.key,
          Body: Readable.from(counted(), { objectMode: false }),
          ...(contentType === undefined ? {} : { ContentType: contentType }),
          ...(cannedAcl === undefined ? {} : { ACL: cannedAcl as "private" }),
        },
        queueSize: 1,
        partSize: partBytes,
      });
      const abort = () => void upload.abort();
      signal?.addEventListener("abort", abort, { once: true });
      try {
        signal?.throwIfAborted();
        await upload.done();
        return { bytes };
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw storageError(error, "write", location);
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },

    async get(location) {
      const { sdk, client } = await load();
      try {
        const { Body } = await client.send(
          new sdk.GetObjectCommand({ Bucket: location.bucket, Key: location.key }),
        );
        return Body as Readable;
      } catch (error) {
        throw storageError(error, "read", location);
      }
    },

    async *list(bucket, prefix): AsyncGenerator<ObjectInfo> {
      const { sdk, client } = await load();
      try {
        for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
          for (const { Key, Size } of page.Contents ?? []) {
            if (Key !== undefined) yield { bucket, key: Key, bytes: Size ?? 0 };
          }
        }
      } catch (error) {
        throw storageError(error, "list", { bucket, key: prefix });
      }
    },

    async delete(bucket, keys) {
      const { sdk, client } = await load();
      for (let from = 0; from < keys.length; from += 1000) {
        const group = keys.slice(from, from + 1000);
        try {
          const { Errors = [] } = await client.send(
            new sdk.DeleteObjectsCommand({
              Bucket: bucket,
              Delete: { Quiet: true, Objects: group.map((Key) => ({ Key })) },
            }),
          );
          const [failed] = Errors;
          if (failed !== undefined) {
            throw Object.assign(new Error(failed.Message), { name: failed.Code });
          }
        } catch (error) {
          throw storageError(error, "delete", { bucket, key: group[0] ?? "" });
        }
      }
    },

    close() {
      // What is still loading has sent nothing yet and holds no socket.
      void loading?.then(({ client }) => client.destroy());
    },
  };
}

async function connect({ region, credentials, forcePathStyle }: S3Settings) {
  const sdk = await import("@aws-sdk/client-s3");
  const ownEndpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  const config: S3.S3ClientConfig = {
    forcePathStyle: forcePathStyle ?? ownEndpoint !== undefined,
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
          },
        }),
  };
  return { sdk, client: new sdk.S3Client(config) };
}

/** One sentence a person can act on, by S3's error code. */
function storageError(
  error: unknown,
  verb: "write" | "read" | "list" | "delete",
  { bucket, key }: ObjectLocation,
): StorageError {
  const { name, message, code }: Error & { code?: string } =
    error instanceof Error ? error : new Error(String(error));
  const place = `s3://${bucket}/${key}`;
  const said = (reason: string) => new StorageError(`Cannot ${verb} ${place}: ${reason}`, { cause: error });
  switch (name) {
    case "NoSuchBucket":
      return said(`there is no bucket named ${bucket}; create it or correct the name.`);
    case "NoSuchKey":
    case "NotFound":
      return said("there is no such object; correct the name.");
    case "AccessDenied":
    case "Forbidden":
      return said(
        "access is denied; the keys or role in use need s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.",
      );
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return said("S3 does not accept the access keys; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    case "ExpiredToken":
    case "InvalidToken":
      return said("the session token has expired or is not valid; renew the credentials.");
    case "CredentialsProviderError":
      return said(
        "no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.",
      );
    case "PermanentRedirect":
      return said("the bucket is in another region; set AWS_REGION.");
  }
  if (/region is missing/i.test(message)) return said("no region is set; set AWS_REGION.");
  if (code === "ECONNREFUSED" || code === "ENOTFOUND") {
    return said(`the S3 endpoint cannot be reached (${code}); check AWS_ENDPOINT_URL_S3 and the network.`);
  }
  return said(`${message === "" ? name : message} (${name}).`);
}
