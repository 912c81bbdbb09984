import type { EventHandler } from "../events.ts";
import { choice, flag, names, signal, text, type Kinds } from "../kinds.ts";
import { authorizationKind, type AwsAuthorization } from "../s3/credentials.ts";
import type { UnloadedFile } from "../s3/manifest.ts";
import type { ObjectStore, Session } from "../session.ts";

/**
 * `json` and `csv` are Redshift's own formats; `text` is delimited by `|` with ESCAPE. COPY reads each back as it was, with
 * `FORMAT JSON 'auto'`, with `FORMAT CSV`, and with `DELIMITER '|' ESCAPE`.
 */
export type UnloadFormat = "json" | "csv" | "text";

/** What becomes of objects that are there already. */
export type UnloadExisting = "overwrite" | "refuse" | "replace";

export interface UnloadTableOptions {
  /** Default: the session's `current_schema()`; `schema.table` says it as well. */
  readonly schema?: string;
  /** Columns in this order; all when absent. */
  readonly columns?: readonly string[];
  /** A condition in SQL, without the word WHERE. */
  readonly where?: string;
  /** Short for `format: "json"` (true, the default) or `"text"` (false), as in the original. */
  readonly toJson?: boolean;
  /** Wins over `toJson`. */
  readonly format?: UnloadFormat;
  /**
   * What stands for NULL in `csv` and `text`. Default `\N`, which COPY takes for NULL by itself; `""` makes NULL and the empty
   * string one. A text that is the same as this mark would come back as NULL, so the batch proves that there is none, which
   * reads the table once more; `json` needs no mark.
   */
  readonly nullAs?: string;
  /**
   * Options of UNLOAD in SQL, in place of `MANIFEST VERBOSE GZIP` and, unless `existing` is given, of `ALLOWOVERWRITE`. Without
   * a MANIFEST among them the rows of each file are not known. The authorization does not belong here, where it would be shown.
   */
  readonly options?: string;
  /**
   * `overwrite` (default, as in the original) replaces objects of the same name and leaves others, which it names; `refuse`
   * stops when the prefix is not empty; `replace` deletes what is under the prefix first, and needs one: without it that were the whole bucket.
   */
  readonly existing?: UnloadExisting;
  /** For this unload only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
  readonly authorization?: AwsAuthorization;
  /** Cancels UNLOAD on the server; files that it has written by then stay. */
  readonly signal?: AbortSignal;
}

export const unloadKinds: Kinds<UnloadTableOptions> = {
  schema: text,
  columns: names,
  where: text,
  toJson: flag,
  format: choice("json", "csv", "text"),
  nullAs: text,
  options: text,
  // Misspelled, files would be written over unasked.
  existing: choice("overwrite", "refuse", "replace"),
  authorization: authorizationKind,
  signal,
};

/** What an unload wrote. */
export interface UnloadReport {
  /** `s3://…` of the manifest; undefined when the options ask for none or nothing was written. */
  readonly manifest: string | undefined;
  readonly files: readonly UnloadedFile[];
  readonly rows: number;
  /** Of the files together, as they are in S3: compressed with the default options. */
  readonly bytes: number;
  /** Objects under the prefix that this unload did not write: a later COPY of the prefix would load them too. */
  readonly stale: readonly string[];
}

export interface UnloadTarget {
  readonly bucket: string;
  /** What every file name begins with; a folder ends in `/`. */
  readonly keypath: string;
  readonly table: {
    readonly schema: string;
    readonly name: string;
    /** In the table's order; none of a late-binding view, of which the catalog has none. */
    readonly columns: readonly { readonly name: string; readonly type: string }[];
  };
}

/** What an unload needs of the object it is called on. */
export interface UnloadContext {
  readonly store: ObjectStore;
  readonly authorization: AwsAuthorization;
  /** Region of the bucket where it is known; UNLOAD needs it when it is not the cluster's. */
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}
