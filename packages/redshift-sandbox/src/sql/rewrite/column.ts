import { SqlError } from "../../errors.ts";
import { encodingFor, storedEncoding } from "../design.ts";
import type { Encoding } from "../design.ts";
import { literal, quoted } from "../names.ts";
import type { Reader } from "../reader.ts";
import { systemColumns } from "../reserved.ts";
import { call } from "../statements.ts";
import { readType } from "../types.ts";
import type { TypeSpec } from "../types.ts";
import { readDefault } from "./default-value.ts";
import { readReferences } from "./key-constraint.ts";
import type { KeyDefinition } from "./key-constraint.ts";

/** One column as CREATE TABLE or ADD COLUMN defines it. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeSpec;
  readonly defaultSql: string | undefined;
  readonly identity: { readonly seed: bigint; readonly step: bigint; readonly always: boolean } | undefined;
  readonly encoding: Encoding | undefined;
  readonly caseInsensitive: boolean | undefined;
  readonly notNull: boolean;
  readonly distkey: boolean;
  readonly sortkey: boolean;
  readonly keys: readonly KeyDefinition[];
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
  let insensitive: boolean | undefined;
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
      insensitive = choice === "case_insensitive";
    } else throw reader.error();
  }

  // A string, and no document: readDefault puts what is more than one token into parentheses.
  if (type.family === "super" && defaultSql?.startsWith("(") === false && /^E?'/i.test(defaultSql))
    defaultSql += "::pg_catalog.varchar";
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
    caseInsensitive: insensitive,
    notNull: notNull === true || identity !== undefined,
    distkey,
    sortkey,
    keys,
  };
}

function conflictingNull(name: string): SqlError {
  return new SqlError("42601", `conflicting NULL/NOT NULL declarations for column "${name}"`);
}

/** @throws SqlError 42704 for what is no type */
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

function readIdentity(reader: Reader, always: boolean): NonNullable<ColumnDefinition["identity"]> {
  // The grammar has them always; the manual's examples leave them out, and start at 1.
  if (!reader.isMark("(")) return { seed: 1n, step: 1n, always };
  reader.expectMark("(");
  const seed = reader.wholeNumber();
  reader.expectMark(",");
  const step = reader.wholeNumber();
  reader.expectMark(")");
  if (step === 0n) throw new SqlError("22023", "the step of an identity column must not be zero");
  return { seed, step, always };
}

/** The collation that the catalog has for it. */
export const caseInsensitive = "redshift_sandbox.case_insensitive";

/** The part of a column that PostgreSQL keeps. */
export function columnSql(column: ColumnDefinition): string {
  let sql = `${quoted(column.name)} ${column.type.sql}`;
  if (column.caseInsensitive === true) sql += ` COLLATE ${caseInsensitive}`;
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

/** Calls that remember the rest. */
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
