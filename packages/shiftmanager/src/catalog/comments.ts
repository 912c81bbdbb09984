import type { Session } from "../session.ts";

/** The comments on a table or view, its columns and its constraints. */
export interface Comments {
  readonly table: string | null;
  /** By column name, in the columns' order. */
  readonly columns: readonly { readonly name: string; readonly text: string }[];
  /** By constraint name. */
  readonly constraints: readonly { readonly name: string; readonly text: string }[];
}

interface CommentRow {
  readonly kind: "table" | "column" | "constraint";
  readonly name: string;
  readonly position: number;
  readonly description: string;
}

// An oid is unique only within its catalog, so the catalog (classoid) is part of the key.
const commentsQuery = `
SELECT 'table'::text AS kind, c.relname::text AS name, 0 AS position, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_class c ON c.oid = d.objoid
WHERE d.objoid = $1::oid AND d.objsubid = 0
  AND d.classoid = (SELECT k.oid FROM pg_catalog.pg_class k JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
                    WHERE n.nspname = 'pg_catalog' AND k.relname = 'pg_class')
UNION ALL
SELECT 'column'::text, a.attname::text, a.attnum::integer, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
WHERE d.objoid = $1::oid AND d.objsubid > 0 AND NOT a.attisdropped
  AND d.classoid = (SELECT k.oid FROM pg_catalog.pg_class k JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
                    WHERE n.nspname = 'pg_catalog' AND k.relname = 'pg_class')
UNION ALL
SELECT 'constraint'::text, o.conname::text, 0, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_constraint o ON o.oid = d.objoid
WHERE o.conrelid = $1::oid
  AND d.classoid = (SELECT k.oid FROM pg_catalog.pg_class k JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
                    WHERE n.nspname = 'pg_catalog' AND k.relname = 'pg_constraint')
ORDER BY 1, 3, 2`;

/** Reads the comments of a table. Complete for everyone. */
export async function readComments(session: Session, tableId: number): Promise<Comments> {
  const { rows } = await session.query<CommentRow>(commentsQuery, [tableId]);
  const of = (kind: CommentRow["kind"]): { readonly name: string; readonly text: string }[] =>
    rows.filter((row) => row.kind === kind).map((row) => ({ name: row.name, text: row.description }));
  return { table: of("table")[0]?.text ?? null, columns: of("column"), constraints: of("constraint") };
}
