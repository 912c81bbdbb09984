import { columnName } from "../catalog/column-name.ts";
import { OptionsError } from "../errors.ts";
import { authorizationClause } from "../s3/credentials.ts";
import { checkBucket, s3Uri } from "../s3/uri.ts";
import { Batch } from "../sql/batch.ts";
import { checkExpression } from "../sql/check-text.ts";
import type { Fragment } from "../sql/fragment.ts";
import { proof } from "../sql/proof.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { formatClause, markIsAmbiguous, nullMark } from "./null-mark.ts";
import { sqlOptions, type SqlOptions } from "./sql-options.ts";
import {
  type UnloadContext,
  type UnloadExisting,
  type UnloadFormat,
  type UnloadTableOptions,
  type UnloadTarget,
} from "./unload-options.ts";
import { option, wording } from "../wording.ts";

/** The key that every file's name begins with. */
export function keyPrefix({ keypath }: Pick<UnloadTarget, "keypath">): string {
  return keypath.replace(/^\/+/, "");
}

/** `format`, else what the original's `toJson` says. */
export function formatOf({ format, toJson }: UnloadTableOptions): UnloadFormat {
  return format ?? (toJson === false ? "text" : "json");
}

/**
 * Builds the UNLOAD and, where a text could be taken for NULL, the proof before it that there is none.
 * @throws OptionsError for a `where` or `options` that is not one balanced piece of SQL, for options that exclude each other,
 *   and for what would empty a whole bucket
 * @see AWS Database Developer Guide, UNLOAD (r_UNLOAD)
 */
export function unloadTable(
  target: UnloadTarget,
  options: UnloadTableOptions,
  { authorization, region }: Pick<UnloadContext, "authorization" | "region">,
): Batch {
  checkBucket(target.bucket);
  const format = formatOf(options);
  const nullAs = nullMark(options.nullAs, format);
  const given = options.options === undefined ? undefined : sqlOptions(options.options);
  const existing = existingOf(options.existing, given);
  const select = unloadQuery(target, options);
  const to = s3Uri({ bucket: target.bucket, key: keyPrefix(target) });
  const unload = join(
    [
      sql`UNLOAD (${literal(select.toSQL())})`,
      sql`TO ${literal(to)}`,
      authorizationClause(authorization),
      formatClause(format, nullAs),
      given === undefined ? sql`MANIFEST VERBOSE` : given.sql,
      given === undefined ? sql`GZIP` : nothing,
      existing === undefined ? nothing : existingClause(existing),
      region === undefined || given?.words.has("REGION") === true ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  const table = `${target.table.schema}.${target.table.name}`;
  const cleans = existing === "replace" || given?.words.has("CLEANPATH") === true;
  if (cleans && keyPrefix(target) === "") throw wholeBucket(target, existing);
  return Batch.transaction(
    [
      ...proofOfMark(target, options, format, select),
      {
        sql: unload,
        summary: `Writes the rows of ${table} to ${to}`,
        ...(cleans ? { destroys: `every object whose name begins with ${to}` } : {}),
      },
    ],
    { notes: notes(target, nullAs) },
  );
}

/** An empty prefix is every object's. */
function wholeBucket({ bucket }: UnloadTarget, existing: UnloadExisting | undefined): OptionsError {
  const asked = existing === "replace" ? option("existing", "replace") : "CLEANPATH";
  return new OptionsError(
    wording`${asked} without a key prefix would delete everything in the bucket ${bucket}; name a prefix for this unload, such as s3://${bucket}/exports/.`,
  );
}

/** The rows of an unload. @throws OptionsError for a column that the table does not have, naming the nearest */
export function unloadQuery(
  { table }: UnloadTarget,
  { columns, where }: Pick<UnloadTableOptions, "columns" | "where">,
): Fragment {
  if (columns?.length === 0)
    throw new OptionsError(
      wording`${option("columns")} is empty; name at least one, or leave it out for all.`,
    );
  // A view that is bound late has no columns in the catalog.
  const known = (wanted: string) =>
    table.columns.length === 0 ? wanted : columnName(table.columns, wanted, option("columns"));
  return join(
    [
      sql`SELECT ${columns === undefined ? sql`*` : list(columns.map((name) => identifier(known(name))))}`,
      sql`FROM ${qualifiedName(table)}`,
      where === undefined ? nothing : sql`WHERE ${checkExpression(where, option("where"))}`,
    ],
    " ",
  );
}

function existingOf(
  existing: UnloadExisting | undefined,
  given: SqlOptions | undefined,
): UnloadExisting | undefined {
  if (given === undefined) return existing ?? "overwrite";
  const word = given.words.has("CLEANPATH") || given.words.has("ALLOWOVERWRITE");
  if (word && existing !== undefined) {
    throw new OptionsError(
      wording`${option("existing")} is "${existing}" and ${option("options")} say ALLOWOVERWRITE or CLEANPATH; give one of the two.`,
    );
  }
  return existing;
}

function existingClause(existing: UnloadExisting): Fragment {
  switch (existing) {
    case "overwrite":
      return sql`ALLOWOVERWRITE`;
    case "replace":
      return sql`CLEANPATH`;
    case "refuse":
      return nothing;
  }
}

/** The texts that could be taken for NULL: of the columns that are unloaded, as far as the catalog knows them. */
function textColumns({ table }: UnloadTarget, columns: readonly string[] | undefined): readonly string[] {
  return table.columns
    .filter(({ name }) => columns?.some((wanted) => wanted === name || foldName(wanted) === name) ?? true)
    .filter(({ type }) => /^(character|text|bpchar|name|"char")/.test(type))
    .map(({ name }) => name);
}

function proofOfMark(
  target: UnloadTarget,
  { columns, nullAs: given }: UnloadTableOptions,
  format: UnloadFormat,
  select: Fragment,
): readonly Statement[] {
  const mark = nullMark(given, format);
  const texts = textColumns(target, columns);
  if (!markIsAmbiguous(mark) || texts.length === 0) return [];
  const isMark = join(
    texts.map((name) => sql`${identifier(name)} = ${literal(mark ?? "")}`),
    " OR ",
  );
  return [
    proof(
      "no_text_reads_as_null",
      sql`COUNT(*) = 0`,
      sql`FROM (${select}) AS unloaded\nWHERE ${isMark}`,
      `no text is ${mark ?? ""}, which would come back as NULL (then choose another text for NULL, or json)`,
    ),
  ];
}

function notes(target: UnloadTarget, nullAs: string | undefined): readonly string[] {
  if (target.table.columns.length > 0 || !markIsAmbiguous(nullAs)) return [];
  return [
    `The catalog does not have this view's columns, so it is not proved that no text is ${nullAs ?? ""}, which would come back as NULL.`,
  ];
}

/** Redshift folds ASCII letters of names to lower case, quoted or not. @see facts.md 1.10 */
function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
