import { Buffer } from "node:buffer";
import { AuthorizationParser } from "../copy/command/authorization.ts";
import { onOff } from "../copy/command/parse-copy.ts";
import { parseS3Uri } from "../copy/command/s3-uri.ts";
import { TokenReader } from "../copy/command/token-reader.ts";
import { SqlError, notImitated } from "../errors.ts";
import { lex } from "../sql/lexer.ts";
import type { Token } from "../sql/lexer.ts";
import type { UnloadCommand, UnloadFormat } from "./unload-command.ts";

const MEGABYTE = 1024 * 1024;
/** 6.2 GB: the largest file UNLOAD writes, and the default. @see AWS r_UNLOAD (MAXFILESIZE) */
const MOST_FILE_BYTES = Math.floor(6.2 * 1024 * MEGABYTE);

/** Documented, and refused by name. */
const REFUSED: Readonly<Record<string, string>> = {
  bzip2: "UNLOAD with BZIP2",
  encrypted: "UNLOAD with ENCRYPTED",
  fixedwidth: "UNLOAD with FIXEDWIDTH",
  kms_key_id: "UNLOAD with KMS_KEY_ID",
  master_symmetric_key: "UNLOAD with MASTER_SYMMETRIC_KEY (client-side encryption)",
  parquet: "UNLOAD to PARQUET",
  partition: "UNLOAD with PARTITION BY",
  rowgroupsize: "UNLOAD with ROWGROUPSIZE",
};

const FLAGS: readonly string[] = [
  "header",
  "gzip",
  "zstd",
  "addquotes",
  "escape",
  "allowoverwrite",
  "cleanpath",
  "csv",
  "json",
];
const NOT_WITH_JSON = ["delimiter", "header", "addquotes", "escape", "null"];

/**
 * Reads an UNLOAD statement: every documented option, in any order.
 * @throws SqlError 42601 for what AWS excludes, 0A000 for what the sandbox does not imitate and for an outer LIMIT.
 * @see AWS r_UNLOAD
 */
export function parseUnload(tokens: readonly Token[], text: string, foldQuoted: boolean): UnloadCommand {
  const reader = new TokenReader(tokens, text, foldQuoted);
  reader.expect("unload");
  reader.expectSign("(");
  const query = reader.string().trim().replace(/;\s*$/, "");
  reader.expectSign(")");
  refuseOuterLimit(query);
  reader.expect("to");
  const target = parseS3Uri(reader.string());

  const authorization = new AuthorizationParser();
  const seen = new Set<string>();
  let delimiter: number | undefined;
  let nullAs: string | undefined;
  let parallel = true;
  let maxFileBytes = MOST_FILE_BYTES;
  let region: string | undefined;
  let extension: string | undefined;
  let verbose = false;
  while (!reader.done) {
    if (authorization.read(reader)) continue;
    if (reader.takes("format")) {
      reader.takes("as");
      if (!["csv", "json", "parquet"].some((name) => reader.sees(name))) throw reader.wrong();
    }
    const token = reader.peek();
    if (token?.kind !== "word") throw reader.wrong();
    const name = token.value;
    const refused = REFUSED[name];
    if (refused !== undefined) throw notImitated(refused, reader.position(token));
    reader.next();
    if (seen.has(name)) {
      throw reader.at(token, "42601", `conflicting or redundant options: ${name.toUpperCase()}`);
    }
    seen.add(name);
    if (FLAGS.includes(name)) continue;
    switch (name) {
      case "manifest":
        verbose = reader.takes("verbose");
        break;
      case "delimiter": {
        reader.takes("as");
        const bytes = Buffer.from(reader.string());
        delimiter = bytes[0];
        if (bytes.length !== 1 || delimiter === undefined || delimiter >= 0x80) {
          throw reader.at(token, "42601", "DELIMITER must be a single ASCII character");
        }
        break;
      }
      case "null": {
        reader.takes("as");
        const literal = reader.literal();
        nullAs = literal.text === "'\\N'" ? "\\N" : literal.value;
        break;
      }
      case "parallel":
        parallel = onOff(reader) ?? true;
        break;
      case "maxfilesize":
        reader.takes("as");
        maxFileBytes = fileSize(reader, token);
        break;
      case "region":
        reader.takes("as");
        region = reader.string();
        break;
      case "extension":
        extension = reader.string();
        break;
      default:
        throw reader.at(token, "42601", `syntax error at or near "${token.text}"`);
    }
  }
  const has = (name: string): boolean => seen.has(name);
  const exclude = (one: string, other: string): void => {
    if (has(one) && has(other)) {
      const shown = other === "null" ? "NULL AS" : other.toUpperCase();
      throw new SqlError("42601", `${one.toUpperCase()} cannot be used with ${shown}`);
    }
  };
  exclude("csv", "json");
  exclude("csv", "addquotes");
  for (const other of NOT_WITH_JSON) exclude("json", other);
  exclude("cleanpath", "allowoverwrite");
  exclude("gzip", "zstd");
  const format: UnloadFormat = has("json")
    ? { kind: "json" }
    : has("csv")
      ? { kind: "csv", delimiter: delimiter ?? 0x2c }
      : {
          kind: "delimited",
          delimiter: delimiter ?? 0x7c,
          addQuotes: has("addquotes"),
          escape: has("escape"),
        };
  return {
    query,
    target,
    authorization: authorization.finish(),
    region,
    format,
    nullAs: nullAs ?? "",
    header: has("header"),
    compression: has("gzip") ? "gzip" : has("zstd") ? "zstd" : undefined,
    manifest: !has("manifest") ? "none" : verbose ? "verbose" : "plain",
    parallel,
    maxFileBytes,
    allowOverwrite: has("allowoverwrite"),
    cleanPath: has("cleanpath"),
    extension,
  };
}

function fileSize(reader: TokenReader, option: Token): number {
  const size = reader.number();
  const gigabytes = reader.takes("gb");
  if (!gigabytes) reader.takes("mb");
  const bytes = Math.floor(size * MEGABYTE * (gigabytes ? 1024 : 1));
  if (bytes < 5 * MEGABYTE || bytes > MOST_FILE_BYTES) {
    throw reader.at(option, "22023", "MAXFILESIZE must be between 5 MB and 6.2 GB");
  }
  return bytes;
}

/**
 * The outermost SELECT stays so in parentheses, and TOP there is a LIMIT.
 * @see AWS r_UNLOAD ("Limit clause"), r_SELECT_list (TOP)
 */
function refuseOuterLimit(query: string): void {
  const tokens = withoutOuterParentheses(lex(query));
  const first = tokens.find((token) => token.value !== "(");
  if (first?.value !== "select" && first?.value !== "with") {
    throw new SqlError("42601", "UNLOAD takes a SELECT query");
  }
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.kind === "punctuation" && token.value === ";") {
      throw new SqlError("42601", "UNLOAD takes one SELECT query");
    }
    if (token.kind === "punctuation" && token.value === "(") depth += 1;
    else if (token.kind === "punctuation" && token.value === ")") depth -= 1;
    else if (depth === 0 && token.kind === "word" && (token.value === "limit" || isTop(tokens, at))) {
      const clause = token.value === "top" ? "TOP" : "Limit";
      throw new SqlError(
        "0A000",
        `${clause} clause is not supported in the outermost SELECT of an UNLOAD statement`,
      );
    }
  }
}

/** `SELECT TOP 5`, and not a column of that name. */
function isTop(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.value ?? "";
  return (
    tokens[at]?.value === "top" &&
    ["select", "all", "distinct"].includes(before) &&
    tokens[at + 1]?.kind === "number"
  );
}

function withoutOuterParentheses(tokens: readonly Token[]): readonly Token[] {
  if (tokens[0]?.value !== "(") return tokens;
  let depth = 0;
  const closing = tokens.findIndex((token) => {
    if (token.kind !== "punctuation") return false;
    if (token.value === "(") depth += 1;
    if (token.value === ")") depth -= 1;
    return depth === 0;
  });
  return closing === tokens.length - 1 ? withoutOuterParentheses(tokens.slice(1, -1)) : tokens;
}
