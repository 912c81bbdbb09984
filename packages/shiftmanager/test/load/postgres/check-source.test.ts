import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSource } from "../../../src/load/postgres/check/check-source.ts";
import { columnChecks } from "../../../src/load/postgres/check/column-checks.ts";
import { rowSizeRefusal } from "../../../src/load/postgres/check/row-size-check.ts";
import { matchColumns } from "../../../src/load/postgres/match-columns.ts";
import { beginSnapshot, readingSettings } from "../../../src/load/postgres/copy-out-statement.ts";
import { readExtent } from "../../../src/load/postgres/source-extent.ts";
import { readSourceColumns } from "../../../src/load/postgres/source-columns.ts";
import { readSourceFacts } from "../../../src/load/postgres/source-facts.ts";
import { sourceQuery, type SourceRows } from "../../../src/load/postgres/source-query.ts";
import type { ValueRules } from "../../../src/load/postgres/value-rules.ts";
import type { Column } from "../../../src/catalog/columns.ts";
import { LoadError } from "../../../src/errors.ts";
import type { QueryResult, SourceSession } from "../../../src/session.ts";
import { startPostgresSource, type PostgresSource } from "../../end-to-end/postgres-source.ts";

let source: PostgresSource;
const clients: pg.Client[] = [];
const sessions = new Map<string, SourceSession>();
/** The passes over a source. */
const asked: string[] = [];

async function sessionIn(database: string): Promise<SourceSession> {
  const known = sessions.get(database);
  if (known !== undefined) return known;
  const { host, port, user, password } = source.options;
  const client = new pg.Client({ host, port, database, user, password: String(password) });
  clients.push(client);
  await client.connect();
  const session: SourceSession = {
    async query<R>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
      if (text.includes("count(*)")) asked.push(text);
      const { rows, rowCount } = await client.query(text, [...(values ?? [])]);
      return { rows: rows as R[], rowCount, notices: [] };
    },
    async describe(text) {
      const { fields } = await client.query(text);
      return fields.map(({ name, dataTypeID: typeId, dataTypeModifier: typeModifier }) => ({
        name,
        typeId,
        typeModifier,
      }));
    },
    copyOut: () => {
      throw new Error("nothing is exported here");
    },
  };
  sessions.set(database, session);
  return session;
}

const eachOf =
  (all: readonly SourceSession[]) =>
  async (work: (session: SourceSession) => Promise<void>): Promise<void> => {
    for (const session of all) await work(session);
  };

beforeAll(async () => {
  source = await startPostgresSource();
});

afterAll(async () => {
  for (const client of clients) await client.end();
  await source?.stop();
});

const column = (name: string, type: string, notNull = false): Column => ({
  number: 1,
  name,
  type,
  notNull,
  default: null,
  identity: null,
  encoding: "none",
  distkey: false,
  sortkeyPosition: 0,
  interleaved: false,
});

interface Asked {
  readonly rows?: SourceRows;
  readonly rules?: ValueRules;
  readonly format?: "csv" | "json";
  readonly database?: string;
  /** How many look at it. */
  readonly sessions?: number;
}

/** The message of what is refused; undefined when everything would arrive. */
async function refusal(
  target: readonly Column[],
  {
    rows = { pgTableName: "t" },
    rules = {},
    format = "csv",
    database = "shop",
    sessions: count = 1,
  }: Asked = {},
): Promise<string | undefined> {
  const session = await sessionIn(database);
  const query = sourceQuery(rows);
  await session.query([beginSnapshot, ...readingSettings(query)].join(";\n"));
  try {
    const columns = await readSourceColumns(session, query);
    const facts = await readSourceFacts(session, query);
    const match = matchColumns(columns, target, "public.t", query.name, { rules, encoding: facts.encoding });
    asked.length = 0;
    const all = [session, ...Array.from({ length: count - 1 }, () => session)] as const;
    const extent = count === 1 ? undefined : await readExtent(session, query, "PostgreSQL 17.0");
    const snapshot = { sessions: all, extent, inEach: eachOf(all) };
    await checkSource(snapshot, {
      query,
      source: columns,
      columns: match.columns,
      facts,
      format,
      rules,
      table: "public.t",
      onEvent: undefined,
    });
    return undefined;
  } catch (error) {
    if (error instanceof LoadError) return error.message;
    throw error;
  } finally {
    await session.query("ROLLBACK");
  }
}

const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

async function table(columns: string, rows: readonly string[] = [], database?: string): Promise<void> {
  const insert = rows.length === 0 ? "" : `INSERT INTO t VALUES ${rows.join(", ")};`;
  await source.run(`DROP TABLE IF EXISTS t; CREATE TABLE t (${columns}); ${insert}`, database);
}

/** For each target: a type of the source, what arrives, and what does not. */
const values: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["smallint", "bigint", ["32767", "-32768"], ["32768", "-32769"]],
  ["smallint", "text", ["0", "-7"], ["1.0", "", "x", "1e2", "99999999999999999999999", " 1"]],
  ["bigint", "oid", ["4294967295"], []],
  ["integer", "oid", ["2147483647"], ["2147483648"]],
  [
    "bigint",
    "numeric",
    ["9223372036854775807", "-9223372036854775808"],
    ["9223372036854775808", "1.0", "NaN"],
  ],
  ["integer", "double precision", ["5"], ["5.5", "1e20", "NaN", "Infinity"]],
  ["numeric(5,2)", "numeric", ["0", "-999.99", "1.500", "0.00"], ["1000", "1.005", "1e3", "NaN", "Infinity"]],
  ["numeric(5,2)", "integer", ["999", "-999"], ["1000"]],
  ["numeric(5,2)", "text", ["1.5", ".5", "7."], ["1e3", "", "Infinity", "NaN", "1,5", "1.005"]],
  ["numeric(5,2)", "double precision", ["0.1", "-999.99"], ["0.125", "1e3", "NaN", "-Infinity"]],
  ["numeric(5,2)", "numeric(5,2)", ["999.99"], ["NaN"]],
  ["numeric(38,2)", "double precision", ["1e20"], ["1e36"]],
  ["numeric(19,2)", "money", ["92233720368547758.07", "-92233720368547758.07"], ["-92233720368547758.08"]],
  ["numeric(19,0)", "numeric", ["9223372036854775807"], ["9223372036854775808", "9999999999999999999"]],
  ["real", "double precision", ["1e30", "0", "-3.4028235e38"], ["1e39", "1e-60", "Infinity", "NaN"]],
  ["real", "real", ["3.4028235e38"], ["NaN", "-Infinity"]],
  ["double precision", "numeric", ["1e300", "0.1"], ["1e309", "NaN", "Infinity"]],
  ["double precision", "text", ["1", ".5", "1e300", "-2E-3"], ["x", "1e309", "1e9999", "inf"]],
  ["boolean", "text", ["t", "false", "1"], ["yes", "T", ""]],
  ["character varying(3)", "text", ["abc", "abc   ", "é", ""], ["abcd", "éé", "    a"]],
  ["character varying(3)", "char(5)", ["abc", "ab"], ["abcd", "éé"]],
  ["character varying(3)", "integer", ["999", "-99"], ["1000"]],
  ["character varying(3)", "jsonb", ["[1]"], ["[10]"]],
  ["character varying(4)", "bytea", ["\\x00ff", ""], ["\\x00ff00"]],
  ["character(3)", "text", ["abc", "a  ", ""], ["é", "abcd"]],
  ["date", "date", ["0001-01-01", "9999-12-31"], ["infinity", "-infinity", "0001-12-31 BC", "10000-01-01"]],
  ["date", "text", ["2024-01-01"], ["2024-1-1", "2024-01-01 10:00:00"]],
  [
    "timestamp without time zone",
    "date",
    ["0001-01-01", "9999-12-31"],
    ["infinity", "5874897-12-31", "0001-12-31 BC"],
  ],
  [
    "timestamp without time zone",
    "timestamptz",
    ["0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"],
    ["0001-01-01 00:00:00+01", "10000-01-01 00:00:00+00", "infinity"],
  ],
  ["timestamp with time zone", "timestamp", ["2024-02-29 23:59:59.999999"], ["-infinity", "4713-01-01 BC"]],
  ["timestamp with time zone", "text", ["2024-01-01 00:00:00+00"], ["2024-01-01 00:00:00", "infinity"]],
  ["time without time zone", "text", ["10:00:00", "10:00:00.5"], ["10:00", "10:00:00.1234567"]],
  ["time with time zone", "text", ["10:00:00+02"], ["10:00:00"]],
  ["binary varying(2)", "bytea", ["\\x00ff"], ["\\x00ff00"]],
  ["binary varying(2)", "text", ["0aFF", ""], ["0", "zz", "000000"]],
  [
    "super",
    "json",
    [
      "9007199254740993",
      "-9223372036854775808",
      "0.1",
      '"1e400"',
      "1.50e2",
      "0e99999",
      '"\\\\u0000"',
      '"\\ud83d\\ude00"',
      "[1,\n2]",
    ],
    [
      "9223372036854775808",
      "1e400",
      "1e-400",
      "0.1234567890123456789",
      '"\\u0000"',
      '"\\\\\\u0000"',
      '{"\\u0000": 1}',
      '"\\ud800"',
      '"\\ude00\\ud83d"',
    ],
  ],
  [
    "super",
    "jsonb",
    ["1e22", '{"a": 5e-324}', '"12345678901234567890"'],
    ["12345678901234567890", "1.00000000000000001"],
  ],
  ["super", "numeric", ["0.1", "9223372036854775807"], ["0.12345678901234567"]],
  ["super", "numeric[]", ["{0.1,NULL}"], ["{0.12345678901234567}"]],
  ["super", "text", ["0.12345678901234567", ""], []],
];

describe("values", () => {
  test.each(values)(
    "into %s from %s: what does not arrive is refused, and nothing else",
    async (target, type, good, bad) => {
      const into = [column("id", "integer"), column("v", target)];
      await table(
        `id integer PRIMARY KEY, v ${type}`,
        good.map((value, i) => `(${i}, ${literal(value)})`),
      );
      expect(await refusal(into)).toBeUndefined();
      await table(`id integer PRIMARY KEY, v ${type}`, [
        ...good.map((value, i) => `(${i}, ${literal(value)})`),
        "(99, NULL)",
      ]);
      expect(await refusal(into)).toBeUndefined();
      for (const value of bad) {
        await source.run(`INSERT INTO t VALUES (100, ${literal(value)})`);
        expect(await refusal(into), value).toMatch(
          /^Row id=100, column v \(.+Nothing was loaded into public\.t\.$/s,
        );
        await source.run("DELETE FROM t WHERE id = 100");
      }
    },
  );

  test("strings, levels and rows that are too long for SUPER and COPY", async () => {
    const into = [column("id", "integer"), column("v", "super")];
    const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    for (const type of ["json", "jsonb"]) {
      await table(`id integer PRIMARY KEY, v ${type}`, [
        `(1, to_json(repeat('ä', 32767)))`,
        `(2, '${nested(1000)}')`,
        `(3, to_json(repeat('[', 5000)))`,
        `(4, (SELECT to_json(array_agg(repeat('x', 50000))) FROM generate_series(1, 80)))`,
      ]);
      expect(await refusal(into)).toBeUndefined();
      await source.run(`INSERT INTO t VALUES (5, to_json(repeat('ä', 32768))), (6, '${nested(1001)}'),
        (7, (SELECT to_json(array_agg(repeat('x', 50000))) FROM generate_series(1, 90)))`);
      const message = await refusal(into);
      expect(message).toMatch(
        /Row id=5, column v \(SUPER\): .* holds a string of 65536 bytes, and SUPER holds 65535/,
      );
      expect(message).toMatch(
        /Row id=6, column v \(SUPER\): .* is nested 1001 levels deep, and SUPER holds 1000/,
      );
      expect(message).toMatch(/Row id=7 has 4,500,\d+ bytes; COPY takes 4 MB for one row/);
    }
  });

  test("a row over 4 MB is refused although each of its values fits", async () => {
    const names = Array.from({ length: 70 }, (_, i) => `c${i}`);
    const into = names.map((name) => column(name, "character varying(65535)"));
    await table(names.map((name) => `${name} text`).join(", "), [
      `(${names.map(() => "repeat('x', 65535)").join(", ")})`,
      `(${names.map((_, i) => (i < 63 ? "repeat('x', 65535)" : "NULL")).join(", ")})`,
    ]);
    expect(await refusal(into)).toMatch(/^Row ctid=\(0,1\) has 4,587,\d+ bytes/);
    await source.run("DELETE FROM t WHERE c69 IS NOT NULL");
    expect(await refusal(into)).toBeUndefined();
    // Each quote is written twice.
    await source.run(`UPDATE t SET c0 = repeat('"', 65535), c1 = repeat('"', 65535)`);
    expect(await refusal(into)).toMatch(/^Row ctid=\(0,\d\) has 4,259,\d+ bytes/);
  });
});

describe("what is said", () => {
  test("every column's first row by key, its value, and how many rows are so", async () => {
    await table("a text, b integer, v numeric, w text, PRIMARY KEY (b, a)", [
      "('z', 2, 1.005, 'long')",
      "('y', 2, 1.005, 'ok')",
      "('x', 1, 0.5, 'long')",
      "('w', 9, 0.123, NULL)",
    ]);
    expect(
      await refusal([
        column("a", "character varying(9)"),
        column("b", "integer"),
        column("v", "numeric(5,2)"),
        column("w", "character varying(3)"),
      ]),
    ).toBe(
      'Row b=2, a=y, column v (DECIMAL(5,2)): "1.005" has 3 decimals, and COPY would cut them to DECIMAL(5,2); widen the scale, or say what is to become of them (surplusDecimals: "round"); 3 rows are so. ' +
        'Row b=1, a=x, column w (VARCHAR(3)): "long" has 4 bytes, and the column holds 3 (lengths count bytes); widen it, shorten the value, or let texts be cut (longText: "truncate"); 2 rows are so. ' +
        "Nothing was loaded into public.t.",
    );
  });

  test("without a primary key the ctid, of a query its first column", async () => {
    await table("a text, v date", ["('x', '2024-01-01')", "('y', 'infinity')"]);
    const into = [column("a", "character varying(9)"), column("v", "date")];
    expect(await refusal(into)).toMatch(/^Row ctid=\(0,2\), column v \(DATE\): "infinity" is infinite/);
    expect(await refusal(into, { rows: { pgSelectStatement: "SELECT * FROM t" } })).toMatch(
      /^Row a=y, column v/,
    );
  });

  test("what several sessions find, each in ranges of pages, is counted together", async () => {
    await table("id int PRIMARY KEY, n bigint");
    await source.run(
      "INSERT INTO t SELECT i, CASE WHEN i % 1000 = 7 THEN 40000 ELSE i % 100 END FROM generate_series(1, 6000) i",
    );
    const target = [column("id", "integer", true), column("n", "smallint")];
    expect(await refusal(target, { sessions: 3 })).toBe(
      'Row id=7, column n (SMALLINT): "40000" is outside SMALLINT (-32768 to 32767); 6 rows are so. Nothing was loaded into public.t.',
    );
    expect(asked.length).toBeGreaterThan(3);
  });

  test("at most five kinds of values are told one by one", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    await table(names.map((name) => `${name} date`).join(", "), [
      `(${names.map(() => "'infinity'").join(", ")})`,
    ]);
    const message = await refusal(names.map((name) => column(name, "date")));
    expect(message?.match(/is infinite/g)).toHaveLength(5);
    expect(message).toMatch(
      /Values of 2 more kinds are refused as well\. Nothing was loaded into public\.t\.$/,
    );
  });
});

describe("what is not looked for", () => {
  test("nothing is asked of a source whose types rule everything out", async () => {
    await table(
      "id integer PRIMARY KEY, s smallint, v varchar(20), u uuid, b boolean, t time, n numeric(9,2) NOT NULL, x text",
    );
    const into = [
      column("id", "bigint", true),
      column("s", "numeric(7,2)"),
      column("v", "character varying(80)"),
      column("u", "character(36)"),
      column("b", "boolean"),
      column("t", "time without time zone"),
    ];
    const rows = { pgSelectStatement: "SELECT id, s, v, u, b, t FROM t WHERE id IS NOT NULL" };
    expect(
      await refusal(
        into.map((one) => ({ ...one, notNull: false })),
        { rows },
      ),
    ).toBeUndefined();
    expect(asked).toEqual([]);
    // Of a query nobody knows whether it returns NULL.
    expect(await refusal(into, { rows })).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test("rows are not measured where none can have 4 MB", () => {
    const only = (type: string) => {
      const { columns } = matchColumns(
        [{ name: "v", type: "text", modifier: -1, composite: false }],
        [column("v", type)],
        "public.t",
        "t",
        { rules: {}, encoding: "UTF8" },
      );
      const facts = { encoding: "UTF8", notNull: new Set<string>(), primaryKey: [], hasCtid: true };
      return rowSizeRefusal(columns, columnChecks(columns, { facts, rules: {}, format: "csv" }), "csv");
    };
    expect(only("character varying(65535)")).toBeUndefined();
    expect(only("super")).toBeDefined();
  });
});

test("NULL is refused where the target takes none, also one that a rule made", async () => {
  await table("id integer PRIMARY KEY, v timestamptz NOT NULL, j jsonb", ["(1, 'infinity', 'null')"]);
  const into = [
    column("id", "integer", true),
    column("v", "timestamp without time zone", true),
    column("j", "super", true),
  ];
  expect(await refusal(into)).toMatch(
    /^Row id=1, column v \(TIMESTAMP\): "infinity" is infinite.*\. Nothing/,
  );
  expect(await refusal(into, { rules: { infinity: "null" } })).toMatch(
    /column v \(TIMESTAMP\): "infinity" is NULL, which/,
  );
  expect(await refusal(into, { rules: { infinity: "clamp" } })).toBeUndefined();
  // In a JSON file the two cannot be told apart.
  expect(await refusal(into, { rules: { infinity: "clamp" }, format: "json" })).toMatch(
    /column j \(SUPER\): "null" is NULL/,
  );
});

describe("databases that are not UTF-8", () => {
  test("lengths are those of the text in UTF-8", async () => {
    await source.createDatabase("latin", "LATIN1");
    await table("id integer PRIMARY KEY, v text", ["(1, 'zw' || chr(246) || 'lf')"], "latin");
    const into = (bytes: number) => [column("id", "integer"), column("v", `character varying(${bytes})`)];
    expect(await refusal(into(6), { database: "latin" })).toBeUndefined();
    expect(await refusal(into(5), { database: "latin" })).toMatch(
      /"zwölf" has 6 bytes, and the column holds 5/,
    );
    expect(
      await refusal([column("id", "integer"), column("v", "character(9)")], { database: "latin" }),
    ).toMatch(/has characters beyond ASCII/);
  });

  test("bytes that are no UTF-8 are refused, in a database that takes any", async () => {
    await source.createDatabase("bytes", "SQL_ASCII");
    const into = [column("id", "integer"), column("v", "character varying(99)"), column("c", "character(9)")];
    const good = ["zwölf €😀", "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}", ""];
    await table(
      "id integer PRIMARY KEY, v varchar(40), c text",
      good.map((text, i) => `(${i}, ${literal(text)}, 'x')`),
      "bytes",
    );
    expect(await refusal(into, { database: "bytes" })).toBeUndefined();
    for (const bytes of [
      "\\xff",
      "\\xc3",
      "\\xc080",
      "\\xe08080",
      "\\xeda080",
      "\\xf0808080",
      "\\xf4908080",
      "\\x61f5",
    ]) {
      await source.run(`INSERT INTO t VALUES (9, convert_from('${bytes}', 'SQL_ASCII'), NULL)`, "bytes");
      expect(await refusal(into, { database: "bytes" }), bytes).toMatch(
        /^Row id=9, column v \(VARCHAR\(99\)\): .* is not valid UTF-8/,
      );
      await source.run("DELETE FROM t WHERE id = 9", "bytes");
    }
    await source.run("UPDATE t SET c = 'ü' WHERE id = 0", "bytes");
    expect(await refusal(into, { database: "bytes" })).toMatch(
      /column c \(CHAR\(9\)\): .* has characters beyond ASCII/,
    );
  });

  test("a text of bytes is taken as UTF-8 exactly when Node takes it so", async () => {
    await source.createDatabase("any_bytes", "SQL_ASCII");
    const byte = fc.oneof(
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf),
    );
    const lists = fc.sample(fc.array(byte, { maxLength: 6 }), 400).map((list) => Buffer.from(list));
    const valid = (bytes: Buffer): boolean => Buffer.from(bytes.toString("utf8"), "utf8").equals(bytes);
    await table(
      "id integer PRIMARY KEY, v text",
      lists.map((bytes, i) => `(${i}, convert_from('\\x${bytes.toString("hex")}', 'SQL_ASCII'))`),
      "any_bytes",
    );
    const message = await refusal([column("id", "integer"), column("v", "character varying(99)")], {
      database: "any_bytes",
    });
    const bad = lists.filter((bytes) => !valid(bytes)).length;
    if (bad > 1) expect(message).toContain(`; ${bad} rows are so.`);
    else expect(message === undefined).toBe(bad === 0);
  });
});
