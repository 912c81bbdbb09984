import type { S3Client } from "@aws-sdk/client-s3";
import { checkArguments, requireText } from "../check-arguments.ts";
import { isObject, kind, text } from "../kinds.ts";
import type { ObjectInfo, ObjectLocation, ObjectStore, PutOptions } from "../session.ts";

const putSignature = {
  key: text,
  body: kind(
    "text, bytes or a stream of bytes",
    (value) =>
      text.fits(value) || value instanceof Uint8Array || (isObject(value) && Symbol.asyncIterator in value),
  ),
};

/** A bucket that exists, as `getBucket` found it. Its calls use the keys and the region of the `Redshift` object. */
export class Bucket {
  readonly name: string;
  /** The AWS SDK's client, for everything that this class has no method for. */
  readonly client: S3Client;
  readonly #store: ObjectStore;

  constructor(name: string, client: S3Client, store: ObjectStore) {
    this.name = name;
    this.client = client;
    this.#store = store;
  }

  /** The objects whose keys begin with a prefix, in key order. @throws StorageError */
  list(prefix = ""): AsyncIterable<ObjectInfo> {
    requireText("The prefix", prefix);
    return this.#store.list(this.name, prefix);
  }

  /** What is known of one object; undefined when there is none. @throws StorageError, also when the keys may not look */
  async find(key: string): Promise<ObjectInfo | undefined> {
    return this.#store.find(this.#at(key));
  }

  /** The bytes of an object, as they arrive. @throws StorageError */
  async get(key: string): Promise<AsyncIterable<Uint8Array>> {
    return this.#store.get(this.#at(key));
  }

  /**
   * Writes an object; a body of unknown length in parts, of which one at a time is in memory.
   * @throws StorageError; nothing is left then
   */
  async put(
    key: string,
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<{ readonly bytes: number }> {
    checkArguments("put", putSignature, { key, body });
    return this.#store.put(this.#at(key), body, options);
  }

  /** Deletes objects; one that is not there is no error. @throws StorageError */
  async delete(...keys: readonly string[]): Promise<void> {
    for (const key of keys) requireText("A key", key);
    return this.#store.delete(this.name, keys);
  }

  #at(key: string): ObjectLocation {
    requireText("The key", key);
    return { bucket: this.name, key };
  }
}
