import type { RelationInput } from "../../catalog/relation-name.ts";
import { parseRelation } from "../../catalog/relation-name.ts";
import { OptionsError } from "../../errors.ts";
import { relation, text, type Kinds } from "../../kinds.ts";
import { checkStatement } from "../../sql/check-text.ts";
import { option, wording } from "../../wording.ts";

/** What is read from PostgreSQL: a whole table, or what a statement returns. */
export type SourceRows =
  | { readonly pgTableName: RelationInput; readonly pgSelectStatement?: undefined }
  | { readonly pgSelectStatement: string; readonly pgTableName?: undefined };

export const sourceRowsKinds: Kinds<SourceRows> = { pgTableName: relation, pgSelectStatement: text };

/** A source as it stands after FROM. */
export interface SourceQuery {
  readonly from: string;
  /** For messages: `public.orders`, "the query". */
  readonly name: string;
  /** A whole table was asked for, so a row that row-level security hides is a lost row. */
  readonly wholeTable: boolean;
}

/** @throws OptionsError for neither or both, for a name that is none, and for a text that is not one query */
export function sourceQuery({ pgTableName, pgSelectStatement }: Partial<SourceRows>): SourceQuery {
  if ((pgTableName === undefined) === (pgSelectStatement === undefined)) {
    throw new OptionsError(
      wording`Give either ${option("pgTableName")} or ${option("pgSelectStatement")}: what is to be read.`,
    );
  }
  if (pgSelectStatement !== undefined) {
    const query = checkStatement(
      pgSelectStatement,
      option("pgSelectStatement"),
      ["SELECT", "WITH", "VALUES", "TABLE"],
      "postgres",
    );
    return { from: `(\n${query.toSQL()}\n) AS source`, name: "the query", wholeTable: false };
  }
  // Each part under its likeliest spelling: PostgreSQL folds bare names and keeps quoted ones.
  const { schema, name } = parseRelation(pgTableName ?? "");
  const parts = [schema?.[0], name[0]].filter((part) => part !== undefined);
  return { from: parts.map(pgIdentifier).join("."), name: parts.join("."), wholeTable: true };
}

/** A name for PostgreSQL, always quoted: its reserved words are not Redshift's. */
export function pgIdentifier(name: string): string {
  if (name.includes("\0")) throw new OptionsError("A PostgreSQL name cannot hold a NUL character.");
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal for PostgreSQL, whatever `standard_conforming_strings` says: our texts hold no backslash. */
export function pgLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
