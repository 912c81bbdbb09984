/** PostgreSQL's tree of a query that it has analysed, which `Probe.trees` gives as text. */

/** A node of PostgreSQL's analysed tree: what it is, and its fields in their order. */
export interface Node {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, readonly Value[]>;
}
export type Value = string | Node | readonly Value[];

/** `{KIND :field value …}`, `(value …)`, and words, in which a backslash keeps the next character as it is. */
export function readTree(text: string): Value[] {
  const tokens = text.match(/[(){}]|(?:\\[^]|[^\s(){}\\])+/g) ?? [];
  let at = 0;
  const values = (end: string | undefined): Value[] => {
    const found: Value[] = [];
    while (at < tokens.length && tokens[at] !== end) found.push(value());
    at += 1;
    return found;
  };
  const value = (): Value => {
    const token = tokens[at] ?? "";
    at += 1;
    if (token === "(") return values(")");
    return token === "{" ? node() : token;
  };
  const node = (): Node => {
    const [kind, ...rest] = values("}");
    const fields = new Map<string, Value[]>();
    let field: Value[] = [];
    for (const part of rest) {
      if (typeof part === "string" && part.startsWith(":")) fields.set(part.slice(1), (field = []));
      else field.push(part);
    }
    return { kind: typeof kind === "string" ? kind : "", fields };
  };
  return values(undefined);
}

/** The nodes of a value, and of the lists in it. */
export function nodesOf(value: Value): Node[] {
  if (typeof value === "string") return [];
  return isList(value) ? value.flatMap(nodesOf) : [value];
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
