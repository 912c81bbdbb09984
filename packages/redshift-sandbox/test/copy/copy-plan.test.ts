import { gzipSync } from "node:zlib";
import * as zlib from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EngineSession } from "./engine-session.ts";

const KEYS = "ACCESS_KEY_ID 'AKIDSANDBOX' SECRET_ACCESS_KEY 'secret/key'";
let session: EngineSession;

beforeAll(async () => {
  session = await EngineSession.start();
});
afterAll(async () => {
  await session.stop();
});
beforeEach(async () => {
  session.store.objects.clear();
  session.faults.clear();
  await session.query("DROP TABLE IF EXISTS t; DELETE FROM redshift_sandbox.load_error");
});

type Rows = readonly (readonly (string | null)[])[];

async function copy(
  table: string,
  files: Record<string, string | Buffer> | string,
  options: string,
): Promise<Rows> {
  await session.query(`CREATE TABLE t (${table})`);
  for (const [key, body] of Object.entries(typeof files === "string" ? { in: files } : files))
    session.store.put(key, body);
  await session.run(`COPY t FROM 's3://bucket/in' ${KEYS} ${options}`);
  return session.rows("SELECT * FROM t");
}

/** The load fails as the manual has it, leaves nothing, and its errors read so: line, column, code, reason. */
async function failing(table: string, text: string, options: string): Promise<Rows> {
  await expect(copy(table, text, options)).rejects.toThrow(
    "Load into table 't' failed.  Check 'stl_load_errors' system table for details.",
  );
  expect(await session.rows("SELECT count(*) FROM t")).toEqual([["0"]]);
  return loadErrors();
}

function loadErrors(): Promise<Rows> {
  return session.rows(
    "SELECT line_number, colname, err_code, err_reason FROM redshift_sandbox.load_error ORDER BY line_number",
  );
}

describe("JSON", () => {
  it("'auto' fills columns by lower-case key; unknown keys are ignored and missing ones are NULL", async () => {
    const rows = await copy(
      "id int, name varchar(20), n numeric(20,2)",
      '{"id":1,"name":"a\\n\\t\\\\é","other":[1,{"x":2}]}\n{"Id":9,"n":12345678901234567.89,"id":2}',
      "JSON 'auto'",
    );
    expect(rows).toEqual([
      ["1", "a\n\t\\é", null],
      ["2", null, "12345678901234567.89"],
    ]);
    expect(session.notices).toEqual([
      "INFO: Load into table 't' completed, 2 record(s) loaded successfully.",
    ]);
    expect(session.state.get("redshift.last_copy_count")).toBe("2");
    expect(session.state.get("redshift.last_copy_id")).toMatch(/^\d+$/);
  });

  it("nested values are text in VARCHAR and native in SUPER; an empty string is NULL for other types", async () => {
    const rows = await copy(
      "v varchar(40), s super, n int, d date, w super",
      String.raw`{"v":{"a": ["\"", 1]},"s":{"a": ["\"\\", 1]},"n":"","d":" ","w":"x\ny"}`,
      "FORMAT AS JSON 'auto'",
    );
    expect(rows).toEqual([
      [String.raw`{"a": ["\"", 1]}`, String.raw`{"a": ["\"\\", 1]}`, null, null, String.raw`"x\ny"`],
    ]);
  });

  it("'noshred' puts each document into the one SUPER column", async () => {
    expect(await copy("s super", '{"a":1}{"a":null}', "JSON 'noshred'")).toEqual([
      ['{"a": 1}'],
      ['{"a": null}'],
    ]);
  });

  it("a JSONPaths file maps paths to the column list in order; the other columns get their default", async () => {
    session.store.put("paths.json", '{"jsonpaths": ["$.deep.n", "$.list[1]"]}');
    await session.query("CREATE TABLE t (a varchar(5) DEFAULT 'dflt', b varchar(5), c int)");
    session.store.put("in", '{"deep":{"n":7},"list":["x","y"],"a":"no"}');
    await session.run(`COPY t (c, b) FROM 's3://bucket/in' ${KEYS} JSON AS 's3://bucket/paths.json'`);
    expect(await session.rows("SELECT * FROM t")).toEqual([["dflt", "y", "7"]]);
  });

  it("a JSONPaths file must have as many paths as there are columns", async () => {
    session.store.put("paths.json", '{"jsonpaths": ["$.a"]}');
    await expect(copy("a int, b int", '{"a":1}', "JSON 's3://bucket/paths.json'")).rejects.toThrow(
      "Number of jsonpaths and the number of columns should match. JSONPath size: 1, Number of columns in table or column list: 2",
    );
  });

  it("an outer array, and a comma between records, load nothing", async () => {
    expect(await failing("a int", '[{"a":1},{"a":2}]', "JSON 'auto'")).toEqual([
      ["1", "", "1216", "Invalid JSON format: an array is not a row without a JSONPaths file"],
    ]);
  });
});

describe("text and CSV", () => {
  it("CSV with a header, quotes, and the null string", async () => {
    const rows = await copy(
      "id int, name varchar(20), d date",
      'id,name,d\n1,"a ""b"", c",2024-02-29\n2,\\N,\n',
      "CSV IGNOREHEADER 1",
    );
    expect(rows).toEqual([
      ["1", 'a "b", c', "2024-02-29"],
      ["2", null, null],
    ]);
  });

  it("delimited text: an empty field is empty in VARCHAR and NULL elsewhere; EMPTYASNULL, BLANKSASNULL, NULL AS, TRIMBLANKS", async () => {
    expect(await copy("a int, b varchar(5), c varchar(5)", "|| \n", "")).toEqual([[null, "", " "]]);
    await session.query("DROP TABLE t");
    expect(await copy("a int, b varchar(5), c varchar(5)", "|| \n", "EMPTYASNULL BLANKSASNULL")).toEqual([
      [null, null, null],
    ]);
    await session.query("DROP TABLE t");
    expect(
      await copy("a int, b varchar(5), c varchar(5)", "nil|nil|x  \n", "NULL AS 'nil' TRIMBLANKS"),
    ).toEqual([[null, null, "x"]]);
  });

  it("FILLRECORD, ESCAPE, REMOVEQUOTES and another delimiter", async () => {
    expect(
      await copy(
        "a int, b varchar(9), c int, d varchar(5)",
        "1\t'x\\'\\\\y'\n",
        "DELIMITER '\\t' ESCAPE REMOVEQUOTES FILLRECORD",
      ),
    ).toEqual([["1", "x'\\y", null, ""]]);
  });

  it("too few and too many fields are errors", async () => {
    expect(await failing("a int, b int", "1|2|3\n", "")).toEqual([
      ["1", "b", "1202", "Extra column(s) found"],
    ]);
    await session.query("DROP TABLE t; DELETE FROM redshift_sandbox.load_error");
    expect(await failing("a int, b int", "1|2\n1\n", "")).toEqual([
      ["2", "a", "1214", "Delimiter not found"],
    ]);
  });
});

describe("files", () => {
  it("the source is a key prefix, not a folder", async () => {
    const rows = await copy("a int", { in: "1\n", "in.bak": "2\n", "inner/x": "3\n", other: "4\n" }, "");
    expect(rows).toEqual([["1"], ["2"], ["3"]]);
  });

  it("no file: the prefix is named", async () => {
    await expect(copy("a int", {}, "")).rejects.toThrow("The specified S3 prefix 'in' does not exist");
  });

  it("GZIP, and gzip data that is cut short", async () => {
    const body = gzipSync('{"a":1}{"a":2}');
    expect(await copy("a int", { "in.gz": body }, "JSON 'auto' GZIP")).toEqual([["1"], ["2"]]);
    session.store.put("in.gz", body.subarray(0, body.length - 12));
    await expect(session.run(`COPY t FROM 's3://bucket/in' ${KEYS} JSON 'auto' GZIP`)).rejects.toThrow(
      "GZIP error while reading s3://bucket/in.gz: unexpected end of file",
    );
  });

  it("ZSTD where this Node has it, else a refusal that says so", async () => {
    const compress = (zlib as { zstdCompressSync?: (data: string) => Buffer }).zstdCompressSync;
    if (compress === undefined) {
      await expect(copy("a int", "", "ZSTD")).rejects.toThrow(`ZSTD on Node ${process.versions.node}`);
    } else {
      expect(await copy("a int", { in: compress("1\n2\n") }, "ZSTD")).toEqual([["1"], ["2"]]);
    }
  });

  it("a manifest: its files in its order, one twice, a missing one only when it is not mandatory", async () => {
    const entry = (key: string, mandatory: boolean): object => ({
      url: `s3://bucket/${key}`,
      mandatory,
      meta: { content_length: 2 },
    });
    const manifest = JSON.stringify({
      entries: [entry("b", true), entry("gone", false), entry("a", true), entry("b", true)],
    });
    expect(await copy("n int", { in: manifest, a: "1\n", b: "2\n" }, "MANIFEST")).toEqual([
      ["2"],
      ["1"],
      ["2"],
    ]);
    session.store.put("in", JSON.stringify({ entries: [entry("b", true), entry("gone", true)] }));
    await expect(session.run(`COPY t FROM 's3://bucket/in' ${KEYS} MANIFEST`)).rejects.toThrow(
      "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey",
    );
  });
});

describe("values", () => {
  it.each([
    ["smallint", "32767", "32767"],
    ["bigint", "-9223372036854775808", "-9223372036854775808"],
    ["numeric(8,2)", "20.259", "20.25"],
    ["numeric(8,2)", "-1.5e3", "-1500.00"],
    ["numeric(38,0)", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"],
    ["real", "2.5e3", "2500"],
    ["double precision", "0.1", "0.1"],
    ["boolean", "yes", "t"],
    ["boolean", "0", "f"],
    ["date", "2024-02-29", "2024-02-29"],
    ["timestamp", "2024-02-29 23:59:59.123456", "2024-02-29 23:59:59.123456"],
    ["timestamptz", "2024-02-29 23:59:59+02", "2024-02-29 21:59:59+00"],
    ["time", "23:59:59.5", "23:59:59.5"],
    ["char(3)", "ab", "ab "],
    ["varchar(3)", "é1", "é1"],
    ["varchar(3)", "abc  ", "abc"],
    ["super", '{"a":[1]}', '{"a": [1]}'],
  ])("%s takes %s", async (type, text, expected) => {
    await session.query("SET TimeZone = 'UTC'");
    expect(await copy(`v ${type}`, `${text}\n`, "")).toEqual([[expected]]);
  });

  it.each([
    ["smallint", "32768", "1222", "Overflow, Value '32768', Type: Short"],
    ["int", "1.0", "1207", "Invalid digit, Value '.', Pos 1, Type: Integer"],
    ["int", "x", "1207", "Invalid digit, Value 'x', Pos 0, Type: Integer"],
    ["bigint", "9223372036854775808", "1222", "Overflow, Value '9223372036854775808', Type: Long"],
    ["numeric(4,2)", "123.1", "1222", "Overflow, Value '123.1', Type: Decimal"],
    ["numeric(4,2)", "1,5", "1207", "Invalid digit, Value ',', Pos 1, Type: Decimal"],
    ["double precision", "1e999", "1222", "Overflow, Value '1e999', Type: Double"],
    ["double precision", "one", "1208", "Invalid floating point value 'one'"],
    ["boolean", "2", "1210", "Unknown boolean format"],
    ["date", "Jun 12 1998", "1205", "Invalid date format or value [YYYY-MM-DD]"],
    ["date", "2023-02-29", "1205", "Invalid date format or value [YYYY-MM-DD]"],
    ["timestamp", "2024-01-01T00:00:00", "1206", "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"],
    ["char(3)", "abcd", "1204", "Char length exceeds DDL length"],
    [
      "char(3)",
      "é",
      "1220",
      "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9",
    ],
    ["varchar(3)", "éé", "1204", "String length exceeds DDL length"],
    ["int NOT NULL", "\\N", "1213", "Missing data for not-null field"],
    ["super", "{a:1}", "1224", "Invalid JSON format for SUPER"],
  ])("%s refuses %s", async (type, text, code, reason) => {
    expect(await failing(`v ${type}`, `${text}\n`, "")).toEqual([["1", "v", code, reason]]);
  });

  it("bytes that are no UTF-8 are an error that shows them", async () => {
    const text = Buffer.from([0x61, 0xa4, 0x0a]) as unknown as string;
    await expect(copy("v varchar(9)", { in: text }, "")).rejects.toThrow("Load into table 't' failed.");
    expect(await loadErrors()).toEqual([
      [
        "1",
        "v",
        "1220",
        "String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: a4 (error 3)",
      ],
    ]);
  });

  it("ACCEPTINVCHARS replaces each byte", async () => {
    const text = Buffer.from([0x61, 0xe0, 0xa1, 0x62, 0xa4, 0x0a]);
    expect(await copy("v varchar(9)", { in: text }, "ACCEPTINVCHARS '^'")).toEqual([["a^^b^"]]);
  });

  it("TRUNCATECOLUMNS cuts at a character's boundary; ROUNDEC rounds half up", async () => {
    expect(
      await copy(
        "v varchar(4), c char(2), n numeric(8,2), m numeric(3,0)",
        "aéé|abc|20.255|-99.5\n",
        "TRUNCATECOLUMNS ROUNDEC",
      ),
    ).toEqual([["aé", "ab", "20.26", "-100"]]);
  });

  it("DECIMAL of 19 digits ends where eight bytes do, that of 20 does not", async () => {
    const digits = "9223372036854775807";
    expect(
      await copy(
        "a numeric(19,0), b numeric(19,18), c numeric(20,0)",
        `${digits}|-9.223372036854775807999|9223372036854775808\n`,
        "",
      ),
    ).toEqual([[digits, "-9.223372036854775807", "9223372036854775808"]]);
    for (const [type, value] of [
      ["numeric(19,0)", "9223372036854775808"],
      ["numeric(19,18)", "09.3e0"],
      ["numeric(19,18)", "-9.223372036854775808"],
    ] as const) {
      await session.query("DROP TABLE t");
      await expect(copy(`a ${type}`, `${value}\n`, "")).rejects.toThrow("Load into table 't' failed.");
    }
  });

  it("DATEFORMAT and TIMEFORMAT strings, 'auto', and epochs", async () => {
    expect(
      await copy(
        "d date, t timestamp",
        "12/31/99|31.12.1999 11:30 PM\n",
        "DATEFORMAT 'MM/DD/YY' TIMEFORMAT AS 'DD.MM.YYYY HH12:MI AM'",
      ),
    ).toEqual([["1999-12-31", "1999-12-31 23:30:00"]]);
    await session.query("DROP TABLE t; SET TimeZone = 'UTC'");
    expect(
      await copy(
        "d date, t timestamptz",
        "Jun 12 1998|17 Dec 07:37:16 1997 PST\n",
        "DATEFORMAT 'auto' TIMEFORMAT 'auto'",
      ),
    ).toEqual([["1998-06-12", "1997-12-17 15:37:16+00"]]);
    await session.query("DROP TABLE t");
    expect(await copy("t timestamp", "1700000000123\n", "TIMEFORMAT 'epochmillisecs'")).toEqual([
      ["2023-11-14 22:13:20.123"],
    ]);
  });

  it("'auto' reads dates as a cast does, which AWS names as the way to tell", async () => {
    await session.query("SET TimeZone = 'UTC'");
    const texts = [
      ...[
        "2019-02-11T05:09:12.195Z",
        "J2451187",
        "Jan-08-95 BC",
        "19960108 040809",
        "960108 040809",
        "1996.008",
      ],
      ...[
        "1996-01-08 04:05:06.789",
        "17 Dec 07:37:16 1997 PST",
        "12/17/1997 07:37:16.00 PST",
        "1997-12-17 07:37:16-08",
      ],
      ...[
        "12.17.1997 07:37:16.00 PST",
        "Jun 12 1998",
        "12-Jun-98",
        "June 12, 1998 5:30 PM",
        "1998-06-12 10:00 Europe/Paris",
      ],
      ...["Fri, 12 Jun 1998 10:00:00 GMT", "20240229", "1/2/69", "1/2/70", "1998-06-12 24:00:00"],
    ];
    const rows = await copy(
      "t timestamptz, text varchar(40)",
      texts.map((text) => `${text}|${text}\n`).join(""),
      "TIMEFORMAT 'auto'",
    );
    expect(rows.length).toBe(texts.length);
    expect(
      await session.rows("SELECT text, t, text::timestamptz FROM t WHERE t <> text::timestamptz"),
    ).toEqual([]);
  });

  it("ACCEPTANYDATE loads NULL for what is no date", async () => {
    expect(await copy("d date", "00/00/00\n", "ACCEPTANYDATE DATEFORMAT 'auto'")).toEqual([[null]]);
  });
});

describe("errors", () => {
  it("MAXERROR skips bad rows and says how many", async () => {
    const rows = await copy("n int", "1\nx\n3\n", "MAXERROR 2");
    expect(rows).toEqual([["1"], ["3"]]);
    expect(session.notices).toEqual([
      "INFO: Load into table 't' completed, 2 record(s) loaded successfully.",
      "INFO: Load into table 't' completed, 1 record(s) could not be loaded.  Check 'stl_load_errors' system table for details.",
    ]);
    expect(await loadErrors()).toEqual([
      ["2", "n", "1207", "Invalid digit, Value 'x', Pos 0, Type: Integer"],
    ]);
  });

  it("the load fails when errors reach MAXERROR, and all of them are recorded", async () => {
    expect((await failing("n int", "1\nx\ny\n3\n", "MAXERROR 2")).map(([line]) => line)).toEqual(["2", "3"]);
  });

  it("an error's record says where, what and of which type", async () => {
    await expect(copy("a int, v varchar(2)", "1|abc\n", "")).rejects.toThrow();
    expect(
      await session.rows(
        "SELECT filename, type, col_length, position, raw_line, raw_field_value, query = $$".concat(
          session.state.get("redshift.last_copy_id") ?? "",
          "$$ FROM redshift_sandbox.load_error",
        ),
      ),
    ).toEqual([["s3://bucket/in", "varchar", "2", "2", "1|abc", "abc", "t"]]);
  });

  it("a row that only PostgreSQL refuses is traced back to its file and line", async () => {
    const number = `1${"0".repeat(140_000)}`;
    session.store.put("in1", '{"id":1,"s":1}\n{"id":"x"}\n');
    await expect(
      copy(
        "id int, s super",
        { in2: `{"id":2}\n\n{"id":3,"s":${number}}\n{"id":4}` },
        "JSON 'auto' MAXERROR 10",
      ),
    ).rejects.toThrow("Load into table 't' failed.");
    expect((await loadErrors()).map((row) => row.slice(0, 3))).toEqual([
      ["2", "id", "1207"],
      ["3", "s", "1200"],
    ]);
  });

  it("system tables are no targets", async () => {
    for (const table of ["pg_authid", "pg_catalog.pg_authid", "redshift_sandbox.load_error", "pg_class"]) {
      await expect(session.run(`COPY ${table} FROM 's3://bucket/in' ${KEYS}`), table).rejects.toThrow(
        /permission denied/,
      );
    }
  });

  it("a table that is not there, and a column that is not there", async () => {
    await expect(session.run(`COPY nowhere FROM 's3://bucket/in' ${KEYS}`)).rejects.toThrow(
      'relation "nowhere" does not exist',
    );
    await session.query("CREATE TABLE t (a int)");
    await expect(session.run(`COPY t (b) FROM 's3://bucket/in' ${KEYS}`)).rejects.toThrow(
      'column "b" of relation "t" does not exist',
    );
  });

  it("NOLOAD checks and loads nothing", async () => {
    expect(await copy("n int", "1\n", "NOLOAD")).toEqual([]);
    await expect(session.run(`COPY t FROM 's3://bucket/in' ${KEYS} NOLOAD CSV QUOTE '1'`)).rejects.toThrow(
      "failed",
    );
  });

  it("an identity column is filled by itself, or with EXPLICIT_IDS", async () => {
    await session.query("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (START 5), v varchar(3))");
    session.store.put("in", "a\n");
    await session.run(`COPY t FROM 's3://bucket/in' ${KEYS}`);
    session.store.put("in", "1|b\n");
    await session.run(`COPY t FROM 's3://bucket/in' ${KEYS} EXPLICIT_IDS`);
    expect(await session.rows("SELECT * FROM t")).toEqual([
      ["5", "a"],
      ["1", "b"],
    ]);
    await expect(session.run(`COPY t (id, v) FROM 's3://bucket/in' ${KEYS}`)).rejects.toThrow("EXPLICIT_IDS");
    await session.query("CREATE TABLE plain (v varchar(3))");
    await expect(session.run(`COPY plain FROM 's3://bucket/in' ${KEYS} EXPLICIT_IDS`)).rejects.toThrow(
      "EXPLICIT_IDS requires a table with an IDENTITY column",
    );
  });
});

describe("authorization and faults", () => {
  const refused: [string, string, string][] = [
    [
      "an unknown key",
      "ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY 'secret/key'",
      "S3ServiceException:The AWS Access Key Id you provided does not exist in our records.,Status 403,Error InvalidAccessKeyId",
    ],
    [
      "a wrong secret",
      "CREDENTIALS 'aws_access_key_id=AKIDSANDBOX;aws_secret_access_key=no'",
      "S3ServiceException:The request signature we calculated does not match the signature you provided. Check your key and signing method.,Status 403,Error SignatureDoesNotMatch",
    ],
    [
      "a role that is not allowed",
      "IAM_ROLE 'arn:aws:iam::123456789012:role/other'",
      "is not authorized to assume IAM Role arn:aws:iam::123456789012:role/other",
    ],
    [
      "a bucket elsewhere",
      `${KEYS} REGION 'us-east-1'`,
      "S3ServiceException:The bucket you are attempting to access must be addressed using the specified endpoint.",
    ],
  ];
  it.each(refused)("%s", async (_title, authorization, message) => {
    await session.query("CREATE TABLE t (a int)");
    await expect(session.run(`COPY t FROM 's3://bucket/in' ${authorization}`)).rejects.toThrow(message);
  });

  it.each([
    "IAM_ROLE default",
    "IAM_ROLE 'arn:aws:iam::123456789012:role/sandbox'",
    "WITH CREDENTIALS AS 'aws_iam_role=arn:aws:iam::123456789012:role/sandbox'",
    "CREDENTIALS 'aws_access_key_id=AKIDSANDBOX;aws_secret_access_key=secret/key'",
  ])("%s is accepted", async (authorization) => {
    await session.query("CREATE TABLE t (a int)");
    session.store.put("in", "1\n");
    await session.run(`COPY t FROM 's3://bucket/in' ${authorization}`);
    expect(await session.rows("SELECT * FROM t")).toEqual([["1"]]);
  });

  it("a bucket that is not there", async () => {
    await session.query("CREATE TABLE t (a int)");
    await expect(session.run(`COPY t FROM 's3://nowhere/in' ${KEYS}`)).rejects.toThrow(
      "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket",
    );
  });

  it.each([
    ["deny", "S3ServiceException:Access Denied,Status 403,Error AccessDenied"],
    ["503", "Status 503,Error SlowDown"],
    ["cut", "S3 connection was closed before the whole object had been transferred"],
    ["1023", "1023"],
  ] as const)("the fault %s stops the load and leaves nothing", async (action, message) => {
    session.faults.add({ target: "copy", operation: "GetObject", key: "in2", action });
    await expect(copy("a int", { in1: "1\n".repeat(50_000), in2: "2\n".repeat(50_000) }, "")).rejects.toThrow(
      message,
    );
    expect(await session.rows("SELECT count(*) FROM t")).toEqual([["0"]]);
  });
});
