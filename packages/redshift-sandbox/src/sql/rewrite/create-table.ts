import { SqlError, notImitated } from "../../errors.ts";
import type { Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { call } from "../statements.ts";
import { columnDesignSql, columnSql, readColumn } from "./column.ts";
import type { ColumnDefinition } from "./column.ts";
import { createTableAs } from "./create-table-as.ts";
import { keySql, readTableConstraint } from "./key-constraint.ts";
import type { KeyDefinition } from "./key-constraint.ts";
import { designSql, readDesign, withColumnKeys } from "./table-design.ts";
import { createPlan, createSql, readNewTable } from "./table-target.ts";

/**
 * `CREATE TABLE`, and `CREATE TABLE … AS`: PostgreSQL makes the table, redshift_sandbox remembers the rest.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
 */
export function createTable(reader: Reader): Plan {
  const target = readNewTable(reader);
  if (!startsDefinitions(reader)) return createTableAs(reader, target);

  reader.expectMark("(");
  const columns: ColumnDefinition[] = [];
  const keys: KeyDefinition[] = [];
  const likes: { readonly relation: Relation; readonly defaults: boolean }[] = [];
  reader.list(() => {
    if (reader.accept("like")) likes.push(readLike(reader));
    else {
      const key = readTableConstraint(reader);
      if (key !== undefined) keys.push(key);
      else columns.push(readColumn(reader));
    }
  });
  reader.expectMark(")");
  const design = readDesign(reader);
  reader.end();

  if (likes.length > 1) throw notImitated("CREATE TABLE with more than one LIKE");
  const like = likes[0];
  const columnKeys = columns.some((column) => column.distkey || column.sortkey);
  if (
    like !== undefined &&
    (columnKeys ||
      design.interleaved ||
      Object.entries(design).some(([key, value]) => key !== "interleaved" && value !== undefined))
  )
    throw new SqlError("42601", "table attributes are not allowed with LIKE", {
      hint: "LIKE takes DISTSTYLE, SORTKEY and BACKUP from the other table.",
    });
  const whole = withColumnKeys(columns, design, like !== undefined);
  checkWidth(columns);

  const definitions = [...(like === undefined ? [] : [likeSql(like)]), ...columns.map(columnSql)];
  const create = createSql(target, `(${definitions.join(", ")})`);
  const after = [
    ...(like === undefined ? [] : [call("copy_design", like.relation.regclass, target.regclass)]),
    ...designSql(target.regclass, whole),
    ...columns.flatMap((column) => columnDesignSql(target.regclass, column)),
    ...[...columns.flatMap((column) => column.keys), ...keys].map((key) =>
      keySql(target.regclass, key, true),
    ),
  ];
  return createPlan(target, create, after);
}

/** In bytes. @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html */
const widestRow = 65_535;

/** A VARCHAR, or another type whose values vary, does not count. */
function checkWidth(columns: readonly ColumnDefinition[]): void {
  const width = columns.reduce(
    (sum, { type }) => sum + (type.family === "char" ? charLength(type.sql) : 0),
    0,
  );
  if (width > widestRow)
    throw new SqlError("54000", `CHAR columns of together ${width} bytes exceed the limit of ${widestRow}`);
}

function charLength(sql: string): number {
  return Number(/\d+/.exec(sql)?.[0] ?? 1);
}

/** Whether `(` starts column definitions, and not the column names of CREATE TABLE … AS or attributes. */
function startsDefinitions(reader: Reader): boolean {
  if (!reader.isMark("(")) return false;
  const first = reader.peek(1);
  if (first?.kind === "word" && first.value === "like") return true;
  let depth = 0;
  for (let ahead = 0; ; ahead += 1) {
    const token = reader.peek(ahead);
    if (token === undefined) return true;
    if (token.kind !== "punctuation") {
      if (
        depth === 1 &&
        token.kind === "word" &&
        reader.peek(ahead - 1)?.value !== "(" &&
        reader.peek(ahead - 1)?.value !== ","
      )
        return true;
      continue;
    }
    if (token.value === "(") depth += 1;
    if (token.value === ")") depth -= 1;
    if (depth === 0) return false;
  }
}

function readLike(reader: Reader): { readonly relation: Relation; readonly defaults: boolean } {
  const relation = reader.relation();
  const choice = reader.acceptOneOf("including", "excluding");
  if (choice !== undefined) reader.expect("defaults");
  return { relation, defaults: choice === "including" };
}

function likeSql(like: { readonly relation: Relation; readonly defaults: boolean }): string {
  return `LIKE ${like.relation.sql}${like.defaults ? " INCLUDING DEFAULTS" : ""}`;
}
