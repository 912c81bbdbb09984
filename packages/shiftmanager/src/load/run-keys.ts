import type { ObjectLocation } from "../session.ts";
import { runPrefix, stagingId } from "./runs/run-place.ts";

/**
 * The keys of one load, `PREFIX/shiftmanager-ID/…`. The data has a prefix of its own, as COPY's other files must not
 * share it.
 */
export class RunKeys {
  readonly prefix: string;
  readonly jsonpaths: ObjectLocation;
  readonly manifest: ObjectLocation;
  readonly bucket: string;
  /** What the run's temporary tables are called by. */
  readonly stagingId: string;

  constructor({ bucket, keypath }: { readonly bucket: string; readonly keypath: string }, id: string) {
    this.bucket = bucket;
    this.stagingId = stagingId(id);
    this.prefix = runPrefix(keypath, id);
    this.jsonpaths = { bucket, key: `${this.prefix}/jsonpaths.json` };
    this.manifest = { bucket, key: `${this.prefix}/manifest.json` };
  }

  /** Counted from 0. */
  slice(n: number): ObjectLocation {
    return { bucket: this.bucket, key: `${this.prefix}/data/${String(n).padStart(5, "0")}.json.gz` };
  }

  /** Number of the slice that a file name in STL_LOAD_ERRORS means; undefined for other runs' and where that view has cut it off. */
  sliceOf(file: string): number | undefined {
    if (!file.includes(`${this.prefix}/data/`)) return undefined;
    const match = /\/data\/(\d{5})\.json\.gz$/.exec(file);
    return match === null ? undefined : Number(match[1]);
  }
}
