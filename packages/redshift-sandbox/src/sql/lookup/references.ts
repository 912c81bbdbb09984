import { asList, asTree, schemaOf, strings } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { quoted } from "../names.ts";

/** A query level: what its FROM brings in. */
export interface Scope {
  /** The SELECT, or the UPDATE or DELETE. */
  readonly node: Tree;
  /** The names of its tables, as its expressions see them. */
  readonly names: ReadonlySet<string>;
  /** Something in FROM has no name, so that the names do not tell where each column comes from. */
  readonly unnamed: boolean;
}

/** A column's name, or what looks like one, where an expression holds it. */
export interface Reference {
  /** `["t", "a"]` for `t.a`. */
  readonly path: readonly string[];
  /** In bytes from the start of the text. */
  readonly location: number;
  /** The innermost first. */
  readonly scopes: readonly Scope[];
  /** Where in the innermost query it stands. */
  readonly place: "list" | "where" | "elsewhere";
  /** Of the item of the SELECT list that holds it, else -1. */
  readonly item: number;
}

interface Position {
  readonly scopes: readonly Scope[];
  readonly place: Reference["place"];
  readonly item: number;
}

/** Every column reference of a statement but those with `*`, and but names in ORDER BY and GROUP BY that are labels of the SELECT list. */
export function references(statement: Tree): Reference[] {
  const found: Reference[] = [];
  visit(statement, { scopes: [], place: "elsewhere", item: -1 }, found);
  return found;
}

/** A SELECT, or one side of a UNION. */
export function isSelect(node: Tree): boolean {
  return typeof node["op"] === "string" && node["op"].startsWith("SETOP_");
}

/** The items of a SELECT list. */
export function listItems(select: Tree): Tree[] {
  return asList(select["targetList"]).map((item) => asTree(asTree(item)["ResTarget"]));
}

/** The name of a column reference, `*` for all of them; undefined for any other expression. */
export function columnOf(expression: unknown): string | undefined {
  const reference = asTree(asTree(expression)["ColumnRef"]);
  const last = asTree(asList(reference["fields"]).at(-1));
  if (Object.hasOwn(last, "A_Star")) return "*";
  return strings([last])[0] || undefined;
}

/** A table in FROM as PostgreSQL takes its name. */
export function relationName(table: Tree): string {
  const schema = schemaOf(table);
  const name = quoted(String(table["relname"]));
  return schema === undefined ? name : `${quoted(schema)}.${name}`;
}

/** Byte offsets are left out of the tree when they are zero. */
export function locationOf(node: Tree): number {
  return typeof node["location"] === "number" ? node["location"] : 0;
}

function visit(value: unknown, position: Position, found: Reference[]): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, position, found);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const node = asTree(value);
  if (isSelect(node)) return visitSelect(node, position, found);
  for (const [key, child] of Object.entries(node)) {
    if (key === "ColumnRef") visitColumn(asTree(child), position, found);
    else if (key === "UpdateStmt" || key === "DeleteStmt") visitWrite(asTree(child), position, found);
    else if (typeof child === "object") visit(child, position, found);
  }
}

function visitColumn(node: Tree, position: Position, found: Reference[]): void {
  const path = strings(node["fields"]);
  // A star is no String and leaves an empty text.
  if (path.length > 0 && path.every((part) => part !== ""))
    found.push({ path, location: locationOf(node), ...position });
}

function visitSelect(node: Tree, outer: Position, found: Reference[]): void {
  const scopes = [scopeOf(node, asList(node["fromClause"])), ...outer.scopes];
  const inside = (place: Reference["place"], item = -1): Position => ({ scopes, place, item });
  const labels = new Set(listItems(node).map((item) => item["name"]));
  for (const [key, child] of Object.entries(node)) {
    if (key === "targetList")
      asList(child).forEach((item, index) => visit(item, inside("list", index), found));
    else if (key === "whereClause") visit(child, inside("where"), found);
    else if (key === "withClause" || key === "larg" || key === "rarg")
      visit(child, { scopes: outer.scopes, place: "elsewhere", item: -1 }, found);
    else if (key === "sortClause" || key === "groupClause") {
      for (const item of asList(child))
        if (!labels.has(bareName(asTree(item)))) visit(item, inside("elsewhere"), found);
    } else visit(child, inside("elsewhere"), found);
  }
}

function visitWrite(node: Tree, outer: Position, found: Reference[]): void {
  const from = [
    { RangeVar: node["relation"] },
    ...asList(node["fromClause"]),
    ...asList(node["usingClause"]),
  ];
  const scopes = [scopeOf(node, from), ...outer.scopes];
  for (const child of Object.values(node)) visit(child, { scopes, place: "elsewhere", item: -1 }, found);
}

function scopeOf(node: Tree, from: readonly unknown[]): Scope {
  return { node, ...tableNames(from) };
}

/** The names of the tables of a FROM, as expressions see them. */
export function tableNames(from: readonly unknown[]): Pick<Scope, "names" | "unnamed"> {
  const names = new Set<string>();
  let unnamed = false;
  const add = (item: Tree): void => {
    const range = asTree(item["RangeVar"] ?? item["RangeSubselect"] ?? item["RangeFunction"]);
    const join = asTree(item["JoinExpr"]);
    const alias = asTree(range["alias"] ?? join["alias"])["aliasname"];
    if (typeof alias === "string") names.add(alias);
    else if (typeof range["relname"] === "string") names.add(range["relname"]);
    else if (Object.hasOwn(item, "JoinExpr")) for (const side of ["larg", "rarg"]) add(asTree(join[side]));
    else unnamed = true;
  };
  for (const item of from) add(asTree(item));
  return { names, unnamed };
}

/** The one name that an item of ORDER BY or GROUP BY is. */
function bareName(item: Tree): string | undefined {
  const node = asTree(asTree(item["SortBy"])["node"] ?? item);
  const path = strings(asTree(node["ColumnRef"])["fields"]);
  return path.length === 1 ? path[0] : undefined;
}
