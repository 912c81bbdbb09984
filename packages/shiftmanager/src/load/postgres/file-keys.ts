import type { ObjectLocation } from "../../session.ts";
import { runPrefix, stagingId } from "../runs/run-place.ts";
import { suffixes, type Compression } from "./compression.ts";
import type { SourceFormat } from "./copy-out-statement.ts";

/** Keys of one run: `PREFIX/shiftmanager-ID/`, the manifests beside the data, as COPY's own files must not share its prefix. */
export class FileKeys {
  readonly prefix: string;
  readonly bucket: string;
  /** What the run's temporary tables are called by. */
  readonly stagingId: string;
  readonly #suffix: string;

  constructor(bucket: string, keyPrefix: string, id: string, format: SourceFormat, compression: Compression) {
    this.bucket = bucket;
    this.stagingId = stagingId(id);
    this.prefix = runPrefix(keyPrefix, id);
    this.#suffix = `.${format}${suffixes[compression]}`;
  }

  /** What only the files of rows are under. */
  get dataPrefix(): string {
    return `${this.prefix}/data`;
  }

  file(n: number): ObjectLocation {
    return { bucket: this.bucket, key: `${this.dataPrefix}/${padded(n)}${this.#suffix}` };
  }

  /** Number of the file that a name in STL_LOAD_ERRORS means; undefined for other runs'. */
  fileOf(name: string): number | undefined {
    if (!name.includes(`${this.dataPrefix}/`)) return undefined;
    const match = /\/data\/(\d{5,})\.(?:csv|json)(?:\.gz|\.zst)?$/.exec(name);
    return match === null ? undefined : Number(match[1]);
  }

  manifest(n: number, of: number): ObjectLocation {
    return { bucket: this.bucket, key: `${this.prefix}/manifest${of === 1 ? "" : `-${padded(n)}`}.json` };
  }
}

function padded(n: number): string {
  return String(n).padStart(5, "0");
}
