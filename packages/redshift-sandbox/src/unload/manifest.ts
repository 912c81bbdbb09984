import { quoted } from "../sql/names.ts";
import type { Backend, Column } from "../sql/plan.ts";
import type { UnloadedFile } from "./slice.ts";
import type { UnloadCommand } from "./unload-command.ts";

interface SchemaElement {
  readonly name: string;
  readonly type: Readonly<Record<string, string | number>>;
}

/** The manifest's text. @see AWS r_UNLOAD_command_examples, "Unload VENUE with MANIFEST VERBOSE" */
export function manifestText(
  command: UnloadCommand,
  files: readonly UnloadedFile[],
  schema: readonly SchemaElement[],
): string {
  const verbose = command.manifest === "verbose";
  const entries = files.map(({ key, bytes, rows }) => ({
    url: `s3://${command.target.bucket}/${key}`,
    meta: { content_length: bytes, ...(verbose ? { record_count: rows } : {}) },
  }));
  const total = (of: (file: UnloadedFile) => number): number =>
    files.reduce((sum, file) => sum + of(file), 0);
  const content = verbose
    ? {
        entries,
        schema: { elements: schema },
        meta: { content_length: total(({ bytes }) => bytes), record_count: total(({ rows }) => rows) },
        author: { name: "Amazon Redshift", version: "1.0.0" },
      }
    : { entries };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * Names and types of the result's columns with their dimensions. PostgreSQL tells type modifiers only of stored
 * relations, so an empty temporary table is made of the query for a moment. No view, because a bound one may not read late-binding ones.
 */
export async function schemaElements(
  backend: Backend,
  query: string,
  columns: readonly Column[],
): Promise<readonly SchemaElement[]> {
  const table = quoted(`redshift_sandbox_unload_${String(backend.processId)}`);
  const names = columns.map((_, i) => `c${String(i)}`).join(", ");
  await backend.query(
    `SAVEPOINT redshift_sandbox_unload; CREATE TEMPORARY TABLE ${table} (${names}) AS ${query}
WITH NO DATA`,
  );
  const { rows } = await backend.query(
    `SELECT pg_catalog.format_type(a.atttypid, NULL), a.atttypid::bigint, a.atttypmod
       FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = 'pg_temp.${table}'::regclass AND a.attnum > 0
      ORDER BY a.attnum`,
  );
  await backend.query("ROLLBACK TO redshift_sandbox_unload; RELEASE redshift_sandbox_unload");
  return rows.map(([base, oid, modifier], i) => ({
    name: columns[i]?.name ?? "",
    type: { base: base ?? "", ...dimensions(Number(oid), Number(modifier) - 4) },
  }));
}

/** AWS's sample gives bare numbers, which is not JSON; the names are those of its later samples. */
function dimensions(oid: number, modifier: number): Record<string, number> {
  if (modifier < 0) return {};
  if (oid === 1042 || oid === 1043) return { max_length: modifier };
  if (oid === 1700) return { precision: (modifier >> 16) & 0xffff, scale: modifier & 0x7ff };
  return {};
}
