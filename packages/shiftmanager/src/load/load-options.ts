import type { EventHandler } from "../events.ts";
import { flag, names, number, signal, text, type Kinds } from "../kinds.ts";
import { authorizationKind, type AwsAuthorization } from "../s3/credentials.ts";
import type { ObjectStore, Session } from "../session.ts";
import type { JsonpathsOption } from "./column-plan.ts";
import { conversionKinds, type CopyConversions } from "./copy-conversions.ts";
import { runIdKinds, type PastLoad, type RunIdOptions } from "./ledger/ledger.ts";
import { mergeKinds, type MergeOptions } from "./merge/merge-options.ts";
import type { PhaseSeconds } from "./phases.ts";

export interface CopyJsonToTableOptions extends CopyConversions, RunIdOptions, MergeOptions {
  /** Number of files, 1 to 10,000; a multiple of the cluster's slices loads fastest. Default 32; never an empty file. */
  readonly slices?: number;
  /** Columns in the order of the jsonpaths. Default with generated jsonpaths: the keys; with others: all of the table. */
  readonly columns?: readonly string[];
  /** Default: the session's `current_schema()`; `schema.table` says it as well. */
  readonly schema?: string;
  /** Deletes the uploaded objects afterwards, whether the load worked or not. Default true. */
  readonly cleanUpS3?: boolean;
  /**
   * A directory that the data files are also written to, while they are uploaded; made, with mode 0700, where it is
   * missing. Default: nothing is written locally.
   */
  readonly localPath?: string;
  /** Deletes the files in `localPath` afterwards, whether the load worked or not. Default true. */
  readonly cleanUpLocal?: boolean;
  /** For this load only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
  readonly authorization?: AwsAuthorization;
  /** Stops the upload, or cancels COPY on the server; a COMMIT that is under way is not cancelled. */
  readonly signal?: AbortSignal;
}

export const copyJsonKinds: Kinds<CopyJsonToTableOptions> = {
  ...conversionKinds,
  ...runIdKinds,
  ...mergeKinds,
  slices: number,
  columns: names,
  schema: text,
  cleanUpS3: flag,
  localPath: text,
  cleanUpLocal: flag,
  authorization: authorizationKind,
  signal,
};

/** What a load did. */
export interface LoadReport {
  /** Loaded and committed; as many as there were documents. */
  readonly rows: number;
  /** Uploaded, compressed; manifest and jsonpaths not counted. */
  readonly bytes: number;
  /** Uploaded data files: as many as `slices`, or as rows where these are fewer. */
  readonly files: number;
  /** Seconds of each phase. */
  readonly phases: PhaseSeconds;
  /** Key prefix of the run's objects, which with `cleanUpS3` are gone. */
  readonly keyPrefix: string;
  /** Paths of the data files in `localPath`, which with `cleanUpLocal` are gone; absent without it. */
  readonly localFiles?: readonly string[];
  /** Set when the run id was loaded before: then nothing was done, and all counts are 0. */
  readonly alreadyLoaded?: PastLoad;
}

/** What a load is asked for. */
export interface LoadRequest {
  readonly bucket: string;
  /** Key prefix of the run's objects; may be empty. */
  readonly keypath: string;
  readonly jsonpaths: JsonpathsOption;
  readonly table: string;
}

/** What a load needs of the object it is called on. */
export interface LoadContext {
  readonly store: ObjectStore;
  readonly authorization: AwsAuthorization;
  /** The same as it is now: keys of the SDK may have lapsed during the upload. */
  renewAuthorization(): Promise<AwsAuthorization>;
  /** Region of the bucket where it is known; COPY needs it when it is not the cluster's. */
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}
