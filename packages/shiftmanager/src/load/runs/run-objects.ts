import { StorageError } from "../../errors.ts";
import type { ObjectLocation, ObjectStore, PutOptions } from "../../session.ts";

/** What one run writes to S3, remembered so that it can be taken away again. */
export class RunObjects {
  readonly partBytes: number;
  readonly #store: ObjectStore;
  readonly #owner: ObjectLocation;
  readonly #begin: () => Promise<void>;
  readonly #mayBeThere = new Set<string>();
  #begun: Promise<void> | undefined;

  /** @param begin - writes the owner's file, which comes before every other */
  constructor(store: ObjectStore, owner: ObjectLocation, begin: () => Promise<void>) {
    this.#store = store;
    this.#owner = owner;
    this.#begin = begin;
    this.partBytes = store.partBytes;
  }

  /** Whether anything was begun to be written. */
  get any(): boolean {
    return this.#begun !== undefined;
  }

  async put(
    location: ObjectLocation,
    body: string | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<{ readonly bytes: number }> {
    options.signal?.throwIfAborted();
    await (this.#begun ??= this.#remembered(this.#owner, this.#begin));
    return this.#remembered(location, () => this.#store.put(location, body, options));
  }

  /**
   * Deletes what may be there, by name: to list a prefix needs a right of its own. The owner's file goes last, so that what
   * is left when this is cut short still says whose it is.
   * @throws StorageError
   */
  async deleteAll(): Promise<void> {
    const { bucket, key } = this.#owner;
    const owned = this.#mayBeThere.delete(key);
    const keys = [...this.#mayBeThere, ...(owned ? [key] : [])];
    if (keys.length === 0) return;
    await this.#store.delete(bucket, keys);
    this.#mayBeThere.clear();
  }

  async #remembered<T>({ key }: ObjectLocation, write: () => Promise<T>): Promise<T> {
    this.#mayBeThere.add(key);
    try {
      return await write();
    } catch (error) {
      // After a refusal there is nothing, nor where S3 was never asked; after a lost connection there may be.
      if (error instanceof StorageError && (error.unsent || wasRefused(error))) this.#mayBeThere.delete(key);
      throw error;
    }
  }
}

function wasRefused({ httpStatus = 0 }: StorageError): boolean {
  return httpStatus >= 400 && httpStatus < 500;
}
