import { parseSync } from "libpg-query";
import { SqlError } from "../../errors.ts";

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
    throw new SqlError("42601", cause.message, typeof at === "number" ? { position: at + 1 } : {});
  }
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
