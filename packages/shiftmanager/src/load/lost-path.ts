/** The keys of nested objects that have a path below them; a value that is loaded as a whole has none below it. */
export type PathTree = ReadonlyMap<string, PathTree> | "whole";

/** What `genJsonpaths` makes a path for, as a tree. */
export function pathTree(value: unknown): PathTree {
  if (!isObject(value) || Object.keys(value).length === 0) return "whole";
  return new Map(Object.entries(value).map(([key, inner]) => [key, pathTree(inner)]));
}

/** The first value of a document that no path leads to, as a path of its own; undefined when everything is reached. */
export function lostPath(tree: PathTree, value: unknown, at = "$"): string | undefined {
  if (tree === "whole" || value === null) return undefined;
  if (!isObject(value)) return at;
  for (const [key, inner] of Object.entries(value)) {
    const path = `${at}[${JSON.stringify(key)}]`;
    const below = tree.get(key);
    const lost = below === undefined ? path : lostPath(below, inner, path);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

/**
 * Whether paths lead to everything in an object that is to be written as JSON. Says no where it is not sure: to keys without a
 * value, which are not written, and to objects that write themselves.
 */
export function reachesAll(tree: PathTree, value: unknown): boolean {
  if (tree === "whole" || value === null) return true;
  if (!isObject(value) || !isOrdinary(value)) return false;
  for (const key in value) {
    const below = tree.get(key);
    if (below === undefined || !reachesAll(below, value[key])) return false;
  }
  return true;
}

/** What a class makes may be written as something else than its keys. */
function isOrdinary(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
