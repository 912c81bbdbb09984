import { StorageError } from "../errors.ts";
import type { ObjectLocation, ObjectStore, PutOptions } from "../session.ts";

/** What one run writes to S3, remembered so that it can be taken away again. */
export class RunObjects {
  readonly partBytes: number;
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #mayBeThere = new Set<string>();

  constructor(store: ObjectStore, bucket: string) {
    this.#store = store;
    this.#bucket = bucket;
    this.partBytes = store.partBytes;
  }

  async put(
    location: ObjectLocation,
    body: string | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<{ readonly bytes: number }> {
    this.#mayBeThere.add(location.key);
    try {
      return await this.#store.put(location, body, options);
    } catch (error) {
      // After a refusal there is nothing; after a lost connection there may be.
      if (error instanceof StorageError && wasRefused(error)) this.#mayBeThere.delete(location.key);
      throw error;
    }
  }

  /**
   * Deletes what may be there, by name: to list a prefix needs a right of its own.
   * @throws StorageError
   */
  async deleteAll(): Promise<void> {
    if (this.#mayBeThere.size === 0) return;
    await this.#store.delete(this.#bucket, [...this.#mayBeThere]);
    this.#mayBeThere.clear();
  }
}

function wasRefused({ httpStatus = 0 }: StorageError): boolean {
  return httpStatus >= 400 && httpStatus < 500;
}
