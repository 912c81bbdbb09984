import type { Checksum, ChecksumAlgorithm, ChecksumType } from "./checksums.ts";
import { KeyIndex } from "./key-index.ts";

/** A run of an object's bytes: a file of blob-files.ts, or no file when it is empty. */
export interface Segment {
  readonly file: string | undefined;
  readonly size: number;
}

/** What a client says of an object beside its bytes. */
export interface Attributes {
  /** Headers that GetObject gives back as they came: `content-type`, `cache-control`, `x-amz-meta-*` … */
  readonly headers: Readonly<Record<string, string>>;
  /** The canned ACL; kept and shown, never enforced. */
  readonly acl: string;
}

export interface ObjectRecord extends Attributes {
  readonly key: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** Milliseconds, whole seconds as in S3. */
  readonly lastModified: number;
  /** One per part, so that an upload is completed without copying a byte. */
  readonly segments: readonly Segment[];
  readonly checksum?: Checksum | undefined;
}

export interface PartRecord {
  readonly number: number;
  readonly segment: Segment;
  /** Hex MD5, without quotes. */
  readonly md5: string;
  readonly lastModified: number;
  readonly checksum?: Checksum | undefined;
}

export interface UploadRecord extends Attributes {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: number;
  readonly algorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: ChecksumType | undefined;
}

/** An entry of the journal. */
export type Change =
  | { readonly op: "create-bucket"; readonly bucket: string; readonly created: number }
  | { readonly op: "delete-bucket"; readonly bucket: string }
  | { readonly op: "put"; readonly bucket: string; readonly object: ObjectRecord }
  | { readonly op: "delete"; readonly bucket: string; readonly key: string }
  | { readonly op: "create-upload"; readonly upload: UploadRecord }
  | { readonly op: "put-part"; readonly uploadId: string; readonly part: PartRecord }
  | { readonly op: "complete-upload"; readonly uploadId: string; readonly object: ObjectRecord }
  | { readonly op: "abort-upload"; readonly uploadId: string };

export interface Bucket {
  readonly name: string;
  readonly created: number;
  readonly objects: KeyIndex<ObjectRecord>;
}

export interface Upload extends UploadRecord {
  readonly parts: Map<number, PartRecord>;
}

/** Everything the store knows, in memory: the sum of the journal's changes, whether just made or read back at start. */
export class StoreState {
  readonly buckets = new Map<string, Bucket>();
  readonly uploads = new Map<string, Upload>();

  /** Applies a change and returns the files that nothing refers to any more. */
  apply(change: Change): string[] {
    switch (change.op) {
      case "create-bucket":
        this.buckets.set(change.bucket, {
          name: change.bucket,
          created: change.created,
          objects: new KeyIndex(),
        });
        return [];
      case "delete-bucket":
        return this.#deleteBucket(change.bucket);
      case "put":
        return this.#put(change.bucket, change.object);
      case "delete": {
        const objects = this.buckets.get(change.bucket)?.objects;
        const old = objects?.get(change.key);
        objects?.delete(change.key);
        return filesOf(old?.segments);
      }
      case "create-upload":
        this.uploads.set(change.upload.id, { ...change.upload, parts: new Map() });
        return [];
      case "put-part": {
        const parts = this.uploads.get(change.uploadId)?.parts;
        const old = parts?.get(change.part.number);
        parts?.set(change.part.number, change.part);
        return filesOf(old === undefined ? [] : [old.segment]);
      }
      case "complete-upload": {
        const upload = this.uploads.get(change.uploadId);
        if (upload === undefined) return [];
        this.uploads.delete(change.uploadId);
        const used = new Set(filesOf(change.object.segments));
        const unused = partFiles(upload).filter((file) => !used.has(file));
        return [...unused, ...this.#put(upload.bucket, change.object)];
      }
      case "abort-upload": {
        const upload = this.uploads.get(change.uploadId);
        this.uploads.delete(change.uploadId);
        return upload === undefined ? [] : partFiles(upload);
      }
    }
  }

  /** The fewest changes that make this state again. */
  *changes(): Generator<Change> {
    for (const bucket of this.buckets.values()) {
      yield { op: "create-bucket", bucket: bucket.name, created: bucket.created };
      for (const object of bucket.objects.inOrder()) yield { op: "put", bucket: bucket.name, object };
    }
    for (const { parts, ...upload } of this.uploads.values()) {
      yield { op: "create-upload", upload };
      for (const part of parts.values()) yield { op: "put-part", uploadId: upload.id, part };
    }
  }

  /** How many changes `changes` gives. */
  get changeCount(): number {
    let count = 0;
    for (const bucket of this.buckets.values()) count += 1 + bucket.objects.size;
    for (const upload of this.uploads.values()) count += 1 + upload.parts.size;
    return count;
  }

  files(): Set<string> {
    const files = new Set<string>();
    for (const change of this.changes()) {
      if (change.op === "put") for (const file of filesOf(change.object.segments)) files.add(file);
      if (change.op === "put-part") for (const file of filesOf([change.part.segment])) files.add(file);
    }
    return files;
  }

  #put(bucket: string, object: ObjectRecord): string[] {
    const objects = this.buckets.get(bucket)?.objects;
    if (objects === undefined) return filesOf(object.segments);
    const old = objects.get(object.key);
    objects.set(object.key, object);
    return filesOf(old?.segments);
  }

  #deleteBucket(name: string): string[] {
    const files = [...(this.buckets.get(name)?.objects.inOrder() ?? [])].flatMap((object) =>
      filesOf(object.segments),
    );
    this.buckets.delete(name);
    for (const upload of [...this.uploads.values()]) {
      if (upload.bucket !== name) continue;
      files.push(...partFiles(upload));
      this.uploads.delete(upload.id);
    }
    return files;
  }
}

function partFiles(upload: Upload): string[] {
  return [...upload.parts.values()].flatMap((part) => filesOf([part.segment]));
}

function filesOf(segments: readonly Segment[] | undefined): string[] {
  return (segments ?? []).flatMap(({ file }) => (file === undefined ? [] : [file]));
}
