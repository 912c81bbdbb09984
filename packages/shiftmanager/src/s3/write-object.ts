import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { OptionsError, StorageError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import { choice, either, isObject, kind, signal, text, type Kinds } from "../kinds.ts";
import type { ObjectEncryption, ObjectLocation, ObjectStore, PutOptions } from "../session.ts";
import { stoppable } from "./stoppable.ts";
import { checkBucket, s3Uri } from "./uri.ts";

/** How an object is written. */
export interface WriteOptions {
  /** Default for a dict `application/json`, for a string `text/plain; charset=utf-8`, else what S3 takes for unknown. */
  readonly contentType?: string;
  /** One of S3's canned ACLs, for example `bucket-owner-full-control`. Default: the bucket's own. */
  readonly cannedAcl?: string;
  /**
   * How S3 encrypts the object. Default `AES256`, as in the original, which also satisfies bucket policies that ask for the
   * header; `bucket` leaves it to the bucket's default, which where it is KMS would otherwise be overridden.
   */
  readonly encryption?: ObjectEncryption | "bucket";
  /** Stops the upload; nothing is left. */
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface WrittenObject extends ObjectLocation {
  readonly bytes: number;
}

/** A bucket: its name, or what `getBucket` gave. */
export type BucketInput = string | { readonly name: string };

/** An object's place: its bucket and key, or `s3://BUCKET/KEY`. */
export type KeyInput = string | { readonly bucket: BucketInput; readonly key: string };

/** What `writeFileToS3` takes for a file: bytes, a stream of unknown length, a Blob, or an open file. */
export type FileInput = Uint8Array | AsyncIterable<Uint8Array | string> | Blob | FileHandle;

export const writeKinds: Kinds<WriteOptions> = {
  contentType: text,
  cannedAcl: text,
  encryption: either(
    choice("AES256", "aws:kms", "bucket"),
    kind("{ kmsKeyId }", (value) => isObject(value) && "kmsKeyId" in value),
  ),
  signal,
};

export const bucketKind = kind(
  "a bucket's name, or what getBucket gave",
  (value) => text.fits(value) || (isObject(value) && "name" in value && text.fits(value.name)),
);

export const keyKind = kind(
  "s3://BUCKET/KEY, or { bucket, key }",
  (value) =>
    text.fits(value) ||
    (isObject(value) &&
      "bucket" in value &&
      "key" in value &&
      bucketKind.fits(value.bucket) &&
      text.fits(value.key)),
);

export const fileKind = kind(
  "bytes, a Blob, an open file or a stream (a file's name goes to writeFilenameToS3, text to writeStringToS3)",
  (value) =>
    value instanceof Uint8Array ||
    value instanceof Blob ||
    (isObject(value) && (Symbol.asyncIterator in value || ("fd" in value && "read" in value))),
);

/** What writing needs of the object it is called on. */
export interface WriteContext {
  readonly store: ObjectStore;
  readonly onEvent: EventHandler | undefined;
}

/** Most bytes of a key. @see Amazon S3 User Guide, "Naming Amazon S3 objects" (object-keys) */
const mostKeyBytes = 1024;

/** Writes a value as JSON. @throws OptionsError for what JSON cannot hold */
export function writeDict(
  data: unknown,
  key: KeyInput,
  options: WriteOptions,
  context: WriteContext,
): Promise<WrittenObject> {
  const location = typeof key === "string" ? locationOfUri(key) : locationOf(key.bucket, key.key);
  return write(location, jsonText(data), { contentType: "application/json", ...options }, context);
}

/** Writes text, as UTF-8. @throws OptionsError for text that holds half of a surrogate pair */
export async function writeString(
  text: string,
  location: ObjectLocation,
  options: WriteOptions,
  context: WriteContext,
): Promise<WrittenObject> {
  if (!text.isWellFormed()) {
    throw new OptionsError(
      "The text holds half of a surrogate pair, which UTF-8 cannot; mend it, or pass bytes to writeFileToS3.",
    );
  }
  return write(location, text, { contentType: "text/plain; charset=utf-8", ...options }, context);
}

/**
 * Writes bytes, a stream of unknown length, a Blob or an open file, from where it stands.
 * @throws OptionsError for a stream that has ended, or that gives neither bytes nor text
 */
export async function writeFile(
  file: FileInput,
  location: ObjectLocation,
  options: WriteOptions,
  context: WriteContext,
): Promise<WrittenObject> {
  return write(location, bodyOf(file, options.signal), options, context);
}

/** Writes a local file. @throws StorageError for one that cannot be read */
export async function writeFilename(
  filename: string,
  location: ObjectLocation,
  options: WriteOptions,
  context: WriteContext,
): Promise<WrittenObject> {
  let file: FileHandle;
  try {
    if ((await stat(filename)).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    file = await open(filename);
  } catch (cause) {
    throw unreadable(filename, cause);
  }
  try {
    return await write(location, contents(file, filename), options, context);
  } finally {
    await file.close();
  }
}

/** @throws OptionsError for what can be no bucket or no key */
export function locationOf(bucket: BucketInput, key: string): ObjectLocation {
  const name = typeof bucket === "string" ? bucket : bucket.name;
  checkBucket(name);
  if (key === "" || Buffer.byteLength(key) > mostKeyBytes || !key.isWellFormed()) {
    throw new OptionsError(
      `${JSON.stringify(key)} is no key of an object; S3 takes 1 to ${mostKeyBytes} bytes of UTF-8.`,
    );
  }
  return { bucket: name, key };
}

function locationOfUri(uri: string): ObjectLocation {
  const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new OptionsError(`"${uri}" names no object; write it as s3://BUCKET/KEY.`);
  }
  return locationOf(match[1], match[2]);
}

async function write(
  location: ObjectLocation,
  body: string | Uint8Array | AsyncIterable<Uint8Array>,
  { encryption = "AES256", ...options }: WriteOptions,
  { store, onEvent }: WriteContext,
): Promise<WrittenObject> {
  const task = `Upload to ${s3Uri(location)}`;
  let sent = 0;
  const settings: PutOptions = {
    ...options,
    ...(encryption === "bucket" ? {} : { encryption }),
    onSent: (bytes) => {
      sent += bytes;
      onEvent?.({ type: "progress", task, bytes: sent });
    },
  };
  onEvent?.({ type: "progress", task, bytes: 0 });
  const { bytes } = await store.put(location, body, settings);
  onEvent?.({ type: "progress", task, bytes, done: true });
  return { ...location, bytes };
}

function jsonText(data: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data, (key, value: unknown) => {
      if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
        throw new OptionsError(
          `The value of ${JSON.stringify(key)} is ${String(value)}${typeof value === "bigint" ? "n" : ""}, which JSON cannot hold; pass null, a number or text.`,
        );
      }
      return value;
    });
  } catch (cause) {
    if (cause instanceof OptionsError) throw cause;
    throw new OptionsError(
      `The data cannot be written as JSON (${(cause as Error).message.split("\n", 1)[0] ?? ""}).`,
      { cause },
    );
  }
  if (text === undefined) throw new OptionsError(`JSON has nothing for ${typeof data}; pass an object.`);
  return text;
}

function bodyOf(file: FileInput, signal: AbortSignal | undefined): Uint8Array | AsyncIterable<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  if (file instanceof Blob) return file.stream();
  if (!(Symbol.asyncIterator in file)) return contents(file, "The open file");
  if (file instanceof Readable && file.readableEnded) {
    throw new OptionsError(
      "The stream was read to its end before, so nothing is left to write; open it again.",
    );
  }
  return inBytes(signal === undefined ? file : stoppable(file, signal));
}

async function* inBytes(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (typeof chunk !== "string" && !((chunk as unknown) instanceof Uint8Array)) {
      throw new OptionsError(
        `The stream gives ${chunk === null ? "null" : `values of type ${typeof chunk}`}, and a file is bytes or text; write them as text first.`,
      );
    }
    yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
}

async function* contents(file: FileHandle, name: string): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1024 * 1024;
  for (;;) {
    // A new buffer each time: the upload keeps what it was given.
    const { buffer, bytesRead } = await file
      .read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, null)
      .catch((error: unknown) => {
        throw unreadable(name, error);
      });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function unreadable(name: string, cause: unknown): StorageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new StorageError(`${name} cannot be read (${code ?? String(cause)}); check its name and rights.`, {
    cause,
  });
}
