import { LoadError, OptionsError } from "../errors.ts";
import type { JsonMapping } from "./copy-json-batch.ts";
import { genJsonpaths, topLevelPath, type JsonObject, type Jsonpaths } from "./gen-jsonpaths.ts";
import { capital, type JsonRow } from "./json-row.ts";
import { lostPath, type PathTree, pathTree, reachesAll } from "./lost-path.ts";
import type { RunKeys } from "./run-keys.ts";
import { choice, either, isObject, kind } from "../kinds.ts";
import { option, wording } from "../wording.ts";

/** How keys find their columns: a jsonpaths document, matching by name, or (null) paths generated from the keys. */
export type JsonpathsOption = Jsonpaths | "auto" | "auto ignorecase" | null;

export const jsonpathsKind = either(
  kind("null", (value) => value === null),
  kind(
    "{ jsonpaths: […] }",
    (value) => isObject(value) && "jsonpaths" in value && Array.isArray(value.jsonpaths),
  ),
  choice("auto", "auto ignorecase"),
);

/** What a plan is made for. */
export interface PlannedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly identity: unknown }[];
}

/**
 * Which columns a load fills, and from which part of a document. With generated paths the first document decides, and every
 * later one is checked not to hold more: a path is all that COPY looks at, so what has none would be lost without a word.
 */
export class ColumnPlan {
  readonly #table: PlannedTable;
  readonly #names: ReadonlySet<string>;
  readonly #option: JsonpathsOption;
  #columns: readonly string[] | undefined;
  #jsonpaths: Jsonpaths | undefined;
  /** What the first document has a path for. */
  #keys: ReadonlySet<string> | undefined;
  /** The same in the order of the first document. */
  #order: readonly string[] = [];
  #paths: PathTree | undefined;

  /** @throws OptionsError for columns that the table lacks, and for jsonpaths that do not go with them */
  constructor(table: PlannedTable, jsonpaths: JsonpathsOption, columns: readonly string[] | undefined) {
    this.#table = table;
    this.#names = new Set(table.columns.map(({ name }) => name));
    this.#option = jsonpaths;
    this.#columns = columns === undefined ? undefined : this.#checkedColumns(columns);
    if (typeof jsonpaths === "object" && jsonpaths !== null) {
      checkPaths(jsonpaths);
      this.#jsonpaths = jsonpaths;
      this.#requireSameLength();
    }
  }

  /** How keys find their columns, as it was asked for. */
  get option(): JsonpathsOption {
    return this.#option;
  }

  /** For COPY's column list; undefined when every column of the table is meant. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** For the jsonpaths file; undefined when columns are found by name, and before the first document. */
  get jsonpaths(): Jsonpaths | undefined {
    return this.#jsonpaths;
  }

  /** Whether a document must be parsed: with generated paths alone, as otherwise COPY looks for what it wants itself. */
  get needs(): "value" | "text" {
    return this.#option === null ? "value" : "text";
  }

  mapping(run: RunKeys): JsonMapping {
    return typeof this.#option === "string" ? { auto: this.#option } : { jsonpaths: run.jsonpaths };
  }

  /**
   * Whether every key of a document that no `toJSON` rewrites is sure to be loaded, which is quick to say of those that have the
   * keys of the first; where it is not, `check` looks closer.
   */
  covers(document: JsonObject): boolean {
    if (this.#option !== null) return true;
    const keys = this.#keys;
    if (keys === undefined) return this.#paths !== undefined && reachesAll(this.#paths, document);
    let at = 0;
    for (const key in document) {
      // Most have them in the order of the first as well.
      if (key !== this.#order[at] && !keys.has(key)) return false;
      at += 1;
    }
    return true;
  }

  /** @throws LoadError naming row and key for a document of which something would not be loaded */
  check(row: JsonRow): void {
    const { value } = row;
    if (this.#option !== null || value === undefined) return;
    if (this.#jsonpaths === undefined) this.#decide(row, value);
    else if (this.#paths !== undefined) {
      const lost = lostPath(this.#paths, JSON.parse(row.text));
      if (lost !== undefined) throw laterKey(row, lost);
    } else {
      for (const key in value) {
        if (this.#keys?.has(key) === false && isWritten(row, key)) throw laterKey(row, JSON.stringify(key));
      }
    }
  }

  #decide(row: JsonRow, value: JsonObject): void {
    if (this.#columns !== undefined) {
      // The caller names the columns, so the paths are those of the original: every value, alphabetical.
      this.#jsonpaths = genJsonpaths(row.text);
      this.#paths = pathTree(JSON.parse(row.text));
      this.#requireSameLength();
      return;
    }
    const keys = Object.keys(value).sort();
    if (keys.length === 0) throw noKeys(row);
    const keyOf = new Map<string, string>();
    for (const key of keys) {
      const column = this.#columnOf(key);
      if (column === undefined) throw this.#noColumn(row, key);
      const other = keyOf.get(column);
      if (other !== undefined) throw this.#sameColumn(row, other, key, column);
      keyOf.set(column, key);
    }
    this.#keys = new Set(keys);
    this.#order = Object.keys(value);
    this.#columns = [...keyOf.keys()];
    this.#jsonpaths = { jsonpaths: keys.map(topLevelPath) };
  }

  /** The table's own spelling: folded, unless the table was made with case-sensitive names. */
  #columnOf(name: string): string | undefined {
    if (this.#names.has(name)) return name;
    const folded = foldName(name);
    return this.#names.has(folded) ? folded : undefined;
  }

  #checkedColumns(columns: readonly string[]): readonly string[] {
    if (columns.length === 0) {
      throw new OptionsError(wording`${option("columns")} is empty; name at least one, or leave it out.`);
    }
    const found = columns.map((name) => {
      const column = this.#columnOf(name);
      if (column === undefined) {
        throw new OptionsError(
          wording`${option("columns")} names ${JSON.stringify(name)}, which is no column of ${this.#tableText()} (${this.#columnsText()}); correct it.`,
        );
      }
      return column;
    });
    const twice = found.find((name, i) => found.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new OptionsError(
        wording`${option("columns")} names ${JSON.stringify(twice)} twice; name it once.`,
      );
    }
    return found;
  }

  #requireSameLength(): void {
    const paths = this.#jsonpaths?.jsonpaths ?? [];
    // Whether COPY counts an identity column, when it is given no list, is for the server to say.
    if (this.#columns === undefined && this.#table.columns.some(({ identity }) => identity !== null)) return;
    const columns = this.#columns ?? [...this.#names];
    if (paths.length === columns.length) return;
    throw new OptionsError(
      wording`There are ${paths.length} jsonpaths (${paths.join(", ")}) for ${columns.length} columns (${columns.join(", ")}); each column needs one, in the same order${this.#columns === undefined ? wording`, so name the columns to load (${option("columns")})` : ""}.`,
    );
  }

  #noColumn({ where, number }: JsonRow, key: string): LoadError {
    return new LoadError(
      wording`${capital(where)}: the key ${JSON.stringify(key)} is no column of ${this.#tableText()} (${this.#columnsText()}). Nothing was loaded; add the column, or pass ${option("jsonpaths")} and ${option("columns")}.`,
      [{ line: number, column: key, reason: "no such column" }],
    );
  }

  #sameColumn({ where, number }: JsonRow, one: string, other: string, column: string): LoadError {
    return new LoadError(
      wording`${capital(where)}: the keys ${JSON.stringify(one)} and ${JSON.stringify(other)} both mean the column ${JSON.stringify(column)} of ${this.#tableText()}, as Redshift folds names to lower case. Nothing was loaded; leave one out, or pass ${option("jsonpaths")} and ${option("columns")}.`,
      [{ line: number, column, reason: "two keys for one column" }],
    );
  }

  #tableText(): string {
    return `${this.#table.schema}.${this.#table.name}`;
  }

  #columnsText(): string {
    return [...this.#names].join(", ");
  }
}

function noKeys({ where, number }: JsonRow): LoadError {
  return new LoadError(
    wording`${capital(where)} has no keys, so it does not tell the columns to load. Nothing was loaded; begin with another document, or pass ${option("jsonpaths")}.`,
    [{ line: number, reason: "no keys" }],
  );
}

function laterKey({ where, number }: JsonRow, key: string): LoadError {
  return new LoadError(
    wording`${capital(where)} has the key ${key}, which the first document lacks, so it would not be loaded. Nothing was loaded; add the key to the first document (null will do) or pass ${option("jsonpaths")}.`,
    [{ line: number, column: key, reason: "a key that the first document lacks" }],
  );
}

/** An undefined value, a function and an inherited one have no place in the text. */
function isWritten({ text }: JsonRow, key: string): boolean {
  return Object.hasOwn(JSON.parse(text) as object, key);
}

function checkPaths({ jsonpaths }: Jsonpaths): void {
  const wrong: unknown = Array.isArray(jsonpaths)
    ? jsonpaths.find((path: unknown) => typeof path !== "string" || !path.startsWith("$"))
    : jsonpaths;
  if (wrong !== undefined || jsonpaths.length === 0) {
    throw new OptionsError(
      wording`${JSON.stringify(wrong ?? [])} is no path; ${option("jsonpaths")} is a list of paths such as $['key'] or $.key.`,
    );
  }
}

/** Redshift folds ASCII letters of names to lower case, quoted or not. @see facts.md 1.10 */
function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
