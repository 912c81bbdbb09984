import { parseSync } from "libpg-query";
import { SqlError, notImitated } from "../../errors.ts";
import { offsetOfPosition } from "../lookup/text-edit.ts";

/** A node of PostgreSQL's parse tree, as libpg-query gives it. */
export type Tree = Readonly<Record<string, unknown>>;

/** The tree of a text that is one statement. @throws SqlError 42601 */
export function onlyStatement(sql: string): Tree {
  const statements = asList(asTree(parse(sql))["stmts"]);
  const first = statements[0];
  if (first === undefined || statements.length !== 1) throw new SqlError("42601", "syntax error");
  return asTree(asTree(first)["stmt"]);
}

function parse(sql: string): unknown {
  try {
    return parseSync(sql) as unknown;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const details = asTree((cause as { readonly sqlDetails?: unknown }).sqlDetails);
    const at = details["cursorPosition"];
    if (typeof at !== "number") throw new SqlError("42601", cause.message);
    if (isPath(sql, at + 1, cause.message)) throw notImitated("navigation into SUPER values");
    throw new SqlError("42601", cause.message, { position: at + 1 });
  }
}

/** A path into a SUPER value where PostgreSQL's grammar knows none, in FROM: it stumbles at a bracket, or over the third dot. */
function isPath(sql: string, position: number, message: string): boolean {
  const at = offsetOfPosition(sql, position);
  return (
    message.startsWith("improper qualified name") ||
    sql[at] === "[" ||
    sql.slice(0, at).trimEnd().endsWith("]")
  );
}

/** Visits every keyed value of the tree, outermost first. */
export function walk(value: unknown, visit: (key: string, node: Tree, parent: Tree) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const tree = asTree(value);
  for (const [key, child] of Object.entries(tree)) {
    if (typeof child === "object" && child !== null)
      visit(key, Array.isArray(child) ? {} : asTree(child), tree);
    walk(child, visit);
  }
}

/** Whether a node of this kind, or a field of this name, stands anywhere in the tree. */
export function hasNode(value: unknown, wanted: string): boolean {
  let found = false;
  walk(value, (key) => {
    found ||= key === wanted;
  });
  return found;
}

/** Which item of the SELECT list `GROUP BY 1` means, from zero; -1 for what is no position. */
export function itemPosition(expression: unknown): number {
  const value = asTree(asTree(asTree(expression)["A_Const"])["ival"])["ival"];
  return typeof value === "number" ? value - 1 : -1;
}

/** The schema that a relation is written with. */
export function schemaOf(node: Tree): string | undefined {
  return typeof node["schemaname"] === "string" ? node["schemaname"] : undefined;
}

/** The texts of a list of String nodes: the parts of a name. */
export function strings(list: unknown): string[] {
  return asList(list).map((item) => textOf(asTree(asTree(item)["String"])["sval"]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
