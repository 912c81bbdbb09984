import type { ObjectLocation } from "../session.ts";
import { runPrefix, stagingId } from "./runs/run-place.ts";

/**
 * The keys of one run, `PREFIX/shiftmanager-ID/…`. The data has a prefix of its own, as what COPY reads besides must not
 * share it.
 */
export class RunKeys {
  readonly prefix: string;
  readonly bucket: string;
  /** What the run's temporary tables are called by. */
  readonly stagingId: string;
  readonly #suffix: string;

  /** @param suffix - what the names of the data files end in: `.json.gz` */
  constructor(
    { bucket, keyPrefix }: { readonly bucket: string; readonly keyPrefix: string },
    id: string,
    suffix: string,
  ) {
    this.bucket = bucket;
    this.stagingId = stagingId(id);
    this.prefix = runPrefix(keyPrefix, id);
    this.#suffix = suffix;
  }

  /** What only the data files are under. */
  get dataPrefix(): string {
    return `${this.prefix}/data`;
  }

  get jsonpaths(): ObjectLocation {
    return this.#at("jsonpaths.json");
  }

  /** Counted from 0. */
  file(n: number): ObjectLocation {
    return this.#at(`data/${padded(n)}${this.#suffix}`);
  }

  /** Number of the file that a name in STL_LOAD_ERRORS means; undefined for other runs' and where that view has cut it off. */
  fileOf(name: string): number | undefined {
    if (!name.includes(`${this.dataPrefix}/`) || !name.endsWith(this.#suffix)) return undefined;
    const match = /\/data\/(\d{5,})\.[.a-z]+$/.exec(name);
    return match === null ? undefined : Number(match[1]);
  }

  /** Counted from 0, of so many. */
  manifest(n = 0, of = 1): ObjectLocation {
    return this.#at(`manifest${of === 1 ? "" : `-${padded(n)}`}.json`);
  }

  #at(name: string): ObjectLocation {
    return { bucket: this.bucket, key: `${this.prefix}/${name}` };
  }
}

function padded(n: number): string {
  return String(n).padStart(5, "0");
}
