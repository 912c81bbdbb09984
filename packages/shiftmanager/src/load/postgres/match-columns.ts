import type { Column } from "../../catalog/columns.ts";
import { OptionsError } from "../../errors.ts";
import { typeName } from "../../ddl/type-name.ts";
import { tableTransfer, type TableTransfer } from "./column-transfer.ts";
import type { SourceColumn } from "./source-columns.ts";
import type { ValueRules } from "./value-rules.ts";
import { option, wording } from "../../wording.ts";

/** Which columns are loaded, in the order of the source. */
export interface ColumnMatch {
  readonly columns: readonly TableTransfer[];
  /** A plain IDENTITY column is among them, so COPY must be told to keep its values. */
  readonly explicitIds: boolean;
}

/** How the values of both sides are brought together. */
export interface MatchOptions {
  /** The columns to load; the target's others get their defaults. Default: all, and both sides must agree. */
  readonly only?: readonly string[] | undefined;
  readonly rules: ValueRules;
  /** Of the source's database. */
  readonly encoding: string;
}

/**
 * Pairs the columns of both sides by name: a plain lower-case match, or the source's name folded as Redshift folds names.
 * An identity column of the target may be missing in the source; it then numbers the rows itself.
 * @throws OptionsError naming what is missing on either side
 */
export function matchColumns(
  source: readonly SourceColumn[],
  target: readonly Column[],
  table: string,
  sourceName: string,
  { only, rules, encoding }: MatchOptions,
): ColumnMatch {
  const targets = new Map(target.map((column) => [column.name, column]));
  const chosen = only === undefined ? undefined : new Set(only.map((name) => nameIn(targets, name) ?? name));
  const pairs = source.map((column) => ({ column, name: nameIn(targets, column.name) }));
  const wanted =
    chosen === undefined ? pairs : pairs.filter(({ name }) => name !== undefined && chosen.has(name));
  const found = new Set(wanted.flatMap(({ name }) => (name === undefined ? [] : [name])));

  const notInTarget = [
    ...wanted.filter(({ name }) => name === undefined).map(({ column }) => column.name),
    ...[...(chosen ?? [])].filter((name) => !targets.has(name)),
  ];
  const notInSource = target.filter(
    ({ name, identity }) => !found.has(name) && (chosen === undefined ? identity === null : chosen.has(name)),
  );
  if (notInTarget.length > 0 || notInSource.length > 0) {
    const sides = [
      ...(notInTarget.length > 0 ? [`${table} has no column ${names(notInTarget)}`] : []),
      ...(notInSource.length > 0
        ? [`${sourceName} has no column ${names(notInSource.map(({ name }) => name))}`]
        : []),
    ];
    throw new OptionsError(
      wording`The columns of source and target differ: ${sides.join(", and ")}. Select matching names (${option("pgSelectStatement")}, with AS), or name the columns to load (${option("columns")}).`,
    );
  }
  const unfilled = target.find(
    (column) =>
      !found.has(column.name) && column.notNull && column.default === null && column.identity === null,
  );
  if (unfilled !== undefined) {
    throw new OptionsError(
      wording`The column "${unfilled.name}" of ${table} is NOT NULL without a default, so ${option("columns")} must hold it as well.`,
    );
  }
  const folded = wanted.map(({ name }) => name);
  const twice = wanted.find(({ name }, i) => folded.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new OptionsError(
      `Several columns of ${sourceName} fold to "${twice.name ?? ""}" of ${table}; select one of them.`,
    );
  }
  const columns = wanted.flatMap(({ column, name }) => {
    const into = targets.get(name ?? "");
    if (into === undefined) return [];
    const transfer = tableTransfer(column, into, rules, encoding);
    if (transfer === undefined) {
      throw new OptionsError(
        wording`The column "${into.name}" of ${table} is ${typeName(into.type)}, which cannot be loaded from PostgreSQL; load the others (${option("columns")}), or load into VARCHAR and convert there.`,
      );
    }
    return [transfer];
  });
  return {
    columns,
    explicitIds: columns.some(({ name }) => targets.get(name)?.identity?.kind === "always"),
  };
}

/** Redshift folds ASCII letters of names, quoted or not, unless a setting keeps them. @see facts.md 1.10 */
function nameIn(targets: ReadonlyMap<string, Column>, name: string): string | undefined {
  if (targets.has(name)) return name;
  const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return targets.has(folded) ? folded : undefined;
}

function names(list: readonly string[]): string {
  return list.map((name) => `"${name}"`).join(", ");
}
