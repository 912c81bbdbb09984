/**
 * What a statement becomes: the one shape that the SQL side (which reads statements), the wire (which runs them)
 * and COPY/UNLOAD (which move data) agree on.
 */

/** What a statement does to the transaction it is sent in. */
export type TransactionRule =
  /** runs in the open transaction, or in its own */
  | "joins"
  /** commits the open transaction: TRUNCATE */
  | "commits"
  /** is refused (SQLSTATE 25001) in a transaction block and in a multi-statement request: VACUUM … */
  | "forbidden";

/** One PostgreSQL statement whose rows and command tag go to the client as they are; may hold `$1` parameters. */
export interface PassPlan {
  readonly kind: "pass";
  readonly sql: string;
  /** Present when some name in `sql` has a meaning that only the catalog tells. */
  readonly lookup?: Lookup;
  /** Present when `sql` is a query, or holds one. */
  readonly query?: QueryPlace;
}

/** Where in a statement its query stands. */
export interface QueryPlace {
  /** How much stands before it: `EXPLAIN`, `DECLARE c CURSOR FOR`. */
  readonly prefixLength: number;
  /** The parenthesised parameter types of a PREPARE, else nothing. */
  readonly types?: string;
}

/** A query that reads differently by what the catalog holds: which names are columns, and which of them the user may read. */
export interface Lookup {
  /** Whether a superuser's statement must be looked at too; else it is only `*`, of which a superuser sees all. */
  readonly always: boolean;
  /** Whether it only makes strings of literals that go to SUPER columns or stand beside SUPER values: needless where there is no SUPER. */
  readonly onlySupers: boolean;
  /**
   * The statement as PostgreSQL must get it. Asks the catalog, and leaves the transaction as it was.
   * @throws SqlError for a name that is a whole row, which Redshift does not have
   */
  text(session: LookupSession): Promise<string>;
}

/** The client's session, as far as a `Lookup` needs it. */
export interface LookupSession {
  readonly inTransaction: boolean;
  /** The numbers of the types that the client gave its parameters, 0 where it gave none. */
  readonly parameterTypes?: readonly number[];
  query(sql: string): Promise<{ readonly rows: readonly (readonly (string | null)[])[] }>;
  /** Runs statements and gives the details of the notices that PostgreSQL sends meanwhile, which the client does not get. */
  details(sql: string): Promise<readonly string[]>;
}

/** A statement that the sandbox answers itself, with as many statements on the client's own backend as it needs. */
export interface VirtualPlan {
  readonly kind: "virtual";
  /** CommandComplete's tag, e.g. `CREATE TABLE`. `run` may return another (`COPY 12` is only known afterwards). */
  readonly tag: string;
  readonly transaction: TransactionRule;
  /** Columns of the rows that `run` sends; absent when there are none. Known before it runs, for Describe. */
  readonly columns?: readonly Column[];
  /**
   * The wire has opened a transaction around it (when `joins` and none was open), so that a failure leaves nothing.
   * Statement-level privileges come free because `backend` is the client's own PostgreSQL session.
   */
  run(backend: Backend): Promise<string | undefined>;
}

export type Plan = PassPlan | VirtualPlan;

export interface Column {
  readonly name: string;
  /** PostgreSQL type oid; 25 (text) or 1043 (varchar) where nothing better is known. */
  readonly oid: number;
}

/** The client's own PostgreSQL session, as a virtual plan sees it. Text format everywhere; null is NULL. */
export interface Backend {
  readonly user: string;
  readonly database: string;
  readonly processId: number;
  /** Runs one statement or several; rows of the last. Throws SqlError as PostgreSQL reported it. */
  query(
    sql: string,
  ): Promise<{ readonly columns: readonly Column[]; readonly rows: readonly (readonly (string | null)[])[] }>;
  /** Runs statements and gives the details of the notices that PostgreSQL sends meanwhile, which the client does not get. */
  details(sql: string): Promise<readonly string[]>;
  /** `COPY … FROM STDIN`: sends the chunks, resolves to the row count. An error thrown by `source` aborts the COPY and is rethrown. */
  copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * `COPY … TO STDOUT`: yields what PostgreSQL sends, one or more whole rows a chunk, with backpressure.
   * A reader that stops early cancels the COPY, so its transaction has failed: it must then fail itself.
   */
  copyOut(sql: string): AsyncIterable<Uint8Array>;
  /** Rows of this statement for the client, in the order of `columns`. */
  row(values: readonly (string | null)[]): void;
  /** A NoticeResponse: `INFO`, `WARNING`, `NOTICE`. */
  notice(severity: "INFO" | "NOTICE" | "WARNING", message: string, detail?: string): void;
  /** Session-local values that outlive a statement (pg_last_copy_id and its like), by name. */
  readonly state: Map<string, string>;
  /** Aborted when the client cancels or goes away; long work outside PostgreSQL listens to it. */
  readonly signal: AbortSignal;
}

/** Which Redshift a sandbox is: they differ in what may be read of the system. */
export type Edition = "provisioned" | "serverless";

/** A SELECT inside another statement, which the sandbox runs in a transaction. */
export interface TranslatedQuery {
  /** Before the catalog was asked. */
  readonly sql: string;
  /** What to run. */
  text(backend: Pick<Backend, "query" | "details">): Promise<string>;
}

/** What the SQL side knows of the session when it reads a statement. */
export interface TranslateContext {
  readonly user: string;
  readonly database: string;
  readonly edition: Edition;
  /** `enable_case_sensitive_identifier` of the session. */
  readonly caseSensitiveIdentifiers: boolean;
}
