import { inspect } from "node:util";
import { checkArguments } from "../check-arguments.ts";
import { isObject, kind } from "../kinds.ts";
import type { Session } from "../session.ts";
import type { ToSQLOptions } from "./fragment.ts";
import type { Statement, TransactionRule } from "./statement.ts";

/** Statements that stand or fall together, or one statement that runs outside any transaction. */
export interface Step {
  readonly kind: "transaction" | "alone";
  readonly statements: readonly Statement[];
}

/** The catalog facts that a batch was built from. */
export interface Facts {
  /**
   * Reads the facts again, past every cache, and returns one sentence for each that is no longer as it was reviewed;
   * none means that the batch still holds.
   */
  differences(session: Session): Promise<readonly string[]>;
}

/** What else a batch has to say beside its statements. */
export interface BatchOptions {
  /** Sentences for the reviewer, printed above the statements. */
  readonly notes?: readonly string[];
  readonly facts?: Facts;
  /**
   * Takes away what the statements leave outside the database, such as unloaded files. Executing runs it once at the end,
   * whether the statements were kept or rolled back; rejects with what it could not take away.
   */
  readonly cleanUp?: () => Promise<void>;
}

/** A batch as JSON: what `--json` prints. Secrets are masked. */
export interface BatchJSON {
  readonly notes: readonly string[];
  readonly steps: readonly {
    readonly kind: Step["kind"];
    readonly statements: readonly {
      readonly sql: string;
      readonly summary: string;
      readonly destroys?: string;
      readonly transaction: TransactionRule;
    }[];
  }[];
}

const stepsKind = kind(
  "a list of steps, { kind, statements: [{ sql, summary }] }",
  (value) =>
    Array.isArray(value) &&
    value.every((step: unknown) => isObject(step) && "statements" in step && Array.isArray(step.statements)),
);

/**
 * SQL to review, then to execute: a frozen list of statements in the transactions they run in.
 * Every way of showing it masks secrets, but `toSQL({ secrets: "reveal" })`.
 */
export class Batch {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  readonly facts: Facts | undefined;
  readonly cleanUp: (() => Promise<void>) | undefined;

  constructor(steps: readonly Step[], { notes = [], facts, cleanUp }: BatchOptions = {}) {
    checkArguments("new Batch()", { steps: stepsKind }, { steps });
    this.steps = Object.freeze(
      steps.map(({ kind, statements }) =>
        Object.freeze({ kind, statements: Object.freeze(statements.map((s) => Object.freeze({ ...s }))) }),
      ),
    );
    this.notes = Object.freeze([...notes]);
    this.facts = facts;
    this.cleanUp = cleanUp;
    Object.freeze(this);
  }

  /** A batch of one transaction. */
  static transaction(statements: readonly Statement[], options: BatchOptions = {}): Batch {
    return new Batch([{ kind: "transaction", statements }], options);
  }

  get statements(): readonly Statement[] {
    return this.steps.flatMap(({ statements }) => statements);
  }

  /** What the batch destroys, one entry a statement that destroys something. */
  get destroys(): readonly string[] {
    return this.statements.flatMap(({ destroys }) => (destroys === undefined ? [] : [destroys]));
  }

  /** True when every statement only reads, as far as their texts tell. */
  get readsOnly(): boolean {
    return this.statements.every(({ reads }) => reads === true);
  }

  /** The statements joined by `;` and a line break. */
  toSQL(options: ToSQLOptions = {}): string {
    return this.statements.map(({ sql }) => sql.toSQL(options)).join(";\n");
  }

  /** The statements joined by `;` and a line break, secrets masked: what the Python original returned. */
  toString(): string {
    return this.toSQL();
  }

  /**
   * A script to paste into psql: a `-- summary` over each statement, `BEGIN` and `COMMIT` where the transactions are.
   * A single statement needs neither.
   */
  toScript(options: ToSQLOptions = {}): string {
    const notes = this.notes.map((note) => comment(`Note: ${note}`));
    const steps = this.steps.map(({ kind, statements }) => {
      const texts = statements.map(({ sql, summary }) => `${comment(summary)}\n${sql.toSQL(options)};`);
      return kind === "transaction" && statements.length > 1
        ? ["BEGIN;", ...texts, "COMMIT;"].join("\n\n")
        : texts.join("\n\n");
    });
    return `${[...notes, ...steps].join("\n\n")}\n`;
  }

  toJSON(): BatchJSON {
    return {
      notes: this.notes,
      steps: this.steps.map(({ kind, statements }) => ({
        kind,
        statements: statements.map(({ sql, summary, destroys, transaction = "joins" }) => ({
          sql: sql.toSQL(),
          summary,
          ...(destroys === undefined ? {} : { destroys }),
          transaction,
        })),
      })),
    };
  }

  [inspect.custom](): string {
    return this.toScript();
  }
}

/** A `--` comment; a name in it may hold line breaks, which must not end it. */
function comment(text: string): string {
  return `-- ${text.replace(/[\r\n\v\f\u0085\u2028\u2029]+/g, " ")}`;
}
