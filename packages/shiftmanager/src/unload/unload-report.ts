import { readUnloadManifest, type UnloadedFile } from "../s3/manifest.ts";
import { s3Uri } from "../s3/uri.ts";
import type { ObjectInfo, ObjectStore } from "../session.ts";
import type { UnloadReport } from "./unload-options.ts";

/** What is known of an unload that has run. */
export interface FinishedUnload {
  readonly bucket: string;
  readonly key: string;
  readonly rows: number;
  /** What was below the prefix before it. */
  readonly before: readonly ObjectInfo[];
  readonly wantsManifest: boolean;
}

/** Reads back what an unload wrote: the files of its manifest, else every object that is new or has changed. */
export async function unloadReport(store: ObjectStore, unload: FinishedUnload): Promise<UnloadReport> {
  const { bucket, key, rows } = unload;
  const found: ObjectInfo[] = [];
  for await (const object of store.list(bucket, key)) found.push(object);
  const known = new Map(unload.before.map((object) => [object.key, object.version]));
  const isNew = (object: ObjectInfo) => known.get(object.key) !== object.version;
  const manifest = found.find((object) => object.key === `${key}manifest`);
  // An empty table may write no manifest: one that is there then is an older one's. Two unloads within a second may write the
  // same manifest, which is why being unchanged proves it old only of a table without rows.
  const isOurs = manifest !== undefined && unload.wantsManifest && (rows > 0 || isNew(manifest));
  const files = isOurs
    ? await listedFiles(store, manifest, found)
    : found
        .filter((object) => object !== manifest && isNew(object))
        .map((object) => ({ url: s3Uri(object), rows: undefined, bytes: object.bytes }));
  const written = new Set(files.map(({ url }) => url));
  if (isOurs) written.add(s3Uri(manifest));
  return {
    manifest: isOurs ? s3Uri(manifest) : undefined,
    files,
    rows,
    bytes: files.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    stale: found.map(s3Uri).filter((url) => !written.has(url)),
  };
}

async function listedFiles(
  store: ObjectStore,
  manifest: ObjectInfo,
  found: readonly ObjectInfo[],
): Promise<readonly UnloadedFile[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.get(manifest)) chunks.push(chunk);
  const sizes = new Map(found.map((object) => [s3Uri(object), object.bytes]));
  // The manifest counts what was written before compression.
  return readUnloadManifest(Buffer.concat(chunks).toString("utf8")).map((file) => ({
    ...file,
    bytes: sizes.get(file.url) ?? file.bytes,
  }));
}
