/** Where in a JSON record the columns' values are: a tree of the keys and indexes that lead to them. */
export class JsonNode {
  /** Columns (positions in the column list) that take the value found here. */
  readonly columns: number[] = [];
  readonly keys = new Map<string, JsonNode>();
  readonly indexes = new Map<number, JsonNode>();

  key(name: string): JsonNode {
    return child(this.keys, name);
  }

  index(position: number): JsonNode {
    return child(this.indexes, position);
  }
}

function child<K>(children: Map<K, JsonNode>, key: K): JsonNode {
  const known = children.get(key);
  if (known !== undefined) return known;
  const made = new JsonNode();
  children.set(key, made);
  return made;
}

/** How JSON records map to the columns. */
export interface JsonMapping {
  readonly root: JsonNode;
  /** `'auto ignorecase'`: keys are compared in lower case. */
  readonly ignoreCase: boolean;
  /** `'noshred'`: the whole record is the one column's value. */
  readonly whole: boolean;
  /** `'auto'` takes objects only; a jsonpaths file also arrays. */
  readonly arrays: boolean;
}

/** First-level keys are the columns' names. */
export function autoMapping(columns: readonly string[], ignoreCase: boolean): JsonMapping {
  const root = new JsonNode();
  columns.forEach((name, column) => root.key(ignoreCase ? name.toLowerCase() : name).columns.push(column));
  return { root, ignoreCase, whole: false, arrays: false };
}

export function wholeMapping(): JsonMapping {
  const root = new JsonNode();
  root.columns.push(0);
  return { root, ignoreCase: false, whole: true, arrays: true };
}
