import { OptionsError } from "../../errors.ts";
import { flag, number, signal, type Kinds } from "../../kinds.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { ObjectStore } from "../../session.ts";
import { option, wording } from "../../wording.ts";
import { findRuns, type FoundRun, type RunToClean } from "./find-runs.ts";

export interface CleanLoadsOptions {
  /** Removes what is to be removed; default false, which only lists. */
  readonly execute?: boolean;
  /** Only dead runs of which nothing was heard for so long are removed; default 3,600,000, an hour. */
  readonly olderThanMs?: number;
  readonly signal?: AbortSignal;
}

export const cleanLoadsKinds: Kinds<CleanLoadsOptions> = { execute: flag, olderThanMs: number, signal };

/** One run that `cleanLoads` found. */
export interface CleanedRun extends FoundRun {
  /** Dead and old enough. */
  readonly removable: boolean;
  readonly removed: boolean;
}

const hourMs = 3_600_000;

/**
 * Lists the runs under a prefix, and with `execute` removes the dead ones: their objects and open multipart uploads. Nothing
 * else is touched: not what lives, not what was to stay, nor what no `owner.json` claims.
 */
export async function cleanRuns(
  bucket: string,
  keyPrefix: string,
  { execute = false, olderThanMs = hourMs, signal }: CleanLoadsOptions,
  store: ObjectStore,
): Promise<readonly CleanedRun[]> {
  checkBucket(bucket);
  if (!Number.isFinite(olderThanMs) || olderThanMs < 0) {
    throw new OptionsError(
      wording`${option("olderThanMs")} must be a number of milliseconds from 0, not ${olderThanMs}.`,
    );
  }
  const before = Date.now() - olderThanMs;
  const cleaned: CleanedRun[] = [];
  for (const run of await findRuns(store, bucket, keyPrefix, signal)) {
    const { keys: _keys, uploads: _uploads, ...found } = run;
    const removable = run.state === "dead" && run.since !== undefined && run.since.getTime() <= before;
    if (removable && execute) await remove(store, bucket, run, signal);
    cleaned.push({ ...found, removable, removed: removable && execute });
  }
  return cleaned;
}

async function remove(
  store: ObjectStore,
  bucket: string,
  { keys, uploads }: RunToClean,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const upload of uploads) {
    signal?.throwIfAborted();
    await store.abortUpload(upload);
  }
  signal?.throwIfAborted();
  if (keys.length > 0) await store.delete(bucket, keys);
}
