/** The shapes that features need of the outside world. `adapters/` implements them over `pg` and the AWS SDK. */

/** A value as the driver returns it: numbers that JavaScript cannot hold exactly arrive as text. */
export type Row = Readonly<Record<string, unknown>>;

export interface QueryResult<R = Row> {
  readonly rows: readonly R[];
  /**
   * Names of the result's columns in order, also when there are no rows; absent for a statement that returns none. Each is
   * there once: the second `id` of a join is `id_2`.
   */
  readonly columns?: readonly string[];
  /** Rows returned or changed; null where the server does not say. */
  readonly rowCount: number | null;
  /** INFO, NOTICE and WARNING messages that came with the statement. */
  readonly notices: readonly Notice[];
}

export interface Notice {
  readonly severity: string;
  readonly message: string;
}

/** What a query has to hide: what is sent holds it, what is shown must not. */
export interface QueryOptions {
  /** Texts to remove from everything the server or the driver echoes: quoted literals, as `Fragment.secretTexts` gives them. */
  readonly secrets?: readonly string[];
  /** The statement as it may be shown, in an error for example; default: the text itself. */
  readonly shown?: string;
}

/**
 * One connection while one caller has it to itself: statements run in the order they are asked for.
 * Rejects with `StatementError` for what the server refuses and `ConnectionError` when the connection is lost.
 */
export interface Session {
  query<R = Row>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<R>>;
}

/** A column of a query's result, as the server describes it without running the query. */
export interface DescribedColumn {
  readonly name: string;
  /** Of PG_TYPE; of a domain, its base type. */
  readonly typeId: number;
  /** What the type was declared with, as ATTTYPMOD has it; -1 for nothing. */
  readonly typeModifier: number;
}

/** Whole rows of a `COPY … TO STDOUT`, one after the other in one buffer. */
export interface CopiedRows {
  readonly bytes: Uint8Array;
  /** Where each row ends in `bytes`. */
  readonly ends: Uint32Array;
  /** Gives the memory of `bytes` back for rows to come; who does not, leaves it to the garbage collector. */
  readonly release: () => void;
}

/** A session of the PostgreSQL database that rows are read from. */
export interface SourceSession extends Session {
  /** Describes what a query returns. The text must be a query that returns no rows. */
  describe(text: string): Promise<readonly DescribedColumn[]>;
  /**
   * Runs a `COPY … TO STDOUT`. The server is read only as fast as the rows are taken; who stops early stops the statement
   * on the server.
   */
  copyOut(text: string): AsyncIterable<CopiedRows>;
}

/** An object in S3. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectInfo extends ObjectLocation {
  readonly bytes: number;
  /** Changes when the object is written anew. */
  readonly version: string;
}

/** A multipart upload that was begun and neither completed nor given up: its parts are paid for. */
export interface OpenUpload extends ObjectLocation {
  readonly uploadId: string;
  readonly begun: Date | undefined;
}

/** How S3 encrypts an object at rest: with keys of its own, with the account's KMS key, or with the KMS key named. */
export type ObjectEncryption = "AES256" | "aws:kms" | { readonly kmsKeyId: string };

/** How an object is written. */
export interface PutOptions {
  readonly contentType?: string;
  readonly cannedAcl?: string;
  /** Default: what the bucket says. */
  readonly encryption?: ObjectEncryption;
  /** Stops the upload; a request that is on its way is let end first. */
  readonly signal?: AbortSignal;
  /** Told each time S3 has taken some of the body, which then is in memory no more. */
  readonly onSent?: (bytes: number) => void;
  /** Told when the body or a part of it sets out (1), and when its request has ended (-1). */
  readonly onPart?: (change: 1 | -1) => void;
}

/** What loads and unloads need of S3. Rejects with `StorageError`. */
export interface ObjectStore {
  /** A longer body is sent in parts of this size, one after the other; what is in memory of it is at most one of them. */
  readonly partBytes: number;
  /**
   * Streams `body`; of unknown length, so it may become a multipart upload. Nothing is left when it fails, and when it has
   * rejected no request is on its way.
   */
  put(
    location: ObjectLocation,
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<{ readonly bytes: number }>;
  get(location: ObjectLocation): Promise<AsyncIterable<Uint8Array>>;
  /** Undefined when there is no such object. */
  find(location: ObjectLocation): Promise<ObjectInfo | undefined>;
  list(bucket: string, prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes in groups of 1,000; keys that do not exist are not an error. */
  delete(bucket: string, keys: readonly string[]): Promise<void>;
  /** The multipart uploads of keys that begin with `prefix`. */
  listUploads(bucket: string, prefix: string): AsyncIterable<OpenUpload>;
  /** Has S3 throw away what it has of an upload; one that is gone is no error. */
  abortUpload(upload: Pick<OpenUpload, "bucket" | "key" | "uploadId">): Promise<void>;
}
