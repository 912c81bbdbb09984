import type * as S3 from "@aws-sdk/client-s3";
import type { ObjectLocation, PutOptions } from "../session.ts";
import { Slots } from "./slots.ts";

/** S3's smallest part; a body that does not fill one is a single PutObject. */
export const partBytes = 5 * 1024 * 1024;

/** How many bodies or parts of one store are on their way at once: each is in memory until S3 has it. */
const mostRequests = 8;

/** How long a request that is on its way when the upload is stopped may take to end. */
const graceMs = 5000;

/** S3's limits: at most 10,000 parts, so they grow with the object: 275 GB fit in. */
function sizeOfPart(number: number): number {
  return partBytes * (1 + Math.floor((number - 1) / 1000));
}

/** A multipart upload that could not be given up: its parts stay in S3, and are paid for, until it is. */
export class PartsLeftError extends Error {
  constructor(uploadId: string, cause: unknown) {
    super(
      `the parts of the multipart upload ${uploadId} are left there (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  }
}

/**
 * Sends bodies of unknown length to S3. What is in memory of each is at most one part.
 *
 * The SDK's own `Upload` is not used: stopped, it returns before S3 has been told, and a process that then ends leaves the
 * parts behind; and its buffers grow with the number of uploads, for which nothing sets a limit.
 */
export class Uploads {
  readonly #sdk: typeof S3;
  readonly #client: S3.S3Client;
  readonly #slots = new Slots(mostRequests);

  constructor(sdk: typeof S3, client: S3.S3Client) {
    this.#sdk = sdk;
    this.#client = client;
  }

  /** Resolves to the number of bytes. When it rejects, no request of it is on its way any more. */
  async put(
    location: ObjectLocation,
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    if (typeof body === "string" || body instanceof Uint8Array) {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      await this.#putWhole(location, bytes, options);
      return bytes.byteLength;
    }
    const upload = new MultipartUpload(this.#sdk, this.#client, location, options);
    try {
      let rest: Uint8Array[] = [];
      let held = 0;
      let sent = 0;
      for await (const chunk of body) {
        rest.push(chunk);
        held += chunk.byteLength;
        for (let size = sizeOfPart(upload.parts + 1); held >= size; size = sizeOfPart(upload.parts + 1)) {
          const part = rest;
          const over = held - size;
          const last = part.at(-1);
          rest = over === 0 || last === undefined ? [] : [last.subarray(last.byteLength - over)];
          held = over;
          await this.#slots.in(() => upload.send(joined(part, size)));
          sent += size;
          options.onSent?.(size);
        }
      }
      if (upload.parts === 0) {
        const whole = rest;
        await this.#slots.in(() => this.#send(location, joined(whole, held), options));
      } else {
        if (held > 0) await this.#slots.in(() => upload.send(joined(rest, held)));
        await upload.complete();
      }
      options.onSent?.(held);
      return sent + held;
    } catch (error) {
      await upload.abort(error);
      throw error;
    }
  }

  #putWhole(location: ObjectLocation, body: Uint8Array, options: PutOptions): Promise<void> {
    return this.#slots.in(() => this.#send(location, body, options));
  }

  async #send(location: ObjectLocation, body: Uint8Array, options: PutOptions): Promise<void> {
    await whileWanted(options.signal, (abortSignal) =>
      this.#client.send(
        new this.#sdk.PutObjectCommand({ ...objectParameters(location, options), Body: body }),
        { abortSignal },
      ),
    );
  }
}

/** One multipart upload, begun with its first part. Its parts are sent one after the other. */
class MultipartUpload {
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
    const { ETag, ChecksumCRC32 } = await whileWanted(signal, (abortSignal) =>
      this.#client.send(
        new this.#sdk.UploadPartCommand({
          ...this.#named(uploadId),
          PartNumber,
          Body: body,
          ChecksumAlgorithm: "CRC32",
        }),
        { abortSignal },
      ),
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
    try {
      await this.#client.send(new this.#sdk.AbortMultipartUploadCommand(this.#named(uploadId)));
    } catch (error) {
      // Gone already: an earlier attempt whose answer was lost, or the bucket itself.
      if (!(error instanceof Error && /^NoSuch(Upload|Bucket)$/.test(error.name))) throw error;
    }
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

function objectParameters(
  { bucket, key }: ObjectLocation,
  { contentType, cannedAcl }: PutOptions,
): { Bucket: string; Key: string; ContentType?: string; ACL?: S3.ObjectCannedACL } {
  return {
    Bucket: bucket,
    Key: key,
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(cannedAcl === undefined ? {} : { ACL: cannedAcl as S3.ObjectCannedACL }),
  };
}

/**
 * A request that is on its way when the signal comes is let end: cut off, S3 may or may not have taken it, and what it took
 * may appear after everything was deleted. It is given up only when it takes long.
 */
async function whileWanted<T>(
  signal: AbortSignal | undefined,
  send: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    timer = setTimeout(() => giveUp.abort(), graceMs);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await send(giveUp.signal);
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}

/** The chunks as one, cut at `size`. Lets go of them, or they would be in memory beside their copy until S3 has it. */
function joined(chunks: Uint8Array[], size: number): Uint8Array {
  return Buffer.concat(chunks.splice(0), size);
}
