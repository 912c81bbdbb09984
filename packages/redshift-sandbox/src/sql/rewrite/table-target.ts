import { SqlError } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { pass, script, scripted } from "../statements.ts";

/** Where a new table goes. */
export interface Target {
  readonly relation: Relation;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  /** An expression of type regclass that finds the new table and no older one of its name. */
  readonly regclass: string;
}

/** `CREATE [[LOCAL] { TEMPORARY | TEMP }] TABLE [IF NOT EXISTS] name` */
export function readNewTable(reader: Reader): Target {
  reader.expect("create");
  const local = reader.accept("local");
  const temporary = reader.accept("temporary") || reader.accept("temp");
  if (local && !temporary) throw reader.error();
  reader.expect("table");
  return readTarget(reader, temporary, reader.accept("if", "not", "exists"));
}

/** The name of a table to be made. */
export function readTarget(reader: Reader, temporary: boolean, ifNotExists: boolean): Target {
  const relation = reader.newRelation();
  const isTemporary = temporary || relation.name.startsWith("#");
  if (isTemporary && relation.schema !== undefined)
    throw new SqlError("42P16", "temporary tables may not specify a schema name");
  if (["template0", "template1", "padb_harvest"].includes(reader.context.database))
    throw new SqlError("42501", `tables cannot be created in database "${reader.context.database}"`);
  return { relation, temporary: isTemporary, ifNotExists, regclass: newRegclass(relation, isTemporary) };
}

/** A temporary table hides others of its name; a permanent one may itself be hidden: so the schema is always said. */
export function newRegclass(relation: Relation, temporary: boolean): string {
  if (temporary) return `${literal(`pg_temp.${quoted(relation.name)}`)}::regclass`;
  if (relation.schema !== undefined) return relation.regclass;
  return `(pg_catalog.quote_ident(pg_catalog.current_schema()) || ${literal(`.${quoted(relation.name)}`)})::regclass`;
}

/** `CREATE [TEMPORARY] TABLE name …` */
export function createSql(target: Target, rest: string): string {
  return `CREATE ${target.temporary ? "TEMPORARY " : ""}TABLE ${target.relation.sql} ${rest}`;
}

/** A plan that creates a table and then calls the functions that remember what PostgreSQL does not know. */
export function createPlan(
  target: Target,
  create: string,
  after: readonly string[],
  tag = "CREATE TABLE",
): Plan {
  if (!target.ifNotExists)
    return after.length === 0 && tag === "CREATE TABLE" ? pass(create) : script(tag, [create, ...after]);
  const statements = [create, ...after];
  return scripted(tag, statements, async (backend) => {
    const found = await backend.query(
      `SELECT pg_catalog.to_regclass(${target.regclass.replace(/::regclass$/, "")})`,
    );
    if ((found.rows[0]?.[0] ?? null) === null) await backend.query(statements.join(";\n"));
    else backend.notice("INFO", `Relation "${target.relation.name}" already exists and will be skipped`);
  });
}
