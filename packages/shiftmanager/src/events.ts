/**
 * What a `Redshift` object tells while it works, in place of printing. No event holds a secret. Further types may be
 * added in any release, so a handler should ignore what it does not know.
 */
export type ShiftmanagerEvent =
  | {
      readonly type: "connecting";
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      /** True when an earlier connection of the same object was lost; its session settings and temporary tables are gone. */
      readonly again: boolean;
    }
  | {
      /** A statement of a batch is about to be sent. */
      readonly type: "statement";
      /** Counted from 1. */
      readonly number: number;
      readonly total: number;
      readonly summary: string;
      /** Secrets masked. */
      readonly sql: string;
    }
  | {
      /** A message the server sent beside a result: INFO, NOTICE, WARNING. */
      readonly type: "notice";
      readonly severity: string;
      readonly message: string;
    }
  | {
      /** Rows of a PostgreSQL source are about to be read. */
      readonly type: "reading";
      /** `public.orders`, "the query". */
      readonly source: string;
      readonly sessions: number;
      /** Into so many ranges of pages the table is cut, each of which becomes a file; absent where one statement reads it. */
      readonly ranges?: number;
      /** As far as a sample tells. */
      readonly expectedRows?: number;
    }
  | {
      /** How far a long task has come; counts only grow within one task. */
      readonly type: "progress";
      /** "Uploading movies.json", for example. */
      readonly task: string;
      readonly rows?: number;
      /** Written so far, compressed where the files are. */
      readonly bytes?: number;
      readonly files?: number;
      /** Read from the source so far, as the source has them: of a packed file its own bytes. */
      readonly bytesIn?: number;
      /** What `bytesIn` comes to in the end: of files their size, of a table of PostgreSQL what a sample of it says; absent where nobody knows. */
      readonly totalBytesIn?: number;
      /** Bodies and parts that are on their way to S3. */
      readonly partsInFlight?: number;
      /** Where the files of a run are meanwhile: `s3://BUCKET/PREFIX/shiftmanager-ID/`. */
      readonly place?: string;
      readonly done?: boolean;
    }
  | {
      /** A phase of a load begins or has ended; one begins when the one before it has ended. */
      readonly type: "phase";
      readonly phase: LoadPhase;
      readonly state: "begun" | "ended";
      /** Of one that has ended. */
      readonly seconds?: number;
    }
  | {
      /** COMMIT is about to be sent: from here on it is no longer cancelled. */
      readonly type: "commit";
      /** How many statements it will keep. */
      readonly statements: number;
    }
  | {
      readonly type: "retry";
      readonly reason: string;
      /** The attempt that is about to start, counted from 1. */
      readonly attempt: number;
      readonly delayMs: number;
    }
  | {
      /** Something the caller should know although the work goes on. */
      readonly type: "warning";
      readonly message: string;
    };

/**
 * What a load does, in this order: reads the catalogs, uploads, deletes the rows that new ones replace, copies, proves the
 * number of rows, commits; then it takes its files away. `explain` is the search for what a failed COPY did not say.
 */
export type LoadPhase =
  "plan" | "check" | "upload" | "delete" | "copy" | "proof" | "commit" | "explain" | "clean-up";

/** Receives events as they happen; what it throws surfaces in the call that was under way. */
export type EventHandler = (event: ShiftmanagerEvent) => void;
