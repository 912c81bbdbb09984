import type { ObjectStore, OpenUpload } from "../../session.ts";
import { parseOwner, type RunOwner } from "./owner.ts";
import { ownerKey, runPrefixOf, runsPrefix } from "./run-place.ts";
import { stateOf, type RunState } from "./run-state.ts";

/** A run as its objects in S3 show it. */
export interface FoundRun {
  /** Key prefix of its objects: `PREFIX/shiftmanager-ID`. */
  readonly keyPrefix: string;
  readonly state: RunState;
  /** What it tells of itself; undefined where it does not, and then nothing of it is ever deleted but its own open uploads. */
  readonly owner: RunOwner | undefined;
  readonly objects: number;
  readonly bytes: number;
  /** Multipart uploads that were begun and not ended. */
  readonly openUploads: number;
  /** Since when nothing was heard of it; undefined where nothing says. */
  readonly since: Date | undefined;
}

/** The same with what it would take to remove it. */
export interface RunToClean extends FoundRun {
  readonly keys: readonly string[];
  readonly uploads: readonly OpenUpload[];
}

interface Collected {
  readonly keys: string[];
  readonly uploads: OpenUpload[];
  bytes: number;
}

/** Lists the runs directly under a prefix, in key order; nothing else there is looked at. @throws StorageError */
export async function findRuns(
  store: ObjectStore,
  bucket: string,
  keyPrefix: string,
  signal: AbortSignal | undefined,
): Promise<readonly RunToClean[]> {
  const start = runsPrefix(keyPrefix);
  const runs = new Map<string, Collected>();
  const runOf = (key: string) => {
    const prefix = runPrefixOf(keyPrefix, key);
    if (prefix === undefined) return undefined;
    const run = runs.get(prefix) ?? { keys: [], uploads: [], bytes: 0 };
    runs.set(prefix, run);
    return run;
  };
  for await (const { key, bytes } of store.list(bucket, start)) {
    signal?.throwIfAborted();
    const run = runOf(key);
    if (run === undefined) continue;
    run.keys.push(key);
    run.bytes += bytes;
  }
  for await (const upload of store.listUploads(bucket, start)) {
    signal?.throwIfAborted();
    runOf(upload.key)?.uploads.push(upload);
  }
  const found: RunToClean[] = [];
  for (const [prefix, run] of [...runs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    signal?.throwIfAborted();
    found.push(await described(store, bucket, prefix, run));
  }
  return found;
}

async function described(
  store: ObjectStore,
  bucket: string,
  keyPrefix: string,
  { keys, uploads, bytes }: Collected,
): Promise<RunToClean> {
  const key = ownerKey(keyPrefix);
  const owner = keys.includes(key) ? await readOwner(store, { bucket, key }) : undefined;
  const common = {
    keyPrefix,
    owner,
    objects: keys.length,
    bytes,
    openUploads: uploads.length,
    // The owner's file goes last, so that what is left when this is cut short still says whose it is.
    keys: [...keys.filter((other) => other !== key), ...keys.filter((other) => other === key)],
    uploads,
  };
  if (owner !== undefined) {
    return { ...common, state: stateOf(owner, Date.now()), since: new Date(owner.heartbeat) };
  }
  // A run writes its owner's file first and deletes it last: uploads of data that outlived it could not be given up.
  const parts = keys.length === 0 && uploads.every((upload) => upload.key.startsWith(`${keyPrefix}/data/`));
  const begun = uploads.flatMap((upload) => upload.begun ?? []).sort((a, b) => b.getTime() - a.getTime());
  return { ...common, state: parts ? "dead" : "unknown", since: begun[0] };
}

async function readOwner(
  store: ObjectStore,
  location: { readonly bucket: string; readonly key: string },
): Promise<RunOwner | undefined> {
  // A run that ends meanwhile takes it away.
  if ((await store.find(location)) === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.get(location)) chunks.push(chunk);
  return parseOwner(Buffer.concat(chunks).toString("utf8"));
}
