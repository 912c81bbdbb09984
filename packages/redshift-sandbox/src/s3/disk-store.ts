import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BlobFiles, type Blob } from "./blob-files.ts";
import type { Checksum } from "./checksums.ts";
import { Journal } from "./journal.ts";
import { noSuchBucket, noSuchUpload, S3Error } from "./s3-error.ts";
import {
  StoreState,
  type Attributes,
  type Bucket,
  type Change,
  type ObjectRecord,
  type PartRecord,
  type Upload,
  type UploadRecord,
} from "./store-state.ts";
import type { ObjectStore, StoredObject } from "./store.ts";

/** Bytes to store; whoever proves them while they are read knows their checksum afterwards. */
export interface Payload extends AsyncIterable<Uint8Array> {
  readonly checksum?: Checksum | undefined;
}

const JOURNAL = "journal";
export const DEFAULT_CONTENT_TYPE = "binary/octet-stream";

/**
 * Objects in a directory: bytes in files (blob-files.ts), everything else in memory and in a journal (journal.ts).
 * What changes is first written to the journal and then applied, in one synchronous step; so conditions are checked, and buckets and
 * uploads are looked up, right before that step, after the bytes have arrived.
 */
export class DiskStore implements ObjectStore {
  readonly #state: StoreState;
  readonly #files: BlobFiles;
  readonly #journal: Journal;

  private constructor(state: StoreState, files: BlobFiles, journal: Journal) {
    this.#state = state;
    this.#files = files;
    this.#journal = journal;
  }

  /**
   * Opens or creates the store; only one process at a time may have it open.
   * @throws Error when the directory holds something else: files that the journal does not know are removed at start.
   */
  static async open(dir: string): Promise<DiskStore> {
    await prepareDirectory(dir);
    const state = new StoreState();
    const journal = Journal.open(join(dir, JOURNAL), (changes) => {
      for (const change of changes) state.apply(change);
    });
    try {
      const files = await BlobFiles.open(dir);
      await files.sweep(state.files());
      return new DiskStore(state, files, journal);
    } catch (error) {
      journal.close();
      throw error;
    }
  }

  hasBucket(bucket: string): boolean {
    return this.#state.buckets.has(bucket);
  }

  buckets(): readonly Bucket[] {
    return [...this.#state.buckets.values()];
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#state.buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    return bucket;
  }

  createBucket(name: string): void {
    if (this.hasBucket(name)) return;
    this.#commit([{ op: "create-bucket", bucket: name, created: Date.now() }]);
  }

  /** Uploads in progress go with it, as in S3. */
  async deleteBucket(name: string): Promise<void> {
    if (this.bucket(name).objects.size > 0) {
      throw new S3Error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", {
        details: { BucketName: name },
      });
    }
    await this.#files.discard(this.#commit([{ op: "delete-bucket", bucket: name }]));
  }

  find(bucket: string, key: string): ObjectRecord | undefined {
    return this.bucket(bucket).objects.get(key);
  }

  /** To be called in the same turn as `find`: from then on the bytes cannot go away. `end` is exclusive. */
  open(object: ObjectRecord, start = 0, end = object.size): Readable {
    return this.#files.read(object.segments, start, end);
  }

  /** `check` is run before the bytes are read and again before they become the object; it throws to refuse. */
  async put(
    bucket: string,
    key: string,
    body: Payload,
    attributes: Attributes,
    check: (current: ObjectRecord | undefined) => void = () => undefined,
  ): Promise<ObjectRecord> {
    const place = this.bucket(bucket);
    check(place.objects.get(key));
    const blob = await this.#files.write(bucket, key, body);
    return this.#keep(blob, () => {
      this.#stillThere(place);
      check(place.objects.get(key));
      const object: ObjectRecord = {
        ...attributes,
        key,
        size: blob.segment.size,
        etag: `"${blob.md5}"`,
        lastModified: nowInSeconds(),
        segments: [blob.segment],
        checksum: body.checksum,
      };
      return [{ op: "put", bucket, object }, object];
    });
  }

  /** Keys that are not there count as deleted, as in S3. `check` may refuse. */
  async deleteObjects(
    bucket: string,
    keys: readonly string[],
    check: (current: ObjectRecord | undefined) => void = () => undefined,
  ): Promise<void> {
    const { objects } = this.bucket(bucket);
    for (const key of keys) check(objects.get(key));
    const there = keys.filter((key) => objects.get(key) !== undefined);
    if (there.length === 0) return;
    await this.#files.discard(this.#commit(there.map((key) => ({ op: "delete", bucket, key }))));
  }

  uploads(bucket: string): readonly Upload[] {
    this.bucket(bucket);
    return [...this.#state.uploads.values()].filter((upload) => upload.bucket === bucket);
  }

  /** @throws S3Error NoSuchUpload, also when the upload is another key's */
  upload(bucket: string, key: string, id: string): Upload {
    this.bucket(bucket);
    const upload = this.#state.uploads.get(id);
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  createUpload(upload: Omit<UploadRecord, "id" | "initiated">): UploadRecord {
    this.bucket(upload.bucket);
    const record = { ...upload, id: randomBytes(32).toString("base64url"), initiated: nowInSeconds() };
    this.#commit([{ op: "create-upload", upload: record }]);
    return record;
  }

  async putPart(upload: UploadRecord, number: number, body: Payload): Promise<PartRecord> {
    const blob = await this.#files.write(upload.bucket, upload.key, body);
    return this.#keep(blob, () => {
      this.upload(upload.bucket, upload.key, upload.id);
      const part: PartRecord = {
        number,
        segment: blob.segment,
        md5: blob.md5,
        lastModified: nowInSeconds(),
        checksum: body.checksum,
      };
      return [{ op: "put-part", uploadId: upload.id, part }, part];
    });
  }

  /** The parts become the object as they are; those that are not named are removed. */
  async completeUpload(
    upload: UploadRecord,
    parts: readonly PartRecord[],
    etag: string,
    checksum: Checksum | undefined,
  ): Promise<ObjectRecord> {
    const object: ObjectRecord = {
      key: upload.key,
      headers: upload.headers,
      acl: upload.acl,
      size: parts.reduce((sum, part) => sum + part.segment.size, 0),
      etag,
      lastModified: nowInSeconds(),
      segments: parts.map((part) => part.segment),
      checksum,
    };
    await this.#files.discard(this.#commit([{ op: "complete-upload", uploadId: upload.id, object }]));
    return object;
  }

  async abortUpload(upload: UploadRecord): Promise<void> {
    await this.#files.discard(this.#commit([{ op: "abort-upload", uploadId: upload.id }]));
  }

  async *list(bucket: string, prefix: string): AsyncGenerator<StoredObject> {
    const { objects } = this.bucket(bucket);
    let count = 0;
    // Each step searches anew, so that objects may come and go while the caller works on one.
    for (let at = objects.seek(prefix); at?.key.startsWith(prefix); at = objects.seek(at.key, true)) {
      yield describe(at.value);
      // A caller that only counts would otherwise hold up every request.
      if (++count % 1000 === 0) await nextTurn();
    }
  }

  head(bucket: string, key: string): Promise<StoredObject | undefined> {
    return promised(() => {
      const object = this.find(bucket, key);
      return object === undefined ? undefined : describe(object);
    });
  }

  read(
    bucket: string,
    key: string,
    range: { readonly start: number; readonly end?: number } = { start: 0 },
  ): Promise<Readable | undefined> {
    return promised(() => {
      const object = this.find(bucket, key);
      if (object === undefined) return undefined;
      return this.open(object, range.start, range.end === undefined ? object.size : range.end + 1);
    });
  }

  async write(
    bucket: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    { contentType = DEFAULT_CONTENT_TYPE }: { readonly contentType?: string } = {},
  ): Promise<StoredObject> {
    return describe(
      await this.put(bucket, key, body, { headers: { "content-type": contentType }, acl: "private" }),
    );
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.deleteObjects(bucket, [key]);
  }

  /** Empties the store: these buckets are there, and nothing in them. Writes under way are refused when they end. */
  async reset(buckets: readonly string[]): Promise<void> {
    const changes: Change[] = [...this.#state.buckets.keys()].map((bucket) => ({
      op: "delete-bucket",
      bucket,
    }));
    for (const bucket of buckets) changes.push({ op: "create-bucket", bucket, created: Date.now() });
    await this.#files.discard(this.#commit(changes));
  }

  async close(): Promise<void> {
    this.#journal.close();
    await this.#files.close();
  }

  /** Makes written bytes part of the store, or removes them when `decide` refuses. */
  async #keep<T>(blob: Blob, decide: () => readonly [Change, T]): Promise<T> {
    let unused: string[];
    let kept: T;
    try {
      const [change, result] = decide();
      kept = result;
      unused = this.#commit([change]);
    } catch (error) {
      await this.#files.discard(blob.segment.file === undefined ? [] : [blob.segment.file]);
      throw error;
    }
    await this.#files.discard(unused);
    return kept;
  }

  /** A bucket of the same name that was made meanwhile is another one. */
  #stillThere(bucket: Bucket): void {
    if (this.#state.buckets.get(bucket.name) !== bucket) throw noSuchBucket(bucket.name);
  }

  /** Returns the files that are free now. */
  #commit(changes: readonly Change[]): string[] {
    this.#journal.append(changes);
    const unused = changes.flatMap((change) => this.#state.apply(change));
    if (this.#journal.isWorthRewriting(() => this.#state.changeCount))
      this.#journal.rewrite(this.#state.changes());
    return unused;
  }
}

async function prepareDirectory(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const found = await readdir(dir);
  if (found.length > 0 && !found.includes(JOURNAL)) {
    throw new Error(
      `${dir} is neither empty nor an S3 store of redshift-sandbox; use another data directory`,
    );
  }
  await chmod(dir, 0o700);
}

/** What is thrown becomes a rejection. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function describe({ key, size, etag, lastModified }: ObjectRecord): StoredObject {
  return { key, size, etag, lastModified: new Date(lastModified) };
}

/** S3 keeps times in whole seconds; with fractions, If-Modified-Since of an object's own Last-Modified would be true. */
function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}
