import { nameSpellings } from "../../catalog/relation-name.ts";
import { OptionsError } from "../../errors.ts";
import { choice, names, text, type Kinds } from "../../kinds.ts";
import { checkExpression } from "../../sql/check-text.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { option, wording } from "../../wording.ts";
import type { LoadTable } from "../load-table.ts";

/** Which of several loaded rows with the same key is kept; `error` refuses them. */
export type OnDuplicate = "error" | "first" | "last";

/** How loaded rows replace those that are there. */
export interface MergeOptions {
  /**
   * Columns that tell rows apart: a loaded row takes the place of the rows that have the same values in them. Where only some
   * of the table's columns are loaded, the others keep what they have. Default: rows are only added.
   */
  readonly mergeOn?: readonly string[];
  /** Of several loaded rows with the same key. Default `error`; the others need `orderBy`. */
  readonly onDuplicate?: OnDuplicate;
  /** SQL by which `first` and `last` are told: "updated_at, id". */
  readonly orderBy?: string;
}

export const mergeKinds: Kinds<MergeOptions> = {
  mergeOn: names,
  onDuplicate: choice("error", "first", "last"),
  orderBy: text,
};

/** The same, checked against the table. */
export interface MergePlan {
  readonly keys: readonly string[];
  /** Columns that are loaded, keys included, in the table's spelling. */
  readonly columns: readonly string[];
  /** Whether these are all columns of the table, so that a row may be replaced as a whole. */
  readonly whole: boolean;
  readonly onDuplicate: OnDuplicate;
  readonly orderBy: Fragment | undefined;
}

/** Types whose values cannot be grouped or compared. */
const incomparable = /^(super|geometry|geography|hllsketch)\b/;

/** @throws OptionsError for options that exclude each other, before anything is read */
export function checkMergeOptions({ mergeOn, onDuplicate, orderBy }: MergeOptions): void {
  if (mergeOn === undefined) {
    const lone = onDuplicate !== undefined ? "onDuplicate" : orderBy === undefined ? undefined : "orderBy";
    if (lone === undefined) return;
    throw new OptionsError(
      wording`${option(lone)} goes with ${option("mergeOn")}, which says what a duplicate is; give both, or neither.`,
    );
  }
  if (mergeOn.length === 0) {
    throw new OptionsError(
      wording`${option("mergeOn")} is empty; name at least one column, or leave it out.`,
    );
  }
  const ordered = onDuplicate === "first" || onDuplicate === "last";
  if (ordered && orderBy === undefined) {
    throw new OptionsError(
      wording`${option("onDuplicate", onDuplicate)} needs an order to tell which row that is; give ${option("orderBy")}.`,
    );
  }
  if (!ordered && orderBy !== undefined) {
    throw new OptionsError(
      wording`${option("orderBy")} goes with ${option("onDuplicate", "first")} or ${option("onDuplicate", "last")}; give one of them, or leave it out.`,
    );
  }
}

/**
 * @param loaded - the columns that are loaded; undefined for all of the table
 * @throws OptionsError for keys that are not loaded or cannot be compared, and for an identity that no INSERT may fill
 */
export function planMerge(
  options: MergeOptions,
  table: LoadTable,
  loaded: readonly string[] | undefined,
): MergePlan | undefined {
  checkMergeOptions(options);
  const { mergeOn, onDuplicate = "error", orderBy } = options;
  if (mergeOn === undefined) return undefined;
  const name = `${table.schema}.${table.name}`;
  const columns = loaded ?? table.columns.map((column) => column.name);
  const keys = mergeOn.map((key) => {
    const column = nameSpellings(key).find((spelling) => columns.includes(spelling));
    if (column === undefined) {
      throw new OptionsError(
        wording`${option("mergeOn")} names ${JSON.stringify(key)}, which is none of the columns that are loaded into ${name} (${columns.join(", ")}); correct it.`,
      );
    }
    return column;
  });
  for (const column of table.columns) {
    if (keys.includes(column.name) && incomparable.test(column.type)) {
      throw new OptionsError(
        wording`${option("mergeOn")} names ${JSON.stringify(column.name)}, whose type (${column.type}) cannot be compared; name others.`,
      );
    }
    if (columns.includes(column.name) && column.identity?.kind === "always") {
      throw new OptionsError(
        wording`The identity column ${column.name} of ${name} takes no values but its own when rows are merged; leave it out of ${option("columns")}.`,
      );
    }
  }
  return {
    keys,
    columns,
    whole: table.columns.every((column) => columns.includes(column.name)),
    onDuplicate,
    orderBy: orderBy === undefined ? undefined : checkExpression(orderBy, option("orderBy")),
  };
}
