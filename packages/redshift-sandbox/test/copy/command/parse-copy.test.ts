import { describe, expect, it } from "vitest";
import type { CopyCommand } from "../../../src/copy/command/copy-command.ts";
import { parseCopy } from "../../../src/copy/command/parse-copy.ts";
import { SqlError } from "../../../src/errors.ts";
import { lex } from "../../../src/sql/lexer.ts";

const ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/r'";

function parse(text: string): CopyCommand {
  return parseCopy(lex(text), text, true);
}

function withOptions(options: string): CopyCommand {
  return parse(`COPY t FROM 's3://b/k' ${ROLE} ${options}`);
}

function failure(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return `${error.sqlstate} ${error.message}`;
    throw error;
  }
  return "accepted";
}

describe("a COPY statement", () => {
  it("with every parameter, in no order", () => {
    const text = `copy "Sales".orders (id, "Total") from 's3://b/path/k' comprows 5000 maxerror as 7 gzip
      acceptinvchars as '^' ignoreheader 2 statupdate off compupdate preset null as 'nil' trimblanks
      ${ROLE} blanksasnull emptyasnull truncatecolumns roundec explicit_ids fillrecord ignoreblanklines
      dateformat as 'MM/DD/YYYY' timeformat 'auto' acceptanydate manifest region 'eu-west-1' encoding utf8
      escape removequotes delimiter as '\\t' noload;`;
    expect(parse(text)).toEqual({
      table: ["sales", "orders"],
      columns: ["id", "total"],
      source: { bucket: "b", key: "path/k" },
      authorization: { kind: "role", roles: ["arn:aws:iam::123456789012:role/r"] },
      manifest: true,
      region: "eu-west-1",
      format: { kind: "delimited", delimiter: 9, escape: true, removeQuotes: true },
      compression: "gzip",
      conversion: {
        blanksAsNull: true,
        emptyAsNull: true,
        trimBlanks: true,
        truncateColumns: true,
        replacement: 0x5e,
        acceptAnyDate: true,
        roundDecimals: true,
        dateFormat: "MM/DD/YYYY",
        timeFormat: "auto",
      },
      nullAs: Buffer.from("nil"),
      fillRecord: true,
      ignoreBlankLines: true,
      ignoreHeaderLines: 2,
      explicitIds: true,
      maxErrors: 7,
      noLoad: true,
      statUpdate: false,
    } satisfies CopyCommand);
  });

  it.each([
    ["", { kind: "delimited", delimiter: 0x7c, escape: false, removeQuotes: false }],
    ["CSV", { kind: "csv", delimiter: 0x2c, quote: 0x22 }],
    ["FORMAT AS CSV QUOTE AS '%' DELIMITER ';'", { kind: "csv", delimiter: 0x3b, quote: 0x25 }],
    ["JSON", { kind: "json", mapping: "auto" }],
    ["FORMAT JSON AS 'auto ignorecase'", { kind: "json", mapping: "auto ignorecase" }],
    ["AS JSON 'noshred'", { kind: "json", mapping: "noshred" }],
    ["JSON 's3://b/p.json'", { kind: "json", mapping: { bucket: "b", key: "p.json" } }],
    ["DELIMITER '\\001'", { kind: "delimited", delimiter: 1, escape: false, removeQuotes: false }],
  ])("reads the format %s", (options, format) => {
    expect(withOptions(options).format).toEqual(format);
  });

  it("the null string: \\N unless given, and written as documented", () => {
    expect(withOptions("").nullAs).toEqual(Buffer.from("\\N"));
    expect(withOptions("NULL AS '\\N'").nullAs).toEqual(Buffer.from("\\N"));
    expect(withOptions("NULL '\\0'").nullAs).toEqual(Buffer.from([0]));
    expect(withOptions("NULL AS ''").conversion.emptyAsNull).toBe(true);
  });

  it("MAXERROR 0 and 1 both stop at the first; IGNOREALLERRORS never", () => {
    expect(withOptions("").maxErrors).toBe(1);
    expect(withOptions("MAXERROR 0").maxErrors).toBe(1);
    expect(withOptions("IGNOREALLERRORS").maxErrors).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ["IAM_ROLE default", { kind: "role", roles: "default" }],
    [
      "IAM_ROLE 'arn:aws:iam::1:role/a,arn:aws:iam::2:role/b'",
      { kind: "role", roles: ["arn:aws:iam::1:role/a", "arn:aws:iam::2:role/b"] },
    ],
    [
      "SESSION_TOKEN 't' SECRET_ACCESS_KEY 's' ACCESS_KEY_ID 'k'",
      { kind: "keys", accessKeyId: "k", secretAccessKey: "s", sessionToken: "t" },
    ],
    [
      "WITH CREDENTIALS AS 'aws_iam_role=arn:aws:iam::1:role/a'",
      { kind: "role", roles: ["arn:aws:iam::1:role/a"] },
    ],
    [
      "CREDENTIALS 'aws_access_key_id=k;aws_secret_access_key=s=/+;token=t'",
      { kind: "keys", accessKeyId: "k", secretAccessKey: "s=/+", sessionToken: "t" },
    ],
  ])("reads the authorization %s", (text, authorization) => {
    expect(parse(`COPY t FROM 's3://b/k' ${text}`).authorization).toEqual(authorization);
  });
});

describe("refuses", () => {
  it.each([
    ["", "42601 CREDENTIALS argument is required but not supplied"],
    [
      `${ROLE} ACCESS_KEY_ID 'k' SECRET_ACCESS_KEY 's'`,
      "42601 IAM_ROLE, ACCESS_KEY_ID with SECRET_ACCESS_KEY, and CREDENTIALS cannot be used together",
    ],
    ["ACCESS_KEY_ID 'k'", "42601 ACCESS_KEY_ID and SECRET_ACCESS_KEY must be specified together"],
    ["CREDENTIALS 'aws_access_key_id=k; aws_secret_access_key=s'", "XX000 Invalid credentials."],
    ["CREDENTIALS 'AWS_IAM_ROLE=arn:aws:iam::1:role/a'", "XX000 Invalid credentials."],
  ])("the authorization %s", (text, message) => {
    expect(failure(`COPY t FROM 's3://b/k' ${text}`)).toContain(message);
  });

  it.each([
    ["CSV ESCAPE", "42601 CSV cannot be used with ESCAPE"],
    ["REMOVEQUOTES CSV", "42601 CSV cannot be used with REMOVEQUOTES"],
    ["JSON 'auto' NULL AS 'x'", "42601 JSON cannot be used with NULL AS"],
    ["JSON 'auto' CSV", "42601 JSON cannot be used with CSV"],
    ["QUOTE '%'", "42601 QUOTE can be used only with CSV"],
    ["GZIP ZSTD", "42601 GZIP cannot be used with ZSTD"],
    ["IGNOREALLERRORS MAXERROR 3", "42601 IGNOREALLERRORS cannot be used with MAXERROR"],
    ["MAXERROR 100001", "22023 MAXERROR must be between 0 and 100000"],
    ["COMPROWS 10", "22023 COMPROWS must be between 1000 and 2147483647"],
    ["DELIMITER '||'", "42601 DELIMITER must be a single ASCII character"],
    ["DELIMITER 'é'", "42601 DELIMITER must be a single ASCII character"],
    ["TIMEFORMAT 'never'", "22007 Invalid date format: 'never'"],
    ["TIMEFORMAT 'AUTO'", "22007 Invalid date format: 'AUTO'"],
    ["DATEFORMAT AS 'epochsecs'", "22007 Invalid date format: 'epochsecs'"],
    [
      "TIMEFORMAT 'YYYY-MM-DD HH:MI:SSOF'",
      "22007 a time zone specifier is not allowed in the format 'YYYY-MM-DD HH:MI:SSOF'",
    ],
    ["GZIP GZIP", "42601 conflicting or redundant options: GZIP"],
    ["JSON 'automatic'", "XX000 Invalid JSON option 'automatic'"],
    ["FREEZE", '42601 syntax error at or near "FREEZE"'],
    ["42", '42601 syntax error at or near "42"'],
  ])("%s", (options, message) => {
    expect(failure(`COPY t FROM 's3://b/k' ${ROLE} ${options}`)).toContain(message);
  });

  it.each([
    ["FIXEDWIDTH 'a:3'", "FIXEDWIDTH"],
    ["FORMAT AS AVRO 'auto'", "COPY from AVRO"],
    ["FORMAT AS PARQUET", "COPY from PARQUET"],
    ["ORC", "COPY from ORC"],
    ["SHAPEFILE", "COPY from SHAPEFILE"],
    ["BZIP2", "BZIP2"],
    ["LZOP", "LZOP"],
    ["SSH", "COPY from SSH"],
    ["ENCRYPTED MASTER_SYMMETRIC_KEY 'k'", "ENCRYPTED"],
    ["READRATIO 50", "READRATIO"],
    ["ENCODING UTF16LE", "ENCODING UTF16LE"],
  ])("by name what it does not imitate: %s", (options, name) => {
    expect(failure(`COPY t FROM 's3://b/k' ${ROLE} ${options}`)).toContain(
      `0A000 redshift-sandbox does not imitate ${name}`,
    );
  });

  it.each([
    ["COPY t FROM 'emr://j/x' " + ROLE, "0A000 redshift-sandbox does not imitate COPY from emr://"],
    ["COPY t FROM 'dynamodb://x' " + ROLE, "0A000 redshift-sandbox does not imitate COPY from dynamodb://"],
    ["COPY t FROM '/etc/passwd' " + ROLE, "XX000 Invalid S3 URI"],
    ["COPY t FROM STDIN", '42601 syntax error at or near "STDIN"'],
    ["COPY t TO 's3://b/k'", '42601 syntax error at or near "TO"'],
    ["COPY (SELECT 1) FROM 's3://b/k'", '42601 syntax error at or near "("'],
  ])("%s", (text, message) => {
    expect(failure(text)).toContain(message);
  });
});
