import type { Column } from "../catalog/columns.ts";
import {
  encodings as knownEncodings,
  type Encoding,
  type NewTable,
  type Sortkey,
} from "../ddl/create-table.ts";
import { columnType, usualEncoding } from "../ddl/parse-type.ts";
import { OptionsError } from "../errors.ts";
import { either, nameOrNames, object, optionsByName, text, type Kinds } from "../kinds.ts";
import { columnName } from "../catalog/column-name.ts";
import { applyColumns, columnKinds, type ColumnOverrides } from "./column-overrides.ts";
import { option, wording, type Wording } from "../wording.ts";

/** A design other than the table's own. What is left out stays as it is. */
export interface DesignOverrides {
  /** Distributes by this column; implies `diststyle: "key"`. */
  readonly distkey?: string;
  /** `key` keeps the distribution key the table has, or goes with `distkey`. */
  readonly diststyle?: "even" | "key" | "all" | "auto";
  /** A compound sort key: a column or several in order; `auto` leaves it to Redshift, `none` means unsorted. */
  readonly sortkey?: string | readonly string[];
  /** Up to eight columns; excludes `sortkey`. */
  readonly interleavedSortkey?: string | readonly string[];
  /**
   * Encodings by column, or `auto` for ENCODE AUTO. One named encoding turns ENCODE AUTO off for the whole table; the
   * columns that are not named keep the encoding they have now.
   */
  readonly encodings?: "auto" | Readonly<Record<string, Encoding>>;
}

/** A design and columns other than the table's own. */
export interface TableOverrides extends DesignOverrides {
  /** Columns to change or to add, by name; see `ColumnOverride`. */
  readonly columns?: ColumnOverrides;
}

export const overrideKinds: Kinds<TableOverrides> = {
  distkey: text,
  diststyle: text,
  sortkey: nameOrNames,
  interleavedSortkey: nameOrNames,
  encodings: either(text, object),
  columns: optionsByName("an object of columns, { NAME: { type, … } }", columnKinds),
};

/**
 * Applies overrides to a table that is about to be created.
 * @param current - the columns as the catalog has them, with the encodings of today
 * @throws OptionsError for columns that do not exist (naming the nearest), and for choices that exclude each other.
 */
export function applyOverrides(
  table: NewTable,
  current: readonly Column[],
  overrides: TableOverrides,
): NewTable {
  const columns = applyColumns(table.columns, overrides.columns ?? {});
  const encoded = Object.entries(overrides.columns ?? {}).find(([, column]) => column.encoding !== undefined);
  if (overrides.encodings === "auto" && encoded !== undefined) {
    throw new OptionsError(
      wording`${option("encodings")} is "auto" and columns.${encoded[0]} names an encoding, which turns ENCODE AUTO off; leave one of them out.`,
    );
  }
  const designed: NewTable = {
    ...table,
    columns,
    ...distribution(table, columns, overrides),
    sortkey: sorting(table, columns, overrides),
  };
  return { ...designed, ...encoding(designed, current, overrides) };
}

/** Both readings of one thing: the later of two says how the rows are spread, and how they are sorted. */
const together: readonly (readonly (keyof TableOverrides)[])[] = [
  ["distkey", "diststyle"],
  ["sortkey", "interleavedSortkey"],
];

/** Overrides upon overrides: the later count, columns and encodings one by one. */
export function mergeOverrides(earlier: TableOverrides, later: TableOverrides): TableOverrides {
  const superseded = together.filter((names) => names.some((name) => later[name] !== undefined)).flat();
  const kept = Object.fromEntries(
    Object.entries(earlier).filter(([name]) => !(superseded as readonly string[]).includes(name)),
  ) as TableOverrides;
  const merged: { -readonly [Name in keyof TableOverrides]: TableOverrides[Name] } = { ...kept };
  if (later.distkey !== undefined) merged.distkey = later.distkey;
  if (later.diststyle !== undefined) merged.diststyle = later.diststyle;
  if (later.sortkey !== undefined) merged.sortkey = later.sortkey;
  if (later.interleavedSortkey !== undefined) merged.interleavedSortkey = later.interleavedSortkey;
  if (later.encodings !== undefined) {
    const both = typeof kept.encodings === "object" && later.encodings !== "auto";
    merged.encodings = both ? { ...(kept.encodings as object), ...later.encodings } : later.encodings;
  }
  if (later.columns !== undefined) merged.columns = { ...kept.columns, ...later.columns };
  return merged;
}

function distribution(
  table: NewTable,
  columns: NewTable["columns"],
  { distkey, diststyle }: DesignOverrides,
): Pick<NewTable, "diststyle" | "distkey"> {
  if (distkey !== undefined) {
    if (diststyle !== undefined && diststyle !== "key") {
      throw new OptionsError(
        wording`${option("distkey")} needs ${option("diststyle", "key")}, not "${diststyle}"; leave one of them out.`,
      );
    }
    const name = columnName(columns, distkey, option("distkey"));
    checkKey(columns, name, option("distkey"));
    return { diststyle: "key", distkey: name };
  }
  if (diststyle === undefined) return { diststyle: table.diststyle, distkey: table.distkey };
  if (!["even", "key", "all", "auto"].includes(diststyle)) {
    throw new OptionsError(
      wording`${option("diststyle")} is "${String(diststyle)}"; it must be even, key, all or auto.`,
    );
  }
  if (diststyle === "key" && table.distkey === null) {
    throw new OptionsError(
      wording`${option("diststyle", "key")} needs a column; give it as ${option("distkey")}.`,
    );
  }
  return { diststyle, distkey: diststyle === "key" ? table.distkey : null };
}

function sorting(
  table: NewTable,
  columns: NewTable["columns"],
  { sortkey, interleavedSortkey }: DesignOverrides,
): Sortkey {
  if (sortkey !== undefined && interleavedSortkey !== undefined) {
    throw new OptionsError(
      wording`${option("sortkey")} and ${option("interleavedSortkey")} exclude each other; leave one of them out.`,
    );
  }
  if (sortkey === "auto" || sortkey === "none") return { style: sortkey };
  const [where, style, most] =
    interleavedSortkey === undefined
      ? ([option("sortkey"), "compound", 400] as const)
      : ([option("interleavedSortkey"), "interleaved", 8] as const);
  const wanted = sortkey ?? interleavedSortkey;
  if (wanted === undefined) return table.sortkey;
  const names = (typeof wanted === "string" ? [wanted] : wanted).map((name) =>
    columnName(columns, name, where),
  );
  if (names.length === 0)
    throw new OptionsError(
      wording`${where} names no column; for no sort key say ${option("sortkey", "none")}.`,
    );
  if (names.length > most) throw new OptionsError(wording`${where} may name at most ${most} columns.`);
  if (new Set(names).size < names.length) throw new OptionsError(wording`${where} names a column twice.`);
  for (const name of names) checkKey(columns, name, where);
  return { style, columns: names };
}

/** @see AWS Database Developer Guide, "Limitations" of SUPER (limitations-super) */
function checkKey(columns: NewTable["columns"], name: string, where: Wording): void {
  if (columns.find((column) => column.name === name)?.type !== "super") return;
  throw new OptionsError(
    wording`${where} names the column "${name}", which is SUPER and can be no key; choose another column.`,
  );
}

function encoding(
  table: NewTable,
  current: readonly Column[],
  { encodings }: DesignOverrides,
): Pick<NewTable, "columns" | "encodeAuto"> {
  if (encodings === "auto") {
    return { columns: table.columns.map((column) => ({ ...column, encoding: null })), encodeAuto: true };
  }
  const wanted = new Map<string, string>();
  for (const [name, encoded] of Object.entries(encodings ?? {})) {
    if (!(knownEncodings as readonly string[]).includes(encoded)) {
      throw new OptionsError(
        wording`${option("encodings")} gives "${name}" the encoding "${encoded}"; it must be one of ${knownEncodings.join(", ")}.`,
      );
    }
    wanted.set(columnName(table.columns, name, option("encodings")), encoded);
  }
  const named =
    wanted.size > 0 || (table.encodeAuto && table.columns.some((column) => column.encoding !== null));
  if (table.encodeAuto && !named) return { columns: table.columns, encodeAuto: true };
  const sorted = "columns" in table.sortkey ? table.sortkey.columns : [];
  const today = new Map(current.map(({ name, type, encoding }) => [`${name} ${type}`, encoding]));
  return {
    columns: table.columns.map((column) => ({
      ...column,
      encoding:
        wanted.get(column.name) ??
        column.encoding ??
        today.get(`${column.name} ${column.type}`) ??
        usualEncoding(columnType(column.type), sorted.includes(column.name)),
    })),
    encodeAuto: false,
  };
}
