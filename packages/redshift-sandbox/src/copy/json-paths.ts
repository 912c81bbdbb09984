import { SqlError } from "../errors.ts";
import { JsonNode, autoMapping } from "./json-mapping.ts";
import type { JsonMapping } from "./json-mapping.ts";
import { property } from "./s3/data-files.ts";

type Step = { readonly key: string } | { readonly index: number };

/**
 * Reads a JSONPaths file into a mapping; its paths stand in the columns' order.
 * An object without the key `jsonpaths` means `'auto'`, as AWS documents, without a word.
 * @throws SqlError for malformed files and paths: MAXERROR does not apply to them.
 * @see AWS copy-parameters-data-format, "JSONPaths file", "JSONPath expressions"
 */
export function parseJsonPaths(text: string, file: string, columns: readonly string[]): JsonMapping {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new SqlError(
      "XX000",
      `Invalid JSONPaths file ${file}: it must hold one JSON object and nothing else`,
    );
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new SqlError(
      "XX000",
      `Invalid JSONPaths file ${file}: it must hold one JSON object and nothing else`,
    );
  }
  const paths = property(content, "jsonpaths");
  if (paths === undefined) return autoMapping(columns, false);
  if (!Array.isArray(paths))
    throw new SqlError("XX000", `Invalid JSONPaths file ${file}: "jsonpaths" must be a list`);
  if (paths.length !== columns.length) {
    throw new SqlError(
      "XX000",
      `Number of jsonpaths and the number of columns should match. JSONPath size: ${String(paths.length)}, Number of columns in table or column list: ${String(columns.length)}`,
    );
  }
  const root = new JsonNode();
  const notations = new Set<"bracket" | "dot">();
  paths.forEach((path: unknown, column) => {
    if (typeof path !== "string" || path === "") {
      throw new SqlError(
        "XX000",
        `Invalid JSONPath format: element ${String(column + 1)} is not a non-empty string`,
      );
    }
    let node = root;
    for (const step of parsePath(path, notations)) {
      node = "key" in step ? node.key(step.key) : node.index(step.index);
    }
    node.columns.push(column);
  });
  if (notations.size > 1) {
    throw new SqlError("XX000", "Invalid JSONPath format: bracket notation and dot notation cannot be mixed");
  }
  return { root, ignoreCase: false, whole: false, arrays: true };
}

const INDEX = /\[\s*(\d+)\s*\]/y;
const BRACKET_KEY = /\[\s*'((?:[^'\\]|\\.)*)'\s*\]/y;
const DOT_KEY = /\.([^.'[\]]+)/y;

function parsePath(path: string, notations: Set<"bracket" | "dot">): readonly Step[] {
  const steps: Step[] = [];
  if (!path.startsWith("$")) throw invalid(path);
  for (let at = 1; at < path.length;) {
    const read = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at;
      return pattern.exec(path);
    };
    const index = read(INDEX);
    const bracket = index === null ? read(BRACKET_KEY) : null;
    const dot = index === null && bracket === null ? read(DOT_KEY) : null;
    const match = index ?? bracket ?? dot;
    if (match === null || match[1] === "*") throw invalid(path);
    const found = match[1] ?? "";
    if (index !== null) steps.push({ index: Number(found) });
    else {
      notations.add(bracket === null ? "dot" : "bracket");
      steps.push({ key: found.replace(/\\(.)/g, "$1") });
    }
    at += match[0].length;
  }
  return steps;
}

function invalid(path: string): SqlError {
  return new SqlError("XX000", `Invalid JSONPath format: ${path}`);
}
