import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ObjectStore, StoredObject } from "../../src/s3/store.ts";

/** Objects in memory, delivered in chunks of a chosen size. */
export class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  readonly #bucket: string;
  chunkBytes = 64 * 1024;

  constructor(bucket: string) {
    this.#bucket = bucket;
  }

  put(key: string, body: string | Buffer): void {
    this.objects.set(key, Buffer.from(body));
  }

  text(key: string): string | undefined {
    return this.objects.get(key)?.toString("utf8");
  }

  hasBucket(bucket: string): boolean {
    return bucket === this.#bucket;
  }

  async *list(_bucket: string, prefix: string): AsyncGenerator<StoredObject> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      const object = await this.head(this.#bucket, key);
      if (object !== undefined) yield object;
    }
  }

  head(_bucket: string, key: string): Promise<StoredObject | undefined> {
    const body = this.objects.get(key);
    if (body === undefined) return Promise.resolve(undefined);
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    return Promise.resolve({ key, size: body.length, etag, lastModified: new Date(0) });
  }

  read(_bucket: string, key: string): Promise<Readable | undefined> {
    const body = this.objects.get(key);
    if (body === undefined) return Promise.resolve(undefined);
    const chunks: Buffer[] = [];
    for (let at = 0; at < body.length; at += this.chunkBytes)
      chunks.push(body.subarray(at, at + this.chunkBytes));
    return Promise.resolve(Readable.from(chunks));
  }

  async write(bucket: string, key: string, body: AsyncIterable<Uint8Array>): Promise<StoredObject> {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(Buffer.from(part));
    this.put(key, Buffer.concat(parts));
    const object = await this.head(bucket, key);
    if (object === undefined) throw new Error("just written");
    return object;
  }

  delete(_bucket: string, key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }
}
