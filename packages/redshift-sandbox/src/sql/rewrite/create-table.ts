import { SqlError, notImitated } from "../../errors.ts";
import {
  checkSortKey,
  distStyleCodes,
  encodingFor,
  isKeyType,
  maxColumns,
  storedEncoding,
} from "../design.ts";
import type { DistStyle, Encoding } from "../design.ts";
import { guardConstant } from "../guard.ts";
import { literal, quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { render } from "../render.ts";
import { systemColumns } from "../reserved.ts";
import { call, orNull, pass, script, scripted, textArray } from "../statements.ts";
import { readType } from "../types.ts";
import type { TypeSpec } from "../types.ts";
import { createTableAs } from "./create-table-as.ts";

/** One column as CREATE TABLE or ADD COLUMN defines it. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeSpec;
  readonly defaultSql: string | undefined;
  readonly identity: { readonly seed: number; readonly step: number; readonly always: boolean } | undefined;
  readonly encoding: Encoding | undefined;
  readonly caseInsensitive: boolean | undefined;
  readonly notNull: boolean;
  readonly distkey: boolean;
  readonly sortkey: boolean;
  readonly keys: readonly KeyDefinition[];
}

/** A constraint: kept, never enforced. */
export interface KeyDefinition {
  readonly kind: "p" | "u" | "f";
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly references?: { readonly relation: Relation; readonly columns: readonly string[] };
}

/** Where a new table goes. */
export interface Target {
  readonly relation: Relation;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  /** An expression of type regclass that finds the new table and no older one of its name. */
  readonly regclass: string;
}

/** The physical design that a statement states. */
export interface TableDesign {
  readonly diststyle: DistStyle | undefined;
  readonly distkey: string | undefined;
  readonly sortkey: readonly string[] | undefined;
  readonly interleaved: boolean;
  readonly sortAuto: boolean | undefined;
  readonly encodeAuto: boolean | undefined;
  readonly backup: boolean | undefined;
}

/**
 * `CREATE TABLE`, and `CREATE TABLE … AS`: PostgreSQL makes the table, redshift_sandbox remembers the rest.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
 */
export function createTable(reader: Reader): Plan {
  reader.expect("create");
  const local = reader.accept("local");
  const temporary = reader.accept("temporary") || reader.accept("temp");
  if (local && !temporary) throw reader.error();
  reader.expect("table");
  const ifNotExists = reader.accept("if", "not", "exists");
  const target = readTarget(reader, temporary, ifNotExists);

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
    (columnKeys || Object.values(design).some((value) => value !== undefined && value !== false))
  )
    throw new SqlError("42601", "table attributes are not allowed with LIKE", {
      hint: "LIKE takes DISTSTYLE, SORTKEY and BACKUP from the other table.",
    });
  const whole = withColumnKeys(columns, design, like !== undefined);

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

export function createSql(target: Target, rest: string): string {
  return `CREATE ${target.temporary ? "TEMPORARY " : ""}TABLE ${target.relation.sql} ${rest}`;
}

function readTarget(reader: Reader, temporary: boolean, ifNotExists: boolean): Target {
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

/** Whether `(` starts column definitions, and not the column names of CREATE TABLE … AS or attributes. */
function startsDefinitions(reader: Reader): boolean {
  if (!reader.isMark("(")) return false;
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

/** A column: name, type, attributes and constraints in any order, as PostgreSQL's grammar has it. */
export function readColumn(reader: Reader): ColumnDefinition {
  const nameToken = reader.peek();
  const name = reader.name();
  if (systemColumns.has(name))
    throw new SqlError("42701", `column name "${name}" conflicts with a system column name`, {
      position: reader.position(nameToken),
    });
  const type = readColumnType(reader);
  let defaultSql: string | undefined;
  let identity: ColumnDefinition["identity"];
  let encoding: Encoding | undefined;
  let caseInsensitive: boolean | undefined;
  let notNull: boolean | undefined;
  let distkey = false;
  let sortkey = false;
  const keys: KeyDefinition[] = [];
  const twice = (what: string): SqlError =>
    new SqlError("42601", `${what} is specified more than once for column "${name}"`);

  while (!reader.done && !reader.isMark(",") && !reader.isMark(")")) {
    const constraint = reader.accept("constraint") ? reader.name() : undefined;
    if (reader.accept("primary", "key")) keys.push({ kind: "p", name: constraint, columns: [name] });
    else if (reader.accept("unique")) keys.push({ kind: "u", name: constraint, columns: [name] });
    else if (reader.accept("references"))
      keys.push({ kind: "f", name: constraint, columns: [name], references: readReferences(reader) });
    else if (reader.is("check"))
      throw new SqlError("0A000", "CHECK constraints are not supported by Redshift", {
        position: reader.position(),
      });
    else if (reader.accept("not", "null")) {
      if (notNull === false) throw conflictingNull(name);
      notNull = true;
    } else if (reader.accept("null")) {
      if (notNull === true) throw conflictingNull(name);
      notNull = false;
    } else if (constraint !== undefined) throw reader.error();
    else if (reader.accept("default")) {
      if (defaultSql !== undefined) throw twice("DEFAULT");
      defaultSql = readDefault(reader);
    } else if (reader.accept("identity")) {
      if (identity !== undefined) throw twice("IDENTITY");
      identity = readIdentity(reader, true);
    } else if (reader.accept("generated")) {
      if (identity !== undefined) throw twice("IDENTITY");
      reader.expect("by", "default", "as", "identity");
      identity = readIdentity(reader, false);
    } else if (reader.accept("encode")) {
      if (encoding !== undefined) throw twice("ENCODE");
      encoding = encodingFor(readEncodingName(reader), name, type.family);
    } else if (reader.accept("distkey")) distkey = true;
    else if (reader.accept("sortkey")) sortkey = true;
    else if (reader.accept("collate")) {
      const choice = reader.acceptOneOf("case_sensitive", "case_insensitive");
      if (choice === undefined) throw reader.error();
      if (type.family !== "char" && type.family !== "varchar")
        throw new SqlError("42804", `collations are not supported by type ${type.family}`);
      caseInsensitive = choice === "case_insensitive";
    } else throw reader.error();
  }

  if (identity !== undefined) {
    if (type.family !== "integer" && type.family !== "bigint")
      throw new SqlError("42601", `identity column "${name}" must be of type INT or BIGINT`);
    if (defaultSql !== undefined)
      throw new SqlError("42601", `both default and identity specified for column "${name}"`);
    if (notNull === false) throw conflictingNull(name);
  }
  return {
    name,
    type,
    defaultSql,
    identity,
    encoding,
    caseInsensitive,
    notNull: notNull === true || identity !== undefined,
    distkey,
    sortkey,
    keys,
  };
}

function conflictingNull(name: string): SqlError {
  return new SqlError("42601", `conflicting NULL/NOT NULL declarations for column "${name}"`);
}

export function readColumnType(reader: Reader): TypeSpec {
  const token = reader.peek();
  const read = readType(reader.text, reader.tokens, reader.at, "column");
  if (read !== undefined) {
    reader.seek(read.end);
    return read.type;
  }
  if (token?.kind !== "word" && token?.kind !== "quoted") throw reader.error();
  throw new SqlError("42704", `type "${token.value}" does not exist`, { position: reader.position(token) });
}

export function readEncodingName(reader: Reader): string {
  const token = reader.next();
  if (token.kind !== "word") throw reader.error(token);
  return token.value;
}

const afterDefault = [
  "default",
  "identity",
  "generated",
  "encode",
  "distkey",
  "sortkey",
  "collate",
  "constraint",
  "unique",
  "primary",
  "references",
  "check",
] as const;

/** A DEFAULT: without columns, queries and parameters. In parentheses unless it is one token, so that nothing can end it early. */
export function readDefault(reader: Reader): string {
  const first = reader.at;
  const tokens = reader.until(
    () =>
      reader.isMark(",") ||
      (reader.at > first &&
        (reader.oneOf(...afterDefault) !== undefined ||
          reader.is("not", "null") ||
          endsWithNull(reader, first))),
  );
  if (tokens.length === 0) throw reader.error();
  const sql = render({ text: reader.text, context: reader.context, names: reader.names }, tokens);
  guardConstant(sql);
  return tokens.length === 1 && tokens[0]?.kind !== "word" ? sql : `(${sql})`;
}

/** `DEFAULT 1 NULL`: the NULL is a constraint; in `DEFAULT x IS NULL` it is not. */
function endsWithNull(reader: Reader, first: number): boolean {
  if (!reader.is("null")) return false;
  const before = reader.tokens[reader.at - 1];
  return (
    reader.at > first &&
    before?.kind !== "operator" &&
    !(before?.kind === "word" && ["is", "not"].includes(before.value))
  );
}

function readIdentity(reader: Reader, always: boolean): NonNullable<ColumnDefinition["identity"]> {
  // The grammar has them always; the manual's examples leave them out, and start at 1.
  if (!reader.isMark("(")) return { seed: 1, step: 1, always };
  reader.expectMark("(");
  const seed = reader.integer();
  reader.expectMark(",");
  const step = reader.integer();
  reader.expectMark(")");
  if (step === 0) throw new SqlError("22023", "the step of an identity column must not be zero");
  return { seed, step, always };
}

function readReferences(reader: Reader): NonNullable<KeyDefinition["references"]> {
  const relation = reader.relation();
  const columns = reader.isMark("(") ? reader.nameList() : [];
  if (reader.is("on") || reader.is("match") || reader.is("deferrable") || reader.is("initially"))
    throw reader.error();
  return { relation, columns };
}

/** A table constraint; undefined when a column comes. */
export function readTableConstraint(reader: Reader): KeyDefinition | undefined {
  const named = reader.accept("constraint");
  const name = named ? reader.name() : undefined;
  if (reader.accept("primary", "key")) return { kind: "p", name, columns: reader.nameList() };
  if (reader.accept("unique")) return { kind: "u", name, columns: reader.nameList() };
  if (reader.accept("foreign", "key")) {
    const columns = reader.nameList();
    reader.expect("references");
    return { kind: "f", name, columns, references: readReferences(reader) };
  }
  if (reader.is("check"))
    throw new SqlError("0A000", "CHECK constraints are not supported by Redshift", {
      position: reader.position(),
    });
  if (named) throw reader.error();
  return undefined;
}

/** BACKUP, DISTSTYLE, DISTKEY, SORTKEY and ENCODE AUTO behind the column list. */
export function readDesign(reader: Reader, ordinal?: (position: number) => string): TableDesign {
  let diststyle: DistStyle | undefined;
  let distkey: string | undefined;
  let sortkey: readonly string[] | undefined;
  let interleaved = false;
  let sortAuto: boolean | undefined;
  let encodeAuto: boolean | undefined;
  let backup: boolean | undefined;
  const once = (done: boolean, what: string): void => {
    if (done) throw new SqlError("42601", `${what} is specified more than once`);
  };
  const column = (): string =>
    ordinal !== undefined && reader.peek()?.kind === "number" ? ordinal(reader.integer()) : reader.name();

  for (;;) {
    if (reader.accept("backup")) {
      once(backup !== undefined, "BACKUP");
      const choice = reader.acceptOneOf("yes", "no");
      if (choice === undefined) throw reader.error();
      backup = choice === "yes";
    } else if (reader.accept("diststyle")) {
      once(diststyle !== undefined, "DISTSTYLE");
      diststyle = reader.acceptOneOf("auto", "even", "key", "all");
      if (diststyle === undefined) throw reader.error();
    } else if (reader.accept("distkey")) {
      once(distkey !== undefined, "DISTKEY");
      reader.expectMark("(");
      distkey = column();
      reader.expectMark(")");
    } else if (reader.is("compound") || reader.is("interleaved") || reader.is("sortkey")) {
      once(sortkey !== undefined || sortAuto !== undefined, "SORTKEY");
      interleaved = reader.accept("interleaved");
      const plain = !interleaved && !reader.accept("compound");
      reader.expect("sortkey");
      if (plain && reader.accept("auto")) {
        sortAuto = true;
      } else {
        reader.expectMark("(");
        sortkey = reader.list(column);
        reader.expectMark(")");
        sortAuto = false;
      }
    } else if (reader.accept("encode", "auto")) {
      once(encodeAuto !== undefined, "ENCODE AUTO");
      encodeAuto = true;
    } else {
      return { diststyle, distkey, sortkey, interleaved, sortAuto, encodeAuto, backup };
    }
  }
}

/** The design with the DISTKEY and SORTKEY that stand at columns, after every rule of the manual. */
function withColumnKeys(
  columns: readonly ColumnDefinition[],
  design: TableDesign,
  like: boolean,
): TableDesign {
  if (columns.length > maxColumns)
    throw new SqlError("54011", `tables can have at most ${maxColumns} columns`);
  const distColumns = columns.filter((column) => column.distkey).map((column) => column.name);
  const sortColumns = columns.filter((column) => column.sortkey).map((column) => column.name);
  if (distColumns.length + (design.distkey === undefined ? 0 : 1) > 1)
    throw new SqlError("42601", "Multiple distribution keys are not allowed");
  if (sortColumns.length > 1)
    throw new SqlError("42601", "Multiple sort keys are not allowed", { hint: "Use SORTKEY (a, b)." });
  if (sortColumns.length > 0 && design.sortAuto !== undefined)
    throw new SqlError("42601", "SORTKEY is specified more than once");
  if (columns.flatMap((column) => column.keys).filter((key) => key.kind === "p").length > 1)
    throw new SqlError("42P16", "multiple primary keys are not allowed");

  const whole = {
    ...design,
    distkey: design.distkey ?? distColumns[0],
    ...(sortColumns.length > 0 ? { sortkey: sortColumns, sortAuto: false } : {}),
    ...(columns.some((column) => column.encoding !== undefined) && design.encodeAuto === undefined
      ? { encodeAuto: false }
      : {}),
  };
  checkDesign(whole);
  if (like) return whole;
  for (const name of [...(whole.distkey === undefined ? [] : [whole.distkey]), ...(whole.sortkey ?? [])]) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new SqlError("42703", `column "${name}" named in key does not exist`);
    if (!isKeyType(column.type.family))
      throw new SqlError("42P16", `column "${name}" of type SUPER cannot be a distribution or sort key`);
  }
  return whole;
}

/** What must hold whether or not the columns are known. */
export function checkDesign(design: TableDesign): void {
  if (design.distkey !== undefined && design.diststyle !== undefined && design.diststyle !== "key")
    throw new SqlError(
      "42601",
      `Cannot specify DISTKEY column with DISTSTYLE ${design.diststyle.toUpperCase()}`,
    );
  if (design.diststyle === "key" && design.distkey === undefined)
    throw new SqlError("42601", "DISTSTYLE KEY requires a DISTKEY column");
  if (design.sortkey !== undefined) checkSortKey(design.sortkey, design.interleaved);
}

function columnSql(column: ColumnDefinition): string {
  let sql = `${quoted(column.name)} ${column.type.sql}`;
  if (column.identity !== undefined) {
    const { seed, step, always } = column.identity;
    const [min, max] =
      column.type.family === "bigint"
        ? ["-9223372036854775808", "9223372036854775807"]
        : ["-2147483648", "2147483647"];
    sql += ` GENERATED ${always ? "ALWAYS" : "BY DEFAULT"} AS IDENTITY (START WITH ${seed} INCREMENT BY ${step} MINVALUE ${min} MAXVALUE ${max})`;
  } else if (column.notNull) sql += " NOT NULL";
  if (column.defaultSql !== undefined) sql += ` DEFAULT ${column.defaultSql}`;
  return sql;
}

/** Calls that remember the table's part of a design; none when nothing was said. */
export function designSql(regclass: string, design: TableDesign): string[] {
  const diststyle = design.diststyle ?? (design.distkey === undefined ? undefined : "key");
  const calls: string[] = [];
  if ([diststyle, design.backup, design.sortAuto, design.encodeAuto].some((value) => value !== undefined))
    calls.push(
      call(
        "set_table_design",
        regclass,
        diststyle === undefined ? "NULL" : `${distStyleCodes[diststyle]}::smallint`,
        ...[design.backup, design.sortAuto, design.encodeAuto].map((value) =>
          value === undefined ? "NULL" : String(value),
        ),
      ),
    );
  if (design.distkey !== undefined) calls.push(call("set_distkey", regclass, literal(design.distkey)));
  if (design.sortkey !== undefined)
    calls.push(call("set_sortkey", regclass, textArray(design.sortkey), String(design.interleaved)));
  return calls;
}

export function columnDesignSql(regclass: string, column: ColumnDefinition): string[] {
  return [
    ...(column.encoding === undefined
      ? []
      : [call("set_encoding", regclass, literal(column.name), literal(storedEncoding(column.encoding)))]),
    ...(column.caseInsensitive === undefined
      ? []
      : [call("set_collation", regclass, literal(column.name), String(column.caseInsensitive))]),
  ];
}

/** `add_key` or `add_foreign_key`. */
export function keySql(regclass: string, key: KeyDefinition, setNotNull: boolean): string {
  if (key.references === undefined)
    return call(
      "add_key",
      regclass,
      orNull(key.name),
      literal(key.kind),
      textArray(key.columns),
      String(setNotNull && key.kind === "p"),
    );
  return call(
    "add_foreign_key",
    regclass,
    orNull(key.name),
    textArray(key.columns),
    key.references.relation.regclass,
    textArray(key.references.columns),
  );
}
