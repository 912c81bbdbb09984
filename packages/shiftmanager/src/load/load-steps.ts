import { Batch, type Facts, type Step } from "../sql/batch.ts";
import type { Statement } from "../sql/statement.ts";
import type { rowsMark } from "./copy-proof.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { LoadTable } from "./load-table.ts";
import type { MergePlan } from "./merge/merge-options.ts";
import { createStaging, dropStaging, mergeStaged, type Staging } from "./merge/merge-statements.ts";

/** Rows that are to take the place of others, and where they are until then. */
export interface Merging {
  readonly plan: MergePlan;
  readonly staging: Staging;
}

/** What a load consists of. */
export interface LoadParts {
  readonly table: LoadTable;
  /** What goes first: a DELETE. */
  readonly removal?: Statement | undefined;
  /** Each COPY with its proof; into the staging table where rows are merged. */
  readonly copies: readonly (readonly Statement[])[];
  readonly merging?: Merging | undefined;
  readonly ledger?: Ledger | undefined;
  /** Of all copies together. */
  readonly rows: number | typeof rowsMark;
  /** Each COPY in a transaction of its own. */
  readonly commitEachManifest?: boolean;
  readonly notes?: readonly string[];
  readonly facts?: Facts | undefined;
}

/** A load as it is run: what comes before its transaction, each by itself, and the transaction. */
export class LoadSteps {
  readonly #parts: LoadParts;

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  get table(): LoadParts["table"] {
    return this.#parts.table;
  }

  get rows(): LoadParts["rows"] {
    return this.#parts.rows;
  }

  get ledger(): Ledger | undefined {
    return this.#parts.ledger;
  }

  /** All of it, to review. */
  get review(): Batch {
    const { ledger, notes = [] } = this.#parts;
    const before = [...(ledger === undefined ? [] : [ledger.create()]), ...this.#staging];
    return new Batch([...before.map(alone), ...this.#steps], { notes });
  }

  /** The temporary tables; none where rows are not merged. They are made outside of the transaction, and live as the session. */
  get staging(): Batch {
    return new Batch(this.#staging.map(alone));
  }

  /** What lets go of them when the transaction has not. */
  get dropStaging(): Batch {
    const { merging } = this.#parts;
    return new Batch(merging === undefined ? [] : dropStaging(merging.staging).map(alone));
  }

  /** The transaction; no statement when there is nothing to do. */
  get transaction(): Batch {
    const { notes = [], facts } = this.#parts;
    return new Batch(this.#steps, { notes, ...(facts === undefined ? {} : { facts }) });
  }

  get #staging(): readonly Statement[] {
    const { merging, table, copies } = this.#parts;
    if (merging === undefined || copies.length === 0) return [];
    return createStaging(merging.staging, table, merging.plan);
  }

  get #steps(): readonly Step[] {
    const { removal, copies, merging, ledger, rows, table, commitEachManifest = false } = this.#parts;
    const groups = commitEachManifest
      ? copies
      : [
          [
            ...(ledger === undefined ? [] : [ledger.lock(), ledger.proof()]),
            ...(removal === undefined ? [] : [removal]),
            ...copies.flat(),
            ...(merging === undefined || copies.length === 0
              ? []
              : [...mergeStaged(merging.staging, table, merging.plan), ...dropStaging(merging.staging)]),
            ...(ledger === undefined ? [] : [ledger.entry(rows)]),
          ],
        ];
    return groups
      .filter((statements) => statements.length > 0)
      .map((statements): Step => ({ kind: "transaction", statements }));
  }
}

function alone(statement: Statement): Step {
  return { kind: "alone", statements: [statement] };
}
