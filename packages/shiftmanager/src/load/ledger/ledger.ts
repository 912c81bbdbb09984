import { readColumns } from "../../catalog/columns.ts";
import { parseRelation } from "../../catalog/relation-name.ts";
import { findTable } from "../../catalog/tables.ts";
import { OptionsError } from "../../errors.ts";
import { text, type Kinds } from "../../kinds.ts";
import type { Session } from "../../session.ts";
import { identifier, list, literal, qualifiedName, raw } from "../../sql/quote.ts";
import { sql } from "../../sql/sql.ts";
import type { Statement } from "../../sql/statement.ts";
import { option, wording } from "../../wording.ts";
import type { rowsMark } from "../copy-proof.ts";

/** How a load is made one that can be repeated. */
export interface RunIdOptions {
  /**
   * A name for this load, up to 1,024 bytes: "events of 2026-11-28". A load of the same name into the same table that has
   * committed is not done again. Default: none, and nothing is written down.
   */
  readonly runId?: string;
  /** The table in which run ids are kept; made where it is missing. Default `shiftmanager_runs` in the schema of the table loaded. */
  readonly runsTable?: string;
}

export const runIdKinds: Kinds<RunIdOptions> = { runId: text, runsTable: text };

interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** A load that was done before. */
export interface PastLoad {
  readonly rows: number;
  /** As the server writes it, in UTC. */
  readonly loadedAt: string;
}

const maxRunIdBytes = 1024;
const columns = ["run_id", "table_name", "row_count", "loaded_at"] as const;

/** Where the ids of one table's loads are written down, and one of them. */
export class Ledger {
  readonly name: QualifiedName;
  /** Whether the table of ids was there when the load was planned. */
  readonly found: boolean;
  readonly #runId: string;
  readonly #table: string;

  private constructor(
    { schema: ledgerSchema, name }: QualifiedName,
    runId: string,
    { schema, name: table }: QualifiedName,
    found: boolean,
  ) {
    this.name = { schema: ledgerSchema, name };
    this.found = found;
    this.#runId = runId;
    this.#table = `${schema}.${table}`;
  }

  /**
   * Undefined without a run id.
   * @throws OptionsError for an id that cannot be kept, and for a table that is there and is no ledger
   */
  static async of(
    session: Session,
    { runId, runsTable }: RunIdOptions,
    table: QualifiedName,
  ): Promise<Ledger | undefined> {
    if (runId === undefined) {
      if (runsTable === undefined) return undefined;
      throw new OptionsError(
        wording`${option("runsTable")} goes with ${option("runId")}, which is what it keeps; give both, or neither.`,
      );
    }
    const bytes = Buffer.byteLength(runId);
    if (bytes === 0 || bytes > maxRunIdBytes) {
      throw new OptionsError(
        wording`${option("runId")} has ${bytes} bytes; it must have 1 to ${maxRunIdBytes}.`,
      );
    }
    const spelling = parseRelation(runsTable ?? "shiftmanager_runs");
    const wanted = { schema: spelling.schema?.[0] ?? table.schema, name: spelling.name[0] ?? "" };
    const found = await findTable(session, runsTable ?? wanted.name, {
      ...(spelling.schema === undefined ? { schema: table.schema } : {}),
    });
    if (found !== null) {
      const names = (await readColumns(session, found.id)).map(({ name }) => name);
      const lacking = columns.filter((name) => !names.includes(name));
      if (found.kind === "view" || lacking.length > 0) {
        throw new OptionsError(
          wording`${found.schema}.${found.name} is no table of run ids (it lacks ${lacking.join(", ")}); name another (${option("runsTable")}), which is made where it is missing.`,
        );
      }
    }
    return new Ledger(found ?? wanted, runId, table, found !== null);
  }

  /**
   * Without keys, which Redshift does not enforce and its planner believes.
   * @see AWS Database Developer Guide, "Defining table constraints" (t_Defining_constraints)
   */
  create(): Statement {
    return {
      sql: sql`
        CREATE TABLE IF NOT EXISTS ${qualifiedName(this.name)} (
          run_id VARCHAR(${raw(String(maxRunIdBytes))}) NOT NULL,
          table_name VARCHAR(512) NOT NULL,
          row_count BIGINT NOT NULL,
          loaded_at TIMESTAMP NOT NULL
        )
      `,
      summary: "Makes the table of run ids where it is missing",
    };
  }

  /**
   * Before anything takes the transaction's snapshot: of two runs at once the second then sees what the first committed.
   * @see facts.md 2
   */
  lock(): Statement {
    return {
      sql: sql`LOCK ${qualifiedName(this.name)}`,
      summary: "Waits until no other run is writing down its id",
      locks: true,
    };
  }

  /** Proves that the load was not done before. @throws AlreadyLoaded, from its check */
  proof(): Statement {
    const proves = `the run id ${this.#runId} was not loaded before`;
    return {
      sql: sql`
        SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS not_loaded_before
        FROM ${qualifiedName(this.name)}
        WHERE run_id = ${literal(this.#runId)}
          AND table_name = ${literal(this.#table)}
      `,
      proves,
      summary: `Proves that ${proves}`,
      check: async (session) => {
        const past = await this.find(session);
        if (past !== undefined) throw new AlreadyLoaded(past);
      },
    };
  }

  /** Writes the id down; it is there when the rows are, and only then. */
  entry(rows: number | typeof rowsMark): Statement {
    return {
      // The mark is no SQL, so that a preview cannot be run; a number is one.
      sql: sql`
        INSERT INTO ${qualifiedName(this.name)} (${list(columns.map(identifier))})
        VALUES (${literal(this.#runId)}, ${literal(this.#table)}, ${raw(String(rows))}, SYSDATE)
      `,
      summary: "Writes the run id down",
    };
  }

  /** What is written down of the load; undefined for nothing. */
  async find(session: Session): Promise<PastLoad | undefined> {
    const { rows } = await session.query<{ readonly rows: string | number; readonly at: string }>(
      `SELECT row_count AS rows, loaded_at::VARCHAR AS at
FROM ${qualifiedName(this.name).toSQL()}
WHERE run_id = $1 AND table_name = $2`,
      [this.#runId, this.#table],
    );
    const [row] = rows;
    return row === undefined ? undefined : { rows: Number(row.rows), loadedAt: row.at };
  }

  /** Whether the table of ids is there; it may have been made since the plan was. */
  async exists(session: Session): Promise<boolean> {
    return (await findTable(session, this.name)) !== null;
  }
}

/**
 * Opens the ledger of a load, and looks whether the load was done before: an upload in vain is spared.
 * @throws OptionsError as `Ledger.of`
 */
export async function openLedger(
  session: Session,
  options: RunIdOptions,
  table: QualifiedName,
): Promise<{ readonly ledger: Ledger | undefined; readonly past: PastLoad | undefined }> {
  const ledger = await Ledger.of(session, options, table);
  return { ledger, past: ledger?.found === true ? await ledger.find(session) : undefined };
}

/** Carries it out of the transaction that the load was done before. */
export class AlreadyLoaded extends Error {
  readonly past: PastLoad;

  constructor(past: PastLoad) {
    super(`it was loaded before, at ${past.loadedAt}`);
    this.past = past;
  }
}
