import type { Session } from "../session.ts";
import { inScope, rowsBy, scopeValues, type Scope } from "./scope.ts";

/** The comments on a table or view, its columns and its constraints. */
export interface Comments {
  readonly table: string | null;
  /** By column name, in the columns' order. */
  readonly columns: readonly { readonly name: string; readonly text: string }[];
  /** By constraint name. */
  readonly constraints: readonly { readonly name: string; readonly text: string }[];
}

interface CommentRow {
  readonly table_id: number;
  readonly kind: "table" | "column" | "constraint";
  readonly name: string;
  readonly position: number;
  readonly description: string;
}

// An oid is unique only within its catalog, so the catalog (classoid) is part of the key.
const classOf = (catalog: string): string => `(
    SELECT k.oid
    FROM pg_catalog.pg_class k
    JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
    WHERE n.nspname = 'pg_catalog' AND k.relname = '${catalog}')`;

const commentsQuery = (scope: Scope): string => `
SELECT d.objoid AS table_id, 'table'::text AS kind, ''::text AS name, 0 AS position, d.description
FROM pg_catalog.pg_description d
WHERE ${inScope(scope, "d.objoid")} AND d.objsubid = 0
  AND d.classoid = ${classOf("pg_class")}
UNION ALL
SELECT d.objoid, 'column'::text, a.attname::text, a.attnum::integer, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
WHERE ${inScope(scope, "d.objoid")} AND d.objsubid > 0 AND NOT a.attisdropped
  AND d.classoid = ${classOf("pg_class")}
UNION ALL
SELECT o.conrelid, 'constraint'::text, o.conname::text, 0, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_constraint o ON o.oid = d.objoid
WHERE ${inScope(scope, "o.conrelid")}
  AND d.classoid = ${classOf("pg_constraint")}
ORDER BY table_id, kind, position, name`;

/** Reads the comments of a table or view. Complete for everyone. */
export async function readComments(session: Session, tableId: number): Promise<Comments> {
  return (await readCommentsOf(session, { id: tableId })).get(tableId) ?? noComments;
}

/** A table without any. */
export const noComments: Comments = { table: null, columns: [], constraints: [] };

/** Reads comments by table or view, of those that have any. Complete for everyone. */
export async function readCommentsOf(session: Session, scope: Scope): Promise<ReadonlyMap<number, Comments>> {
  const { rows } = await session.query<CommentRow>(commentsQuery(scope), scopeValues(scope));
  const byTable = rowsBy(rows, ({ table_id }) => Number(table_id));
  return new Map([...byTable].map(([id, own]) => [id, toComments(own)]));
}

function toComments(rows: readonly CommentRow[]): Comments {
  const of = (kind: CommentRow["kind"]): { readonly name: string; readonly text: string }[] =>
    rows.filter((row) => row.kind === kind).map((row) => ({ name: row.name, text: row.description }));
  return { table: of("table")[0]?.text ?? null, columns: of("column"), constraints: of("constraint") };
}
