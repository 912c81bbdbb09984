import { SqlError, notImitated } from "../../errors.ts";
import { checkSortKey, distStyleCodes, encodingFor, storedEncoding } from "../design.ts";
import type { DistStyle, Encoding } from "../design.ts";
import { literal, quoted } from "../names.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { call, pass, script, scripted, textArray, virtual } from "../statements.ts";
import { isSystem } from "../system-relations.ts";
import { readType } from "../types.ts";
import type { TypeFamily } from "../types.ts";
import { caseInsensitive, columnDesignSql, readColumn, readEncodingName } from "./column.ts";
import { keySql, readTableConstraint } from "./key-constraint.ts";
import { rowLevelSecurity } from "./rls-policy.ts";

/** One change of the physical design. */
type DesignChange =
  | { readonly kind: "distkey"; readonly column: string }
  | { readonly kind: "diststyle"; readonly style: DistStyle }
  | { readonly kind: "sortkey"; readonly columns: readonly string[] }
  | { readonly kind: "sort"; readonly auto: boolean }
  | { readonly kind: "encode"; readonly column: string; readonly encoding: Encoding }
  | { readonly kind: "encode auto" };

/** `ALTER TABLE t …` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html */
export function alterTable(reader: Reader): Plan {
  reader.expect("alter", "table");
  const relation = reader.relation();
  if (isSystem(relation.schema, relation.name))
    throw new SqlError("42501", `permission denied for relation ${relation.name}`);
  if (reader.accept("append", "from")) return append(reader);
  if (reader.is("row", "level", "security")) return rowLevelSecurity(reader, relation);
  if (reader.is("set", "schema")) throw reader.error();
  if (reader.is("set") || reader.is("partition")) throw notImitated("external tables", reader.position());
  if (reader.accept("owner", "to")) {
    const owner = quoted(reader.names.userRole(reader.userName()));
    reader.end();
    return script("ALTER TABLE", [`ALTER TABLE ${relation.sql} OWNER TO ${owner}`]);
  }
  if (reader.accept("rename", "to")) {
    const start = reader.position();
    const renamed = reader.newRelationName();
    if (renamed.startsWith("#"))
      throw new SqlError("42602", "a table cannot be renamed to a name that begins with #", {
        position: start,
      });
    reader.end();
    return pass(`ALTER TABLE ${relation.sql} RENAME TO ${quoted(renamed)}`);
  }
  if (reader.accept("rename", "column")) {
    const from = quoted(reader.name());
    reader.expect("to");
    const to = quoted(reader.name());
    reader.end();
    return pass(`ALTER TABLE ${relation.sql} RENAME COLUMN ${from} TO ${to}`);
  }
  if (reader.accept("add")) return add(reader, relation);
  if (reader.accept("drop")) return drop(reader, relation);
  if (reader.is("alter", "column") || !isDesignChange(reader)) {
    const start = reader.at;
    reader.expect("alter");
    reader.accept("column");
    const column = reader.name();
    if (reader.accept("type")) return alterType(reader, relation, column);
    reader.seek(start);
  }
  return alterDesign(reader, relation);
}

function append(reader: Reader): Plan {
  reader.relation();
  reader.acceptOneOf("ignoreextra", "filltarget");
  reader.end();
  return virtual("ALTER TABLE APPEND", () => Promise.reject(notImitated("ALTER TABLE APPEND")), {
    transaction: "forbidden",
  });
}

function add(reader: Reader, relation: Relation): Plan {
  if (reader.is("partition") || reader.is("if", "not", "exists", "partition"))
    throw notImitated("external tables", reader.position());
  const key = reader.is("column") ? undefined : readTableConstraint(reader);
  if (key !== undefined) {
    reader.end();
    const statement = keySql(relation.regclass, key, false);
    return script("ALTER TABLE", [statement]);
  }
  reader.accept("column");
  const column = readColumn(reader);
  reader.end();
  const refused = (what: string): SqlError =>
    new SqlError("0A000", `ALTER TABLE ADD COLUMN does not support ${what} columns`);
  if (column.distkey) throw refused("DISTKEY");
  if (column.sortkey) throw refused("SORTKEY");
  if (column.identity !== undefined) throw refused("IDENTITY");
  if (column.keys.length > 0) throw refused("UNIQUE, PRIMARY KEY or REFERENCES");
  // @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
  if (column.caseInsensitive !== undefined)
    throw new SqlError("0A000", "ALTER TABLE ADD COLUMN does not support COLLATE");
  if (column.notNull && (column.defaultSql === undefined || /^\(*null\)*$/i.test(column.defaultSql)))
    throw new SqlError(
      "42601",
      "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
    );
  const statement = `ALTER TABLE ${relation.sql} ADD COLUMN ${quoted(column.name)} ${column.type.sql}${column.notNull ? " NOT NULL" : ""}${column.defaultSql === undefined ? "" : ` DEFAULT ${column.defaultSql}`}`;
  const after = columnDesignSql(relation.regclass, column);
  return after.length === 0 ? pass(statement) : script("ALTER TABLE", [statement, ...after]);
}

function drop(reader: Reader, relation: Relation): Plan {
  if (reader.accept("constraint")) {
    const name = quoted(reader.name());
    const behaviour = readBehaviour(reader);
    return pass(`ALTER TABLE ${relation.sql} DROP CONSTRAINT ${name}${behaviour}`);
  }
  if (reader.is("partition")) throw notImitated("external tables", reader.position());
  reader.accept("column");
  const column = reader.name();
  const behaviour = readBehaviour(reader);
  const statement = `ALTER TABLE ${relation.sql} DROP COLUMN ${quoted(column)}${behaviour}`;
  return scripted("ALTER TABLE", [statement], async (backend) => {
    const columns = await readColumns(backend, relation);
    const found = columns.find((candidate) => candidate.name === column);
    if (found?.distkey === true) throw new SqlError("0A000", `cannot drop distkey column "${column}"`);
    if (found !== undefined && found.sortkey !== 0)
      throw new SqlError("0A000", `cannot drop sortkey column "${column}"`);
    if (found !== undefined && columns.length === 1)
      throw new SqlError("0A000", `cannot drop last column of table ${relation.name}`);
    await backend.query(statement);
  });
}

function readBehaviour(reader: Reader): string {
  const behaviour = reader.acceptOneOf("cascade", "restrict");
  reader.end();
  return behaviour === "cascade" ? " CASCADE" : "";
}

/** Encodings that keep a column's length. @see facts.md 1.6 */
const fixedLengthEncodings: ReadonlySet<string> = new Set(["bytedict", "runlength", "text255", "text32k"]);

/** Only the size of a VARCHAR may change, and only alone: never inside a transaction block. */
function alterType(reader: Reader, relation: Relation, column: string): Plan {
  const read = readType(reader.text, reader.tokens, reader.at, "column");
  if (read === undefined) throw reader.error();
  const start = reader.position();
  reader.seek(read.end);
  reader.end();
  if (read.type.family !== "varchar")
    throw new SqlError("0A000", `ALTER COLUMN TYPE is only supported for VARCHAR columns`, {
      position: start,
    });
  const size = Number(/\d+/.exec(read.type.sql)?.[0]);
  const statement = `ALTER TABLE ${relation.sql} ALTER COLUMN ${quoted(column)} TYPE ${read.type.sql}`;
  return scripted(
    "ALTER TABLE",
    [statement],
    async (backend) => {
      const found = (await readColumns(backend, relation)).find((candidate) => candidate.name === column);
      const refuse = (why: string): SqlError =>
        new SqlError("0A000", `cannot alter type of column "${column}": ${why}`);
      if (found === undefined)
        throw new SqlError("42703", `column "${column}" of relation "${relation.name}" does not exist`);
      if (found.family !== "varchar") throw refuse("it is not a VARCHAR");
      if (fixedLengthEncodings.has(found.encoding)) throw refuse(`its encoding is ${found.encoding}`);
      if (found.hasDefault) throw refuse("it has a DEFAULT");
      if (found.inKey) throw refuse("it is part of a key");
      const { rows } = await backend.query(
        `SELECT pg_catalog.max(pg_catalog.octet_length(${quoted(column)})) FROM ${relation.sql}`,
      );
      if (Number(rows[0]?.[0] ?? 0) > size) throw refuse(`it holds values longer than ${size} bytes`);
      const collated = await backend.query(
        `SELECT redshift_sandbox.is_case_insensitive(${relation.regclass}, redshift_sandbox.column_number(${relation.regclass}, ${literal(column)}))`,
      );
      await backend.query(
        collated.rows[0]?.[0] === "t" ? `${statement} COLLATE ${caseInsensitive}` : statement,
      );
    },
    "forbidden",
  );
}

/** After ALTER: not the name of a column, as far as one can see. */
function isDesignChange(reader: Reader): boolean {
  const next = reader.peek(1)?.value ?? "";
  return (
    reader.is("alter") &&
    ["distkey", "diststyle", "compound", "interleaved", "sortkey", "encode"].includes(next)
  );
}

function alterDesign(reader: Reader, relation: Relation): Plan {
  const changes = reader.list(() => readChange(reader));
  reader.end();
  checkPairs(changes);
  const statements = changes.flatMap((change) => changeSql(relation.regclass, change));
  return scripted("ALTER TABLE", statements, async (backend) => {
    await backend.query(call("require_owner", relation.regclass));
    await requireStoredTable(backend, relation, changes);
    const columns = await readColumns(backend, relation);
    for (const change of changes) checkChange(change, columns, relation);
    await backend.query(statements.join(";\n"));
  });
}

/** A view has no design, and a temporary table keeps its distribution style but for AUTO and KEY. */
async function requireStoredTable(
  backend: Backend,
  relation: Relation,
  changes: readonly DesignChange[],
): Promise<void> {
  const { rows } = await backend.query(
    `SELECT relkind, relpersistence = 't' FROM pg_catalog.pg_class WHERE oid = ${relation.regclass}`,
  );
  const [kind, temporary] = rows[0] ?? [];
  if (kind !== "r") throw new SqlError("42809", `"${relation.name}" is not a table`);
  if (temporary === "t" && changes.some((change) => change.kind === "diststyle" && change.style !== "auto"))
    throw new SqlError("0A000", "cannot alter the distribution style of a temporary table to ALL or EVEN");
}

function readChange(reader: Reader): DesignChange {
  reader.expect("alter");
  if (reader.accept("distkey")) return { kind: "distkey", column: reader.name() };
  if (reader.accept("diststyle")) {
    const style = reader.acceptOneOf("all", "even", "auto", "key");
    if (style === undefined) throw reader.error();
    if (style !== "key") return { kind: "diststyle", style };
    reader.expect("distkey");
    return { kind: "distkey", column: reader.name() };
  }
  const compound = reader.accept("compound");
  if (reader.is("interleaved"))
    throw new SqlError("0A000", "a sort key cannot be altered to INTERLEAVED", {
      position: reader.position(),
    });
  if (compound || reader.is("sortkey")) {
    reader.expect("sortkey");
    if (!compound && reader.accept("auto")) return { kind: "sort", auto: true };
    if (!compound && reader.accept("none")) return { kind: "sort", auto: false };
    const columns = reader.nameList();
    checkSortKey(columns, false);
    return { kind: "sortkey", columns };
  }
  if (reader.accept("encode", "auto")) return { kind: "encode auto" };
  reader.accept("column");
  const column = reader.name();
  reader.expect("encode");
  return { kind: "encode", column, encoding: encodingFor(readEncodingName(reader), column, undefined) };
}

/** SORTKEY (list) with DISTKEY or DISTSTYLE ALL, and lists of ENCODE: nothing else may be combined. */
function checkPairs(changes: readonly DesignChange[]): void {
  const encoded = changes.flatMap((change) => (change.kind === "encode" ? [change.column] : []));
  const twice = encoded.find((column, index) => encoded.indexOf(column) !== index);
  if (twice !== undefined)
    throw new SqlError("0A000", `the encoding of column "${twice}" can be altered once in a command`);
  if (changes.length === 1 || encoded.length === changes.length) return;
  const kinds = changes
    .map((change) => (change.kind === "diststyle" ? `diststyle ${change.style}` : change.kind))
    .sort();
  const pair = kinds.join(" + ");
  if (pair !== "distkey + sortkey" && pair !== "diststyle all + sortkey")
    throw new SqlError("0A000", "these ALTER TABLE clauses cannot be combined");
}

function changeSql(regclass: string, change: DesignChange): string[] {
  const design = (diststyle: string, sortAuto: string, encodeAuto: string): string =>
    call("set_table_design", regclass, diststyle, "NULL", sortAuto, encodeAuto);
  switch (change.kind) {
    case "distkey":
      return [
        design(`${distStyleCodes.key}::smallint`, "NULL", "NULL"),
        call("set_distkey", regclass, literal(change.column)),
      ];
    case "diststyle":
      return [
        design(`${distStyleCodes[change.style]}::smallint`, "NULL", "NULL"),
        // AUTO keeps the key until Redshift itself decides otherwise.
        ...(change.style === "auto" ? [] : [call("set_distkey", regclass, "NULL")]),
      ];
    case "sortkey":
      return [
        design("NULL", "false", "NULL"),
        call("set_sortkey", regclass, textArray(change.columns), "false"),
        ...change.columns.map((column) => call("set_encoding", regclass, literal(column), literal("none"))),
      ];
    case "sort":
      return [
        design("NULL", String(change.auto), "NULL"),
        ...(change.auto ? [] : [call("set_sortkey", regclass, textArray([]), "false")]),
      ];
    case "encode":
      return [
        design("NULL", "NULL", "false"),
        call("set_encoding", regclass, literal(change.column), literal(storedEncoding(change.encoding))),
      ];
    case "encode auto":
      return [design("NULL", "NULL", "true")];
  }
}

function checkChange(change: DesignChange, columns: readonly TableColumn[], relation: Relation): void {
  const interleaved = columns.some((column) => column.sortkey < 0);
  const find = (name: string): TableColumn => {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined)
      throw new SqlError("42703", `column "${name}" of relation "${relation.name}" does not exist`);
    return column;
  };
  if (change.kind === "encode") {
    const column = find(change.column);
    if (interleaved)
      throw new SqlError("0A000", "cannot alter encoding of a table with an interleaved sort key");
    encodingFor(change.encoding, change.column, column.family);
    if (column.encoding === storedEncoding(change.encoding))
      throw new SqlError("0A000", `column "${change.column}" already has encoding ${change.encoding}`);
  }
  if ((change.kind === "distkey" || (change.kind === "diststyle" && change.style !== "auto")) && interleaved)
    throw new SqlError("0A000", "cannot alter distribution of a table with an interleaved sort key");
  const keys = change.kind === "distkey" ? [change.column] : change.kind === "sortkey" ? change.columns : [];
  for (const name of keys)
    if (find(name).family === "super")
      throw new SqlError("42P16", `column "${name}" of type SUPER cannot be a distribution or sort key`);
}

interface TableColumn {
  readonly name: string;
  readonly family: TypeFamily | undefined;
  readonly encoding: string;
  readonly distkey: boolean;
  /** Position in the sort key, negative for some columns of interleaved ones; 0 for none. */
  readonly sortkey: number;
  readonly hasDefault: boolean;
  readonly inKey: boolean;
}

/** A table's columns as the catalogs show them. */
async function readColumns(backend: Backend, relation: Relation): Promise<TableColumn[]> {
  const { rows } =
    await backend.query(`SELECT a.attname, a.atttypid::int, pg_catalog.format_encoding(a.attencodingtype::int),
  a.attisdistkey, a.attsortkeyord, a.atthasdef,
  EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c
    WHERE c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey)) -- contype p, u, f
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ${relation.regclass} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`);
  return rows.map((row) => ({
    name: row[0] ?? "",
    family: families[row[1] ?? ""],
    encoding: row[2] ?? "none",
    distkey: row[3] === "t",
    sortkey: Number(row[4] ?? 0),
    hasDefault: row[5] === "t",
    inKey: row[6] === "t",
  }));
}

/** By pg_type oid. */
const families: Readonly<Record<string, TypeFamily>> = {
  "16": "boolean",
  "20": "bigint",
  "21": "smallint",
  "23": "integer",
  "700": "real",
  "701": "double precision",
  "1042": "char",
  "1043": "varchar",
  "1082": "date",
  "1083": "time",
  "1114": "timestamp",
  "1184": "timestamptz",
  "1266": "timetz",
  "1700": "decimal",
  "3802": "super", // jsonb
  "4000": "super",
};
