import { nearestName } from "../catalog/nearest-name.ts";
import type { Column } from "../catalog/columns.ts";
import {
  encodings as knownEncodings,
  type Encoding,
  type NewTable,
  type Sortkey,
} from "../ddl/create-table.ts";
import { OptionsError } from "../errors.ts";
import { option, wording, type Mention } from "../wording.ts";

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

/**
 * Applies overrides to a table that is about to be created.
 * @throws OptionsError for columns that do not exist (naming the nearest), and for choices that exclude each other.
 */
export function applyDesign(
  table: NewTable,
  columns: readonly Column[],
  overrides: DesignOverrides,
): NewTable {
  return {
    ...table,
    ...distribution(table, columns, overrides),
    sortkey: sorting(table, columns, overrides),
    ...encoding(table, columns, overrides),
  };
}

/** The name a table's column has in the catalog. @throws OptionsError that names the nearest column. */
export function columnName(columns: readonly Pick<Column, "name">[], wanted: string, where: Mention): string {
  const names = columns.map(({ name }) => name);
  if (names.includes(wanted)) return wanted;
  const folded = wanted.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (names.includes(folded)) return folded;
  const nearest = nearestName(wanted, names);
  throw new OptionsError(
    wording`${where} names the column "${wanted}", which the table does not have; ${
      nearest === undefined ? `it has ${names.join(", ")}.` : `did you mean "${nearest}"?`
    }`,
  );
}

function distribution(
  table: NewTable,
  columns: readonly Column[],
  { distkey, diststyle }: DesignOverrides,
): Pick<NewTable, "diststyle" | "distkey"> {
  if (distkey !== undefined) {
    if (diststyle !== undefined && diststyle !== "key") {
      throw new OptionsError(
        wording`${option("distkey")} needs ${option("diststyle", "key")}, not "${diststyle}"; leave one of them out.`,
      );
    }
    return { diststyle: "key", distkey: columnName(columns, distkey, option("distkey")) };
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
  columns: readonly Column[],
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
  return { style, columns: names };
}

function encoding(
  table: NewTable,
  columns: readonly Column[],
  { encodings }: DesignOverrides,
): Pick<NewTable, "columns" | "encodeAuto"> {
  const asItIs = { columns: table.columns, encodeAuto: table.encodeAuto };
  if (encodings === undefined) return asItIs;
  if (encodings === "auto") {
    return { columns: table.columns.map((column) => ({ ...column, encoding: null })), encodeAuto: true };
  }
  const wanted = new Map<string, string>();
  for (const [name, encoded] of Object.entries(encodings)) {
    if (!(knownEncodings as readonly string[]).includes(encoded)) {
      throw new OptionsError(
        wording`${option("encodings")} gives "${name}" the encoding "${encoded}"; it must be one of ${knownEncodings.join(", ")}.`,
      );
    }
    wanted.set(columnName(columns, name, option("encodings")), encoded);
  }
  if (wanted.size === 0) return asItIs;
  return {
    columns: table.columns.map((column, i) => ({
      ...column,
      encoding: wanted.get(column.name) ?? columns[i]?.encoding ?? column.encoding,
    })),
    encodeAuto: false,
  };
}
