import type { Reference, Scope } from "./references.ts";

/** The tables whose whole row a name would stand for, were it no column; none when it can only be a column. */
export function rowCandidates({ path, scopes }: Reference): readonly string[] {
  const [name] = path;
  if (path.length !== 1 || name === undefined || !scopes.some((scope) => scope.names.has(name))) return [];
  if (scopes.some(({ unnamed }: Scope) => unnamed)) return [];
  return [...new Set(scopes.flatMap(({ names }) => [...names]))];
}
