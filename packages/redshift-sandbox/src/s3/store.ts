import type { Readable } from "node:stream";

/** The objects of the endpoint, as COPY and UNLOAD reach them inside the process (the HTTP side uses the same store). */
export interface ObjectStore {
  hasBucket(bucket: string): boolean;
  /** Keys that start with `prefix`, in UTF-8 byte order. */
  list(bucket: string, prefix: string): AsyncIterable<StoredObject>;
  /** Undefined when there is no such object. */
  head(bucket: string, key: string): Promise<StoredObject | undefined>;
  /** Undefined when there is no such object. `end` is inclusive, as in HTTP ranges. */
  read(
    bucket: string,
    key: string,
    range?: { readonly start: number; readonly end?: number },
  ): Promise<Readable | undefined>;
  /** Written under a temporary name and moved into place, so that a reader never sees half an object. */
  write(
    bucket: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    more?: { readonly contentType?: string },
  ): Promise<StoredObject>;
  delete(bucket: string, key: string): Promise<void>;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** With its quotes, as in the ETag header. */
  readonly etag: string;
  readonly lastModified: Date;
}
