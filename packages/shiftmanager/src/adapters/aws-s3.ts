import type { Readable } from "node:stream";
import type * as S3 from "@aws-sdk/client-s3";
import type { AwsKeys } from "../s3/credentials.ts";
import { ShiftmanagerError } from "../errors.ts";
import type { ObjectInfo, ObjectStore } from "../session.ts";
import { PartsLeftError } from "./multipart-upload.ts";
import { abortUpload, openUploads } from "./open-uploads.ts";
import { Bucket } from "./s3-bucket.ts";
import { partBytes, Uploads } from "./s3-upload.ts";
import { bucketError, keysError, storageError } from "./storage-error.ts";

/** Settings of the S3 calls; what is absent comes from the AWS SDK's own provider chain and configuration. */
export interface S3Settings {
  readonly region?: string | undefined;
  readonly credentials?: AwsKeys | undefined;
  /** Addresses buckets as `ENDPOINT/BUCKET`; the default where an own endpoint is set, which rarely knows host names. */
  readonly forcePathStyle?: boolean | undefined;
}

/** A connection that has been silent for so long is lost; the SDK then tries again. */
const silenceMs = 30_000;
const connectMs = 15_000;

/** An `ObjectStore` with what goes beyond it. */
export interface S3Store extends ObjectStore {
  /** The AWS SDK's client that the store uses. */
  client(): Promise<S3.S3Client>;
  /** @throws StorageError for a bucket that is not there or that the keys may not look into */
  bucket(name: string): Promise<Bucket>;
  /** The keys that the calls are signed with, from wherever they come; renewed when they are about to lapse. */
  keys(): Promise<AwsKeys>;
  close(): void;
}

/** An `ObjectStore` over the AWS SDK, which is loaded on the first call. */
export function s3Store(settings: S3Settings = {}): S3Store {
  let loading: ReturnType<typeof connect> | undefined;
  const load = () => (loading ??= connect(settings));

  const store: S3Store = {
    partBytes,

    async client() {
      return (await load()).client;
    },

    async bucket(name) {
      const { sdk, client } = await load();
      try {
        await client.send(new sdk.HeadBucketCommand({ Bucket: name }));
      } catch (error) {
        throw bucketError(error, name);
      }
      return new Bucket(name, client, store);
    },

    async keys() {
      const { client } = await load();
      const { accessKeyId, secretAccessKey, sessionToken } = await client.config
        .credentials()
        .catch((error: unknown) => {
          throw keysError(error);
        });
      // Some providers write an empty token for none.
      const token = sessionToken === undefined || sessionToken === "" ? {} : { sessionToken };
      return { accessKeyId, secretAccessKey, ...token };
    },

    async find(location) {
      const { sdk, client } = await load();
      try {
        const { ContentLength, ETag, LastModified } = await client.send(
          new sdk.HeadObjectCommand({ Bucket: location.bucket, Key: location.key }),
        );
        return { ...location, bytes: ContentLength ?? 0, version: versionOf(ETag, LastModified) };
      } catch (error) {
        // HEAD has no body to name the error: a bucket that is not there answers the same.
        if (error instanceof Error && error.name === "NotFound") return undefined;
        throw storageError(error, "read", location);
      }
    },

    async put(location, body, options = {}) {
      try {
        options.signal?.throwIfAborted();
        const { uploads } = await load();
        return { bytes: await uploads.put(location, body, options) };
      } catch (error) {
        if (options.signal?.aborted === true && !(error instanceof PartsLeftError))
          throw options.signal.reason;
        // The body's own, which says already what is wrong with it.
        if (error instanceof ShiftmanagerError) throw error;
        throw storageError(error, "write", location);
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
          for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
            if (Key === undefined) continue;
            yield { bucket, key: Key, bytes: Size ?? 0, version: versionOf(ETag, LastModified) };
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
          // Nothing is in a bucket that is not there.
          if (error instanceof Error && error.name === "NoSuchBucket") return;
          throw storageError(error, "delete", { bucket, key: group[0] ?? "" });
        }
      }
    },

    async *listUploads(bucket, prefix) {
      const { sdk, client } = await load();
      try {
        yield* openUploads(sdk, client, bucket, prefix);
      } catch (error) {
        throw storageError(error, "list", { bucket, key: prefix });
      }
    },

    async abortUpload(upload) {
      const { sdk, client } = await load();
      try {
        await abortUpload(sdk, client, upload);
      } catch (error) {
        throw storageError(error, "delete", upload);
      }
    },

    close() {
      // What is still loading has sent nothing yet and holds no socket.
      void loading?.then(
        ({ client }) => client.destroy(),
        () => undefined, // whoever waits for the client has been told
      );
    },
  };
  return store;
}

function versionOf(etag = "", modified: Date | undefined): string {
  return `${etag} ${modified?.toISOString() ?? ""}`;
}

async function connect({ region, credentials, forcePathStyle }: S3Settings) {
  const sdk = await import("@aws-sdk/client-s3");
  const ownEndpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  const config: S3.S3ClientConfig = {
    forcePathStyle: forcePathStyle ?? ownEndpoint !== undefined,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silenceMs },
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
  };
  const client = new sdk.S3Client(config);
  return { sdk, client, uploads: new Uploads(sdk, client) };
}
