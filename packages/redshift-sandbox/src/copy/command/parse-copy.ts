import { Buffer } from "node:buffer";
import { SqlError, notImitated } from "../../errors.ts";
import type { Token } from "../../sql/lexer.ts";
import { compileFormat } from "../convert/date-format.ts";
import { AuthorizationParser } from "./authorization.ts";
import type { CopyCommand, CopyFormat } from "./copy-command.ts";
import { parseS3Uri } from "./s3-uri.ts";
import { TokenReader } from "./token-reader.ts";

/** Parameters that stand alone. */
const FLAGS = [
  "acceptanydate",
  "blanksasnull",
  "emptyasnull",
  "escape",
  "explicit_ids",
  "fillrecord",
  "gzip",
  "ignoreallerrors",
  "ignoreblanklines",
  "manifest",
  "noload",
  "removequotes",
  "roundec",
  "trimblanks",
  "truncatecolumns",
  "zstd",
] as const;

/** Documented, and refused by name. */
const REFUSED: Readonly<Record<string, string>> = {
  avro: "COPY from AVRO",
  bzip2: "BZIP2",
  encrypted: "ENCRYPTED (client-side encryption)",
  fixedwidth: "FIXEDWIDTH",
  lzop: "LZOP",
  master_symmetric_key: "MASTER_SYMMETRIC_KEY (client-side encryption)",
  kms_key_id: "KMS_KEY_ID",
  orc: "COPY from ORC",
  parquet: "COPY from PARQUET",
  readratio: "READRATIO",
  shapefile: "COPY from SHAPEFILE",
  ssh: "COPY from SSH",
  filler: "FILLER",
};

/** What JSON cannot be combined with. @see AWS copy-parameters-data-format */
const NOT_WITH_JSON = [
  "csv",
  "delimiter",
  "escape",
  "fillrecord",
  "ignoreblanklines",
  "null",
  "quote",
  "removequotes",
];

/**
 * Reads a COPY statement: every documented parameter, in any order.
 * @throws SqlError 42601 for what AWS excludes, 0A000 for what AWS documents and the sandbox does not imitate.
 * @see AWS r_COPY and its parameter pages
 */
export function parseCopy(tokens: readonly Token[], text: string, foldQuoted: boolean): CopyCommand {
  const reader = new TokenReader(tokens, text, foldQuoted);
  reader.expect("copy");
  if (reader.sees("job")) throw notImitated("COPY JOB");
  const table = [reader.name()];
  while (reader.takesSign(".")) table.push(reader.name());
  if (table.length > 2) throw notImitated("COPY into a table of another database");
  const columns = columnList(reader);
  reader.expect("from");
  const source = parseS3Uri(reader.string());

  const found = new Parameters(reader);
  const authorization = new AuthorizationParser();
  while (!reader.done) {
    if (!authorization.read(reader)) found.read();
    if (!reader.done) reader.takesSign(",");
  }

  return {
    table,
    columns,
    source,
    authorization: authorization.finish(),
    ...found.finish(),
  };
}

function columnList(reader: TokenReader): readonly string[] | undefined {
  if (!reader.takesSign("(")) return undefined;
  const columns = [reader.name()];
  while (reader.takesSign(",")) columns.push(reader.name());
  reader.expectSign(")");
  return columns;
}

class Parameters {
  readonly #reader: TokenReader;
  readonly #seen = new Set<string>();
  #json: string | undefined;
  #delimiter: number | undefined;
  #quote: number | undefined;
  #nullAs: Buffer | undefined;
  #dateFormat: string | undefined;
  #timeFormat: string | undefined;
  #replacement: number | undefined;
  #region: string | undefined;
  #ignoreHeaderLines = 0;
  #maxErrors = 0;
  #statUpdate: boolean | undefined;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  read(): void {
    const reader = this.#reader;
    // Noise words before a data format.
    if (reader.takes("format")) {
      reader.takes("as");
      if (
        !reader.sees("csv") &&
        !reader.sees("json") &&
        !(REFUSED[reader.peek()?.value ?? ""] ?? "").startsWith("COPY")
      ) {
        if (!reader.sees("fixedwidth") && !reader.sees("delimiter")) throw reader.wrong();
      }
    } else if (reader.sees("as")) {
      reader.next();
      if (!reader.sees("csv") && !reader.sees("json") && REFUSED[reader.peek()?.value ?? ""] === undefined) {
        throw reader.wrong();
      }
    }
    const token = reader.peek();
    if (token?.kind !== "word") throw reader.wrong();
    if (reader.sees("job")) throw notImitated("COPY JOB", reader.position(token));
    const name = token.value;
    const refused = REFUSED[name];
    if (refused !== undefined) throw notImitated(refused, reader.position(token));
    reader.next();
    if (this.#seen.has(name)) {
      throw reader.at(token, "42601", `conflicting or redundant options: ${name.toUpperCase()}`);
    }
    this.#seen.add(name);
    if (!(FLAGS as readonly string[]).includes(name)) this.#argument(name, token);
  }

  #argument(name: string, token: Token): void {
    const reader = this.#reader;
    switch (name) {
      case "csv":
        return;
      case "json":
        reader.takes("as");
        this.#json = reader.seesString() ? reader.string() : "auto";
        return;
      case "delimiter":
        reader.takes("as");
        this.#delimiter = oneByte(reader, "DELIMITER");
        return;
      case "quote":
        reader.takes("as");
        this.#quote = oneByte(reader, "QUOTE");
        return;
      case "null":
        reader.takes("as");
        this.#nullAs = nullString(reader);
        return;
      case "dateformat":
        reader.takes("as");
        this.#dateFormat = momentFormat(reader, ["auto"]);
        return;
      case "timeformat":
        reader.takes("as");
        this.#timeFormat = momentFormat(reader, ["auto", "epochsecs", "epochmillisecs"]);
        return;
      case "acceptinvchars":
        reader.takes("as");
        this.#replacement = reader.seesString() ? oneByte(reader, "ACCEPTINVCHARS") : 0x3f;
        if (this.#replacement === 0) throw reader.at(token, "42601", "ACCEPTINVCHARS cannot be NULL");
        return;
      case "ignoreheader":
        reader.takes("as");
        this.#ignoreHeaderLines = wholeNumber(reader, "IGNOREHEADER", 0, 2147483647);
        return;
      case "maxerror":
        reader.takes("as");
        this.#maxErrors = wholeNumber(reader, "MAXERROR", 0, 100000);
        return;
      case "comprows":
        wholeNumber(reader, "COMPROWS", 1000, 2147483647);
        return;
      case "compupdate":
        if (!reader.takes("preset")) onOff(reader);
        return;
      case "statupdate":
        this.#statUpdate = onOff(reader) ?? true;
        return;
      case "region":
        reader.takes("as");
        this.#region = reader.string();
        return;
      case "encoding": {
        reader.takes("as");
        const given = reader.seesString() ? reader.string() : reader.name();
        if (given.toLowerCase().replace("-", "") === "utf8") return;
        throw notImitated(`ENCODING ${given.toUpperCase()}`, reader.position(token));
      }
      default:
        throw reader.at(token, "42601", `syntax error at or near "${token.text}"`);
    }
  }

  finish(): Omit<CopyCommand, "table" | "columns" | "source" | "authorization"> {
    const has = (name: string): boolean => this.#seen.has(name);
    if (has("gzip") && has("zstd")) throw excluded("GZIP", "ZSTD");
    if (has("json")) {
      const other = NOT_WITH_JSON.find(has);
      if (other !== undefined) throw excluded("JSON", other === "null" ? "NULL AS" : other.toUpperCase());
    }
    if (has("csv")) {
      for (const other of ["removequotes", "escape"])
        if (has(other)) throw excluded("CSV", other.toUpperCase());
    }
    if (has("quote") && !has("csv")) throw new SqlError("42601", "QUOTE can be used only with CSV");
    if (has("maxerror") && has("ignoreallerrors")) throw excluded("IGNOREALLERRORS", "MAXERROR");
    return {
      manifest: has("manifest"),
      region: this.#region,
      format: this.#format(),
      compression: has("gzip") ? "gzip" : has("zstd") ? "zstd" : undefined,
      conversion: {
        blanksAsNull: has("blanksasnull"),
        emptyAsNull: has("emptyasnull") || this.#nullAs?.length === 0,
        trimBlanks: has("trimblanks"),
        truncateColumns: has("truncatecolumns"),
        replacement: this.#replacement,
        acceptAnyDate: has("acceptanydate"),
        roundDecimals: has("roundec"),
        dateFormat: this.#dateFormat,
        timeFormat: this.#timeFormat,
      },
      nullAs: this.#nullAs ?? Buffer.from("\\N"),
      fillRecord: has("fillrecord"),
      ignoreBlankLines: has("ignoreblanklines"),
      ignoreHeaderLines: this.#ignoreHeaderLines,
      explicitIds: has("explicit_ids"),
      maxErrors: has("ignoreallerrors") ? Number.POSITIVE_INFINITY : Math.max(1, this.#maxErrors),
      noLoad: has("noload"),
      statUpdate: this.#statUpdate,
    };
  }

  #format(): CopyFormat {
    const has = (name: string): boolean => this.#seen.has(name);
    if (this.#json !== undefined) {
      const option = this.#json;
      if (option === "auto" || option === "auto ignorecase" || option === "noshred") {
        return { kind: "json", mapping: option };
      }
      if (!/^s3:\/\//i.test(option)) {
        throw new SqlError(
          "XX000",
          `Invalid JSON option '${option}': must be 'auto', 'auto ignorecase', 'noshred' or the S3 path of a JSONPaths file`,
        );
      }
      return { kind: "json", mapping: parseS3Uri(option) };
    }
    if (has("csv")) {
      const quote = this.#quote ?? 0x22;
      const delimiter = this.#delimiter ?? 0x2c;
      if (quote === delimiter)
        throw new SqlError("42601", "DELIMITER and QUOTE must be different characters");
      return { kind: "csv", delimiter, quote };
    }
    return {
      kind: "delimited",
      delimiter: this.#delimiter ?? 0x7c,
      escape: has("escape"),
      removeQuotes: has("removequotes"),
    };
  }
}

function excluded(one: string, other: string): SqlError {
  return new SqlError("42601", `${one} cannot be used with ${other}`);
}

function oneByte(reader: TokenReader, name: string): number {
  const token = reader.literal();
  const bytes = Buffer.from(token.value);
  const byte = bytes[0];
  if (bytes.length !== 1 || byte === undefined || byte >= 0x80) {
    throw reader.at(token, "42601", `${name} must be a single ASCII character`);
  }
  return byte;
}

/** `'\N'` keeps its backslash although it stands in a literal: it is the documented default, written as documented. */
function nullString(reader: TokenReader): Buffer {
  const token = reader.literal();
  if (token.text === "'\\N'") return Buffer.from("\\N");
  if (token.value === "\n") throw reader.at(token, "42601", "NULL AS cannot be a line break");
  return Buffer.from(token.value);
}

/** A DATEFORMAT or TIMEFORMAT, refused when it is none, whether or not a column needs it. */
function momentFormat(reader: TokenReader, words: readonly string[]): string {
  const format = reader.string();
  if (!words.includes(format)) compileFormat(format);
  return format;
}

function wholeNumber(reader: TokenReader, name: string, least: number, most: number): number {
  const token = reader.peek();
  const value = reader.number();
  if (!Number.isInteger(value) || value < least || value > most) {
    const message = `${name} must be between ${String(least)} and ${String(most)}`;
    throw token === undefined ? new SqlError("22023", message) : reader.at(token, "22023", message);
  }
  return value;
}

/** ON, OFF, TRUE, FALSE; undefined when none is there. */
export function onOff(reader: TokenReader): boolean | undefined {
  if (reader.takes("on") || reader.takes("true")) return true;
  if (reader.takes("off") || reader.takes("false")) return false;
  return undefined;
}
