import { SqlError, notImitated } from "../errors.ts";
import { literal, quoted, shortName } from "../sql/names.ts";
import type { Backend } from "../sql/plan.ts";
import type { CopyCommand } from "./command/copy-command.ts";
import { characters } from "./convert/characters.ts";
import type { ConversionOptions, Convert } from "./convert/convert.ts";
import { date, time, timestamp } from "./convert/date-time.ts";
import { boolean, decimal, float, integer } from "./convert/numbers.ts";
import { superValue } from "./convert/super.ts";

/** A column that COPY fills. */
export interface TargetColumn {
  readonly name: string;
  /** As STL_LOAD_ERRORS shows them. */
  readonly type: string;
  readonly length: string;
  readonly notNull: boolean;
  readonly isText: boolean;
  readonly isSuper: boolean;
  readonly convert: Convert;
}

export interface Target {
  /** Qualified and quoted, for PostgreSQL. */
  readonly relation: string;
  readonly oid: number;
  readonly name: string;
  readonly columns: readonly TargetColumn[];
  /** A column that is filled by nothing and may not be NULL: every row fails for it. */
  readonly unfilled: TargetColumn | undefined;
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly identity: "always" | "default" | undefined;
}

/**
 * Looks the table up and settles which columns the file fills.
 * @throws SqlError 42P01, 42703, 42701 as PostgreSQL words them; 42601 for what the identity rules forbid.
 * @see AWS copy-parameters-column-mapping, copy-parameters-data-conversion (EXPLICIT_IDS)
 */
export async function readTarget(backend: Backend, command: CopyCommand): Promise<Target> {
  const relation = command.table.map((part) => quoted(shortName(part))).join(".");
  const regclass = `${literal(relation)}::regclass`;
  const { rows } = await backend.query(
    `SELECT a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull, a.atthasdef, i.always, ${regclass}::oid::bigint
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN redshift_sandbox.table_identity(${regclass}) i ON i.attname::text = a.attname::text
      WHERE a.attrelid = ${regclass} AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'redshift_sandbox')
      ORDER BY a.attnum`,
  );
  // The administrator is a superuser to PostgreSQL, and would be let into its catalogs.
  if (rows.length === 0)
    throw new SqlError("42501", `permission denied for relation ${command.table.at(-1) ?? ""}`);
  const attributes = rows.map(([name, type, modifier, notNull, hasDefault, always]): Attribute => ({
    name: name ?? "",
    type: Number(type),
    modifier: Number(modifier),
    notNull: notNull === "t",
    hasDefault: hasDefault === "t",
    identity: always === null ? undefined : always === "t" ? "always" : "default",
  }));
  const chosen = choose(command, attributes);
  const columns = chosen.map((attribute) => target(attribute, command.conversion));
  const unfilled = attributes.find(
    (attribute) =>
      attribute.notNull &&
      !attribute.hasDefault &&
      attribute.identity === undefined &&
      !chosen.includes(attribute),
  );
  if (command.format.kind === "json" && command.format.mapping === "noshred") {
    if (columns.length !== 1 || columns[0]?.isSuper !== true) {
      throw new SqlError("XX000", "JSON 'noshred' loads into exactly one SUPER column");
    }
  }
  return {
    relation,
    oid: Number(rows[0]?.[6] ?? 0),
    name: command.table.at(-1) ?? "",
    columns,
    unfilled: unfilled === undefined ? undefined : target(unfilled, command.conversion),
  };
}

function choose(command: CopyCommand, attributes: readonly Attribute[]): readonly Attribute[] {
  const { columns, explicitIds } = command;
  if (explicitIds && attributes.every(({ identity }) => identity === undefined))
    throw new SqlError("42601", "EXPLICIT_IDS requires a table with an IDENTITY column");
  if (columns === undefined) {
    return explicitIds ? attributes : attributes.filter(({ identity }) => identity === undefined);
  }
  const chosen = columns.map((name, at) => {
    if (columns.indexOf(name) !== at)
      throw new SqlError("42701", `column "${name}" specified more than once`);
    const found = attributes.find((attribute) => attribute.name === name);
    if (found === undefined) {
      const table = command.table.at(-1) ?? "";
      throw new SqlError("42703", `column "${name}" of relation "${table}" does not exist`);
    }
    return found;
  });
  if (!explicitIds && chosen.some(({ identity }) => identity === "always")) {
    throw new SqlError("42601", "cannot COPY into an IDENTITY column without EXPLICIT_IDS");
  }
  if (
    explicitIds &&
    attributes.some((attribute) => attribute.identity === "always" && !chosen.includes(attribute))
  ) {
    throw new SqlError("42601", "EXPLICIT_IDS requires the IDENTITY column in the column list");
  }
  return chosen;
}

function target(attribute: Attribute, options: ConversionOptions): TargetColumn {
  const base = {
    name: attribute.name,
    notNull: attribute.notNull,
    isText: false,
    isSuper: false,
    length: "0",
  };
  const bytes = attribute.modifier - 4;
  switch (attribute.type) {
    case 16:
      return { ...base, type: "bool", convert: boolean };
    case 21:
      return { ...base, type: "int2", convert: integer("smallint") };
    case 23:
      return { ...base, type: "int4", convert: integer("integer") };
    case 20:
      return { ...base, type: "int8", convert: integer("bigint") };
    case 700:
      return { ...base, type: "float4", convert: float("real") };
    case 701:
      return { ...base, type: "float8", convert: float("double") };
    case 1700: {
      const precision = attribute.modifier < 0 ? 18 : (bytes >> 16) & 0xffff;
      const scale = attribute.modifier < 0 ? 0 : bytes & 0x7ff;
      return {
        ...base,
        type: "numeric",
        length: `${String(precision)}, ${String(scale)}`,
        convert: decimal(precision, scale, options.roundDecimals),
      };
    }
    case 1042:
    case 1043:
    case 25: {
      const kind = attribute.type === 1042 ? "char" : "varchar";
      const limit = attribute.modifier < 0 ? 65535 : bytes;
      return {
        ...base,
        type: kind,
        length: String(limit),
        isText: true,
        convert: characters(kind, limit, options),
      };
    }
    case 1082:
      return { ...base, type: "date", convert: date(options) };
    case 1083:
      return { ...base, type: "time", convert: time(false) };
    case 1266:
      return { ...base, type: "timetz", convert: time(true) };
    case 1114:
      return { ...base, type: "timestamp", convert: timestamp(false, options) };
    case 1184:
      return { ...base, type: "timestamptz", convert: timestamp(true, options) };
    case 3802:
    case 4000:
      return { ...base, type: "super", isSuper: true, convert: superValue() };
    default:
      throw notImitated(`COPY into column "${attribute.name}" of type oid ${String(attribute.type)}`);
  }
}
