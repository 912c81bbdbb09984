import { notImitated } from "../../errors.ts";
import { asList, asTree, schemaOf } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import type { Probe } from "./probe.ts";
import { isSelect, locationOf, tableNames } from "./references.ts";
import type { Reference } from "./references.ts";
import type { TranslatedText } from "./text-edit.ts";

/** What a statement may navigate: places in FROM, and dotted names that no table in reach explains. */
export interface Navigation {
  /** In bytes: `c.orders` behind a table that is called `c`. */
  readonly unnested: readonly number[];
  readonly paths: readonly Reference[];
}

/**
 * Where `c.orders` and `orders.key` may be a part of a SUPER value. They look like a schema's table and a table's column, and are
 * those where there is one.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
 */
export function navigation(statement: Tree, found: readonly Reference[]): Navigation | undefined {
  const unnested: number[] = [];
  collectUnnested(statement, unnested);
  const paths = found.filter(({ path, scopes }) => {
    const isTable = (name = ""): boolean => scopes.some(({ names }) => names.has(name));
    if (isTable(path[0])) return path.length > 2;
    return path.length > 1 && !(path.length === 3 && isTable(path[1]));
  });
  return unnested.length === 0 && paths.length === 0 ? undefined : { unnested, paths };
}

/** What PostgreSQL says of a dotted name of two or three parts, of four, and of more. */
const missed: ReadonlySet<string> = new Set(["42P01", "0A000", "42601"]);

/**
 * Says so when PostgreSQL misses a table where a part of a SUPER value is meant.
 * @throws SqlError 0A000
 */
export async function refuseNavigation(
  text: TranslatedText,
  { unnested, paths }: Navigation,
  probe: Probe,
): Promise<void> {
  const error = await probe.error(text.sql);
  if (error === undefined || !missed.has(error.sqlstate)) return;
  const at = probe.offset(text.sql, error);
  if (unnested.some((location) => text.offset(location) === at)) throw notImitated("unnesting SUPER values");
  const reference = paths.find(({ location }) => text.offset(location) === at);
  if (reference !== undefined && (await isSuper(text, reference, probe)))
    throw notImitated(`navigation into SUPER values ("${reference.path.join(".")}")`);
}

/** Whether the name without its last parts is a column of SUPER, the only type that the function takes. */
async function isSuper(text: TranslatedText, { location, path }: Reference, probe: Probe): Promise<boolean> {
  const start = text.offset(location);
  const first = text.tokenAt(location);
  const end = text.nameEnd(first);
  for (let parts = 1; parts < path.length; parts += 1) {
    const name = text.sql.slice(start, text.tokens[first + 2 * (parts - 1)]?.end);
    const call = `pg_catalog.jsonb_typeof(${name})`;
    const sql = text.replaced([{ start, end, sql: call }]);
    const error = await probe.error(sql);
    const at = error === undefined ? -1 : probe.offset(sql, error);
    if (at < start || at >= start + call.length) return true;
  }
  return false;
}

function collectUnnested(value: unknown, found: number[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collectUnnested(item, found);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const node = asTree(value);
  if (isSelect(node)) {
    const from = asList(node["fromClause"]);
    const { names } = tableNames(from);
    for (const range of from.flatMap(ranges))
      if ([range["catalogname"], schemaOf(range)].some((name) => typeof name === "string" && names.has(name)))
        found.push(locationOf(range));
  }
  for (const child of Object.values(node)) collectUnnested(child, found);
}

/** The tables that an item of FROM names, those of a join too. */
function ranges(item: unknown): Tree[] {
  const { RangeVar: range, JoinExpr: join } = asTree(item);
  if (join !== undefined) return [asTree(join)["larg"], asTree(join)["rarg"]].flatMap(ranges);
  return range === undefined ? [] : [asTree(range)];
}
