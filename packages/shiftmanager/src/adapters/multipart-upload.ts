import type * as S3 from "@aws-sdk/client-s3";
import type { ObjectLocation, PutOptions } from "../session.ts";
import { abortUpload } from "./open-uploads.ts";
import { objectParameters, onItsWay, whileWanted } from "./put-request.ts";

/** A multipart upload that could not be given up: its parts stay in S3, and are paid for, until it is. */
export class PartsLeftError extends Error {
  constructor(uploadId: string, cause: unknown) {
    super(
      `the parts of the multipart upload ${uploadId} are left there (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  }
}

/** One multipart upload, begun with its first part. Its parts are sent one after the other. */
export class MultipartUpload {
  readonly #sdk: typeof S3;
  readonly #client: S3.S3Client;
  readonly #location: ObjectLocation;
  readonly #options: PutOptions;
  readonly #parts: S3.CompletedPart[] = [];
  #id: string | undefined;
  /** Another upload of the key may have been begun by an attempt whose answer was lost. */
  #mayHaveTwin = false;

  constructor(sdk: typeof S3, client: S3.S3Client, location: ObjectLocation, options: PutOptions) {
    this.#sdk = sdk;
    this.#client = client;
    this.#location = location;
    this.#options = options;
  }

  get parts(): number {
    return this.#parts.length;
  }

  async send(body: Uint8Array): Promise<void> {
    const { signal } = this.#options;
    const uploadId = (this.#id ??= await this.#begin());
    const PartNumber = this.#parts.length + 1;
    const request = new this.#sdk.UploadPartCommand({
      ...this.#named(uploadId),
      PartNumber,
      Body: body,
      ChecksumAlgorithm: "CRC32",
    });
    const { ETag, ChecksumCRC32 } = await onItsWay(this.#options, () =>
      whileWanted(signal, (abortSignal) => this.#client.send(request, { abortSignal })),
    );
    this.#parts.push({ PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) });
  }

  async complete(): Promise<void> {
    const uploadId = this.#id;
    if (uploadId === undefined) throw new Error("A multipart upload needs a part.");
    // Not stopped half way: whether the object is there would be unknown.
    this.#options.signal?.throwIfAborted();
    await this.#client.send(
      new this.#sdk.CompleteMultipartUploadCommand({
        ...this.#named(uploadId),
        MultipartUpload: { Parts: this.#parts },
      }),
    );
    this.#id = undefined;
    if (this.#mayHaveTwin) await this.#abortAll();
  }

  /** Has S3 throw away what it has. @throws PartsLeftError, with what went wrong before as its message's first half */
  async abort(reason: unknown): Promise<void> {
    try {
      if (this.#id !== undefined) await this.#abort(this.#id);
      if (this.#mayHaveTwin) await this.#abortAll();
    } catch (error) {
      const left = new PartsLeftError(this.#id ?? "", error);
      if (reason instanceof Error) left.message = `${reason.message}; besides, ${left.message}`;
      throw left;
    }
  }

  async #begin(): Promise<string> {
    const { signal } = this.#options;
    this.#mayHaveTwin = true;
    const { UploadId, $metadata } = await whileWanted(signal, (abortSignal) =>
      this.#client.send(
        new this.#sdk.CreateMultipartUploadCommand({
          ...objectParameters(this.#location, this.#options),
          // The checksum that the SDK gives each part must be the one announced here.
          ChecksumAlgorithm: "CRC32",
        }),
        { abortSignal },
      ),
    );
    if (UploadId === undefined) throw new Error("S3 answered CreateMultipartUpload without an id");
    this.#mayHaveTwin = ($metadata.attempts ?? 1) > 1;
    return UploadId;
  }

  async #abort(uploadId: string): Promise<void> {
    await abortUpload(this.#sdk, this.#client, { ...this.#location, uploadId });
  }

  async #abortAll(): Promise<void> {
    const { bucket, key } = this.#location;
    const { Uploads: uploads = [] } = await this.#client
      .send(new this.#sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }))
      .catch((error: unknown) => {
        if (error instanceof Error && /^(NoSuchBucket|AccessDenied)$/.test(error.name)) {
          // A twin has no parts, so it costs nothing; who may not look must leave it to the bucket's lifecycle rules.
          return { Uploads: [] };
        }
        throw error;
      });
    for (const { Key, UploadId } of uploads) {
      if (Key === key && UploadId !== undefined) await this.#abort(UploadId);
    }
  }

  #named(UploadId: string) {
    return { Bucket: this.#location.bucket, Key: this.#location.key, UploadId };
  }
}
