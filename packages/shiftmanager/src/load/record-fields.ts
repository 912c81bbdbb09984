/** A step into a document: a key of an object, or an index of an array. */
type Step = string | number;

/** Which part of a document goes into a column. */
export interface FieldPath {
  readonly column: string;
  readonly steps: readonly Step[];
}

/** A value as the document's text has it. */
export interface FieldText {
  /** What COPY loads into a column that is not SUPER: of a string its characters, else the JSON as it is written. */
  readonly text: string;
  readonly kind: "string" | "number" | "boolean" | "null" | "nested";
}

interface Node {
  readonly columns: string[];
  readonly below: Map<Step, Node>;
}

/**
 * Finds the values of a document's text that go into columns, as they are written there: parsing would lose digits.
 * Where an object has a key twice, the last one counts; of a text that is no JSON it finds what it can.
 */
export class RecordFields {
  readonly #root: Node = { columns: [], below: new Map() };
  readonly #keyOf: (key: string) => string;

  constructor(paths: readonly FieldPath[], { ignoreCase = false }: { readonly ignoreCase?: boolean } = {}) {
    this.#keyOf = ignoreCase ? (key) => key.toLowerCase() : (key) => key;
    for (const { column, steps } of paths) {
      let node = this.#root;
      for (const step of steps) {
        const name = typeof step === "string" ? this.#keyOf(step) : step;
        const known = node.below.get(name);
        const next: Node = known ?? { columns: [], below: new Map() };
        if (known === undefined) node.below.set(name, next);
        node = next;
      }
      node.columns.push(column);
    }
  }

  /** The values found, by column; a column that the document has nothing for is absent. */
  read(text: string): Map<string, FieldText> {
    const found = new Map<string, FieldText>();
    this.#value(text, skipSpace(text, 0), this.#root, found);
    return found;
  }

  #value(text: string, at: number, node: Node | undefined, found: Map<string, FieldText>): number {
    const first = text[at];
    let end: number;
    if (node !== undefined && node.below.size > 0 && first === "{") end = this.#object(text, at, node, found);
    else if (node !== undefined && node.below.size > 0 && first === "[")
      end = this.#array(text, at, node, found);
    else end = skipValue(text, at);
    if (node !== undefined && node.columns.length > 0) {
      const field = fieldOf(text.slice(at, end));
      for (const column of node.columns) found.set(column, field);
    }
    return end;
  }

  #object(text: string, from: number, node: Node, found: Map<string, FieldText>): number {
    let at = skipSpace(text, from + 1);
    while (at < text.length && text[at] !== "}") {
      const keyEnd = skipString(text, at);
      const key = decoded(text.slice(at, keyEnd));
      at = skipSpace(text, skipSpace(text, keyEnd) + 1);
      at = skipSpace(text, this.#value(text, at, node.below.get(this.#keyOf(key)), found));
      if (text[at] === ",") at = skipSpace(text, at + 1);
    }
    return at + 1;
  }

  #array(text: string, from: number, node: Node, found: Map<string, FieldText>): number {
    let at = skipSpace(text, from + 1);
    for (let index = 0; at < text.length && text[at] !== "]"; index += 1) {
      at = skipSpace(text, this.#value(text, at, node.below.get(index), found));
      if (text[at] === ",") at = skipSpace(text, at + 1);
    }
    return at + 1;
  }
}

/**
 * Reads a path of a jsonpaths file, in bracket or dot notation; undefined for one that COPY does not take.
 * @see AWS Database Developer Guide, "COPY from JSON format" (copy-usage_notes-copy-from-json)
 */
export function pathSteps(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  const step = /\[\s*(\d+)\s*\]|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\.([^.'"[\]]+)/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) return undefined;
    const [, index, single, double, plain] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(plain ?? (single ?? double ?? "").replace(/\\(.)/g, "$1"));
  }
  return steps;
}

function fieldOf(written: string): FieldText {
  switch (written[0]) {
    case '"':
      return {
        kind: "string",
        text: decoded(written),
      };
    case "{":
    case "[":
      return { kind: "nested", text: written };
    case "n":
      return { kind: "null", text: written };
    case "t":
    case "f":
      return { kind: "boolean", text: written };
    default:
      return { kind: "number", text: written };
  }
}

function decoded(written: string): string {
  if (!written.includes("\\")) return written.slice(1, -1);
  try {
    return JSON.parse(written) as string;
  } catch {
    return written.slice(1, -1);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

/** From the opening quote to behind the closing one. */
function skipString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    at = end + 1;
    if (backslashes % 2 === 0) return at;
  }
}

const plainEnd = /[,\]}\s]|$/g;

function skipValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return skipString(text, from);
  if (first !== "{" && first !== "[") {
    plainEnd.lastIndex = from;
    return plainEnd.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
