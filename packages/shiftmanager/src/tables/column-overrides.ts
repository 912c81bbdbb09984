import { nearestName } from "../nearest-name.ts";
import type { Collation } from "../catalog/collations.ts";
import { encodings as knownEncodings, type Encoding, type NewColumn } from "../ddl/create-table.ts";
import { columnType, parseType } from "../ddl/parse-type.ts";
import { OptionsError } from "../errors.ts";
import { flag, orNull, text, type Kinds } from "../kinds.ts";
import { checkExpression } from "../sql/check-text.ts";
import { columnName } from "../catalog/column-name.ts";
import { option, wording } from "../wording.ts";

/** A column other than the table's own, or one that it does not have yet. What is left out stays as it is. */
export interface ColumnOverride {
  /** As CREATE TABLE takes it: `varchar(100)`. An added column needs one. */
  readonly type?: string;
  readonly notNull?: boolean;
  /** An SQL expression as text; null takes the default away. */
  readonly default?: string | null;
  readonly encoding?: Encoding;
  /** Only for CHAR and VARCHAR. */
  readonly collation?: Collation;
  /**
   * In a deep copy, the column's values: an SQL expression over the old table's columns. Without it a changed type
   * carries the values over, proved to be the same, and an added column gets its default.
   */
  readonly value?: string;
  /** Adds the column although its name is so close to another's that it could be a slip. */
  readonly add?: boolean;
  /** Where an added column comes: after this one, or first for null. Default: at the end. */
  readonly after?: string | null;
}

/** Columns to change or to add, by name. */
export type ColumnOverrides = Readonly<Record<string, ColumnOverride>>;

export const columnKinds: Kinds<ColumnOverride> = {
  type: text,
  notNull: flag,
  default: orNull(text),
  encoding: text,
  collation: text,
  value: text,
  add: flag,
  after: orNull(text),
};

/**
 * Applies changes to columns, then adds those that are new.
 * @throws OptionsError for a name that is nearly a column's, and for a change that cannot be made
 */
export function applyColumns(
  columns: readonly NewColumn[],
  overrides: ColumnOverrides,
): readonly NewColumn[] {
  let result = columns;
  for (const [wanted, override] of Object.entries(overrides)) {
    checkOnce(wanted, overrides);
    const name = existing(columns, wanted, override);
    if (name === null) result = added(result, foldName(wanted), override);
    else {
      result = result.map((column) => (column.name === name ? changed(column, override) : column));
    }
  }
  return result;
}

/** The overrides by the names that the columns have in the catalog. */
export function overridesByColumn(
  columns: readonly Pick<NewColumn, "name">[],
  overrides: ColumnOverrides,
): ReadonlyMap<string, ColumnOverride> {
  return new Map(
    Object.entries(overrides).map(([wanted, override]) => [
      existing(columns, wanted, override) ?? foldName(wanted),
      override,
    ]),
  );
}

/** `A` and `a` are one column. */
function checkOnce(wanted: string, overrides: ColumnOverrides): void {
  const twin = Object.keys(overrides).find((one) => one !== wanted && foldName(one) === foldName(wanted));
  if (twin === undefined) return;
  throw new OptionsError(
    wording`columns names one column twice, as "${wanted}" and as "${twin}"; leave one of them out.`,
  );
}

/** The name of the column that is to be changed; null when one is to be added. */
function existing(
  columns: readonly Pick<NewColumn, "name">[],
  wanted: string,
  override: ColumnOverride,
): string | null {
  const names = columns.map(({ name }) => name);
  const name = names.includes(wanted) ? wanted : names.find((one) => one === foldName(wanted));
  const place = override.add === true ? "add" : override.after === undefined ? null : "after";
  if (name !== undefined) {
    if (place === null) return name;
    throw new OptionsError(
      `columns.${wanted}.${place} is for a column to be added, and the table has ${name} already; leave it out.`,
    );
  }
  const nearest = likelySlip(wanted, nearestName(wanted, names));
  if (place === null && (nearest !== undefined || override.type === undefined)) {
    const meant =
      nearest === undefined
        ? `it has ${names.join(", ")}. To add it give its type.`
        : wording`did you mean "${nearest}"? To add a column of that name say ${option("add", true)}.`;
    throw new OptionsError(
      wording`columns names the column "${wanted}", which the table does not have; ${meant}`,
    );
  }
  return null;
}

/** Of short names many are near each other; then a slip begins with the right letter. */
function likelySlip(wanted: string, nearest: string | undefined): string | undefined {
  return wanted.length > 4 || nearest?.[0] === wanted[0]?.toLowerCase() ? nearest : undefined;
}

function changed(column: NewColumn, override: ColumnOverride): NewColumn {
  const what = `columns.${column.name}`;
  const type = override.type === undefined ? column.type : parseType(override.type, `${what}.type`).formatted;
  if (column.identity !== null) {
    const free = { default: override.default, value: override.value };
    for (const [given, value] of Object.entries(free)) {
      if (value === undefined) continue;
      throw new OptionsError(`${what}.${given}: the column is an IDENTITY and numbers itself; leave it out.`);
    }
    if (override.notNull === false || !["integer", "bigint"].includes(type)) {
      throw new OptionsError(`${what}: an IDENTITY column is INTEGER or BIGINT and NOT NULL; leave it so.`);
    }
  }
  const [from, to] = [columnType(column.type), columnType(type)];
  if (from.family !== to.family && column.default !== null && override.default === undefined) {
    throw new OptionsError(
      `${what} changes its type and its default is ${column.default}; give a default of the new type, or null for none.`,
    );
  }
  // Encodings of one type may not suit another; which one then suits is chosen with the design.
  const suits = from.family === to.family && !/^(mostly|delta32k|text(255|32k))/.test(column.encoding ?? "");
  return {
    ...column,
    type,
    notNull: override.notNull ?? column.notNull,
    default: defaultOf(override, what) ?? (override.default === null ? null : column.default),
    encoding: encodingOf(override, what) ?? (type === column.type || suits ? column.encoding : null),
    collation: collationOf(override, type, what) ?? (to.family === "text" ? column.collation : undefined),
  };
}

function added(columns: readonly NewColumn[], name: string, override: ColumnOverride): readonly NewColumn[] {
  const what = `columns.${name}`;
  if (override.type === undefined) {
    throw new OptionsError(`${what} is to be added and has no type; give one, such as "varchar(100)".`);
  }
  const { formatted } = parseType(override.type, `${what}.type`);
  const column: NewColumn = {
    name,
    type: formatted,
    notNull: override.notNull ?? false,
    default: defaultOf(override, what) ?? null,
    identity: null,
    encoding: encodingOf(override, what) ?? null,
    collation: collationOf(override, formatted, what),
  };
  const { after } = override;
  const at =
    after === undefined
      ? columns.length
      : after === null
        ? 0
        : columns.findIndex((one) => one.name === columnName(columns, after, `${what}.after`)) + 1;
  return columns.toSpliced(at, 0, column);
}

function defaultOf({ default: value }: ColumnOverride, what: string): string | undefined {
  return value === undefined || value === null
    ? undefined
    : String(checkExpression(value, `${what}.default`));
}

function encodingOf({ encoding }: ColumnOverride, what: string): string | undefined {
  if (encoding === undefined) return undefined;
  if ((knownEncodings as readonly string[]).includes(encoding)) return encoding;
  throw new OptionsError(
    `${what}.encoding is "${String(encoding)}"; it must be one of ${knownEncodings.join(", ")}.`,
  );
}

function collationOf({ collation }: ColumnOverride, type: string, what: string): Collation | undefined {
  if (collation === undefined) return undefined;
  if (!["case_sensitive", "case_insensitive"].includes(collation)) {
    throw new OptionsError(
      `${what}.collation is "${String(collation)}"; it must be case_sensitive or case_insensitive.`,
    );
  }
  if (columnType(type).family !== "text") {
    throw new OptionsError(`${what}.collation is for CHAR and VARCHAR; leave it out.`);
  }
  return collation;
}

/** Only ASCII letters fold. */
function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
