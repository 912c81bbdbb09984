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
      readonly bytes?: number;
      readonly files?: number;
      readonly done?: boolean;
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

/** Receives events as they happen; what it throws surfaces in the call that was under way. */
export type EventHandler = (event: ShiftmanagerEvent) => void;
