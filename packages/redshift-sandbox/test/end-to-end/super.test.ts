import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

beforeEach(async () => {
  await client.query("DROP TABLE IF EXISTS s; CREATE TABLE s (id INT, v SUPER, n VARCHAR(10))");
});

const typed = (where = ""): Promise<unknown[]> =>
  values(client, `SELECT JSON_TYPEOF(v) || ' ' || v::TEXT FROM s ${where} ORDER BY id`);

describe("a literal that is stored in a SUPER column is a string, whatever it holds", () => {
  test.each<[string, string[]]>([
    ["INSERT INTO s VALUES (1, 'abc', '[1]')", ["string abc"]],
    ["INSERT INTO s VALUES (1, '[1,2]', 'x'), (2, '5', 'y')", ["string [1,2]", "string 5"]],
    ["INSERT INTO s (v, id) VALUES ('true', 1)", ["string true"]],
    ["INSERT INTO s (v, id) SELECT '{}', 1", ["string {}"]],
    ["INSERT INTO s (id, n, v) VALUES (1, '5', '\"q\"')", ['string "q"']],
    ["INSERT INTO s (id, v) VALUES (1, $$[1]$$)", ["string [1]"]],
  ])("%s", async (sql, expected) => {
    await client.query(sql);
    expect(await typed()).toEqual(expected);
  });

  test("also in UPDATE, in DEFAULT and in a cast", async () => {
    await client.query("INSERT INTO s VALUES (1, NULL, NULL); UPDATE s SET v = '[9]', n = '5'");
    expect(await typed()).toEqual(["string [9]"]);
    await client.query("DROP TABLE IF EXISTS d; CREATE TABLE d (a INT, v SUPER DEFAULT '[1]')");
    await client.query("INSERT INTO d (a) VALUES (1)");
    expect(await values(client, "SELECT JSON_TYPEOF(v) FROM d")).toEqual(["string"]);
    expect(await values(client, "SELECT JSON_TYPEOF('[1]'::SUPER), JSON_TYPEOF(CAST('5' AS SUPER))")).toEqual(
      ["string", "string"],
    );
  });
});

test("a literal that MERGE stores in a SUPER column is a string too", async () => {
  await client.query("DROP TABLE IF EXISTS m; CREATE TABLE m (id INT); INSERT INTO m VALUES (1), (2), (3)");
  await client.query("INSERT INTO s VALUES (1, NULL, 'x')");
  await client.query(
    `MERGE INTO s USING m ON s.id = m.id WHEN MATCHED THEN UPDATE SET n = '5', v = '[1]'
     WHEN NOT MATCHED THEN INSERT (n, v, id) VALUES ('6', '{}', m.id)`,
  );
  expect(await typed()).toEqual(["string [1]", "string {}", "string {}"]);
  await client.query(
    `MERGE INTO s USING m ON s.id = m.id + 2 WHEN MATCHED THEN UPDATE SET v = m.id
     WHEN NOT MATCHED THEN INSERT VALUES (m.id + 2, 'true', '7')`,
  );
  expect(await typed("WHERE id > 2")).toEqual(["number 1", "string true", "string true"]);
});

test("what MERGE finds beside SUPER values is a string, and GREATEST of them is refused", async () => {
  await client.query(
    "DROP TABLE IF EXISTS m; CREATE TABLE m (id INT, v SUPER); INSERT INTO m VALUES (1, NULL)",
  );
  await client.query("INSERT INTO s VALUES (1, 5, 'x')");
  const merging = (value: string): string =>
    `MERGE INTO s USING m ON s.id = m.id WHEN MATCHED THEN UPDATE SET v = ${value}
     WHEN NOT MATCHED THEN INSERT VALUES (m.id, m.v, '7')`;
  await client.query(merging("COALESCE(m.v, '[9]')"));
  expect(await typed()).toEqual(["string [9]"]);
  expect(await refusal(client, merging("LEAST(s.v, m.v)"))).toBe(
    "0A000 redshift-sandbox does not imitate LEAST of SUPER values",
  );
});

test("a parameter that is stored in a SUPER column is a string, unless its type says otherwise", async () => {
  await client.query("INSERT INTO s (id, v) VALUES ($1, $2)", [1, "[1]"]);
  await client.query("INSERT INTO s (id, v) SELECT 2, $1", ["{}"]);
  await client.query("INSERT INTO s VALUES (3, NULL, NULL)");
  await client.query("UPDATE s SET v = $1 WHERE id = $2", ["5", 3]);
  await client.query("PREPARE typed (INT) AS INSERT INTO s (id, v) VALUES (4, $1)");
  await client.query("EXECUTE typed (5); DEALLOCATE typed");
  expect(await typed()).toEqual(["string [1]", "string {}", "string 5", "number 5"]);
});

describe("a literal beside SUPER values is a string, whatever it holds", () => {
  beforeEach(async () => {
    await client.query("INSERT INTO s VALUES (1, NULL, 'x'), (2, JSON_PARSE('[1]'), 'y')");
  });

  test.each([
    "COALESCE(v, '[9]')",
    "COALESCE(v, '[9]', '[8]')",
    "NVL(v, '[9]')",
    "NVL(v, v, v, '[9]')",
    "NVL2(v, v, '[9]')",
    "CASE WHEN v IS NULL THEN '[9]' ELSE v END",
    "CASE id WHEN 2 THEN v ELSE '[9]' END",
    "DECODE(id, 1, '[9]', v)",
  ])("%s", async (expression) => {
    const sql = `SELECT JSON_TYPEOF(${expression}) FROM s WHERE id = 1`;
    expect(await values(client, sql)).toEqual(["string"]);
    const asked = { text: sql.replace("'[9]'", "$1"), values: ["[9]"], rowMode: "array" } as const;
    expect((await client.query<unknown[]>(asked)).rows.flat()).toEqual(["string"]);
  });

  test("in UNION, in queries that are stored, and repeated in GROUP BY", async () => {
    const union = "SELECT id, v FROM s WHERE id = 2 UNION ALL SELECT 3, '[9]'";
    const kinds = (from: string): Promise<unknown[]> =>
      values(client, `SELECT JSON_TYPEOF(v) FROM ${from} ORDER BY id`);
    expect(await kinds(`(${union}) u`)).toEqual(["array", "string"]);
    await client.query(`DROP TABLE IF EXISTS stored_union; CREATE TABLE stored_union AS ${union}`);
    expect(await kinds("stored_union")).toEqual(["array", "string"]);
    const either = "CASE WHEN id = 2 THEN v ELSE '[9]' END";
    expect(
      await values(
        client,
        `SELECT JSON_TYPEOF(${either}), COALESCE(n, '[9]') FROM s GROUP BY ${either}, n ORDER BY n`,
      ),
    ).toEqual(["string", "x", "array", "y"]);
  });

  test("but not where the others are none", async () => {
    expect(await values(client, "SELECT COALESCE(n, '1') || COALESCE(id, '1') FROM s WHERE id = 1")).toEqual([
      "x1",
    ]);
    expect(
      await values(
        client,
        "SELECT CASE WHEN id = 1 THEN CURRENT_DATE ELSE '2000-01-01' END FROM s WHERE id = 2",
      ),
    ).toHaveLength(1);
  });
});

describe("SUPER values compare by what they are", () => {
  beforeEach(async () => {
    await client.query(
      `INSERT INTO s VALUES (1, 'a', 'a '), (2, '[1]', NULL), (3, JSON_PARSE('[1]'), NULL), (4, 5, '5'), (5, true, NULL), (6, '5', NULL),
       (7, NULL, NULL), (8, 1.50, NULL), (9, JSON_PARSE('{"x": ["a "]}'), NULL)`,
    );
  });

  test.each<[string, number[]]>([
    ["v = '[1]'", [2]],
    ["'[1]' = v", [2]],
    ["v = 'a  '", [1]],
    ["v = n", [1]],
    ["v <> 'a'", [2, 3, 4, 5, 6, 8, 9]],
    ["v IN ('a', '[1]', 'y')", [1, 2]],
    ["v IN (SELECT '5'::VARCHAR)", [6]],
    ["CASE v WHEN '5' THEN TRUE ELSE FALSE END", [6]],
    ["NULLIF(v, '5') IS NULL", [6, 7]],
    ["v = 5", [4]],
    ["v = 1.5", [8]],
    ["v = true", [5]],
    ["v = JSON_PARSE('[1]')", [3]],
    [`v = JSON_PARSE('{"x": ["a"]}')`, [9]],
    ["v > 1", [4, 8]],
    ["v BETWEEN '1' AND 'b'", [1, 2, 6]],
    ["v < false OR v >= true", [5]],
    ["(v < 'b') IS NULL", [3, 4, 5, 7, 8, 9]],
    ["v = v", [1, 2, 3, 4, 5, 6, 8, 9]],
  ])("%s", async (condition, ids) => {
    expect(await values(client, `SELECT id FROM s WHERE ${condition} ORDER BY id`)).toEqual(ids);
  });

  test.each<[string, unknown, number[]]>([
    ["v = $1", "[1]", [2]],
    ["v IN ($1, 'y')", "5", [6]],
    ["v > $1", "Z", [1, 2]],
    ["v = $1::INT", 5, [4]],
  ])("%s with %j", async (condition, value, ids) => {
    const text = `SELECT id FROM s WHERE ${condition} ORDER BY id`;
    const { rows } = await client.query<{ id: number }>(text, [value]);
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  test("ORDER BY has an order of kinds, GROUP BY and DISTINCT take equal values for one", async () => {
    await client.query("INSERT INTO s VALUES (10, 'a ', NULL), (11, 5.0, NULL)");
    expect(await values(client, "SELECT id FROM s ORDER BY v, id")).toEqual([
      5, 8, 4, 11, 6, 2, 1, 10, 3, 9, 7,
    ]);
    expect(await values(client, "SELECT COUNT(DISTINCT v) FROM s")).toEqual(["8"]);
    expect(await values(client, "SELECT COUNT(*) FROM s GROUP BY v HAVING COUNT(*) > 1")).toEqual(["2", "2"]);
    expect(
      await values(client, "SELECT x.id FROM s x JOIN s y ON x.v = y.v AND x.id < y.id ORDER BY 1"),
    ).toEqual([1, 4]);
  });

  test("MIN and MAX are those of values of one kind", async () => {
    expect(await values(client, "SELECT MIN(v), MAX(v) FROM s WHERE id IN (4, 7, 8)")).toEqual(["1.50", "5"]);
    expect(await refusal(client, "SELECT MAX(v) FROM s")).toBe(
      "0A000 redshift-sandbox does not imitate MIN and MAX of SUPER values of different kinds",
    );
  });

  test.each<[string, string]>([
    ["SELECT id FROM s WHERE v < JSON_PARSE('[2]')", "which SUPER array is the smaller one"],
    ["SELECT v || 'x' FROM s", "|| with SUPER values"],
    ["SELECT v + 1 FROM s", "operator + of SUPER values"],
    ["SELECT v - 1 FROM s", "operator - of SUPER values"],
    ["SELECT -v FROM s", "operator - of SUPER values"],
    ["SELECT id FROM s WHERE v LIKE 'a%'", "operator LIKE of SUPER values"],
    ["SELECT SUM(v) FROM s", "function sum of SUPER values"],
    ["SELECT UPPER(v) FROM s", "function upper of SUPER values"],
    ["SELECT CONCAT(v, 'a') FROM s", "function concat of SUPER values"],
    ["SELECT LISTAGG(v, ',') FROM s", "function listagg of SUPER values"],
    ["SELECT LISTAGG(DISTINCT v) WITHIN GROUP (ORDER BY id) FROM s", "function listagg of SUPER values"],
    ["SELECT MEDIAN(v) FROM s", "function median of SUPER values"],
    [
      "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY v) FROM s",
      "function percentile_cont of SUPER values",
    ],
    [
      "SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY v) FROM s",
      "function percentile_disc of SUPER values",
    ],
    ["SELECT COALESCE(v, n) FROM s", "COALESCE of SUPER and other values"],
    ["SELECT id FROM s WHERE (v, id) = ('a', 1)", "SUPER values in a comparison of rows"],
  ])("%s is refused by name", async (sql, feature) => {
    for (const protocol of ["simple", "extended"] as const)
      expect(await refusal(client, sql, protocol)).toBe(`0A000 redshift-sandbox does not imitate ${feature}`);
  });

  test.each<[string, unknown[]]>([
    ["COUNT(v), COUNT(DISTINCT v), ANY_VALUE(v) IN (1.5, 5), MIN(v), MAX(v)", ["2", "2", true, "1.50", "5"]],
    ["LAG(v) OVER (ORDER BY id), LEAD(v, 1) OVER (ORDER BY id)", [null, "1.50", "5", null]],
    [
      `FIRST_VALUE(v) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
       LAST_VALUE(v) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
       NTH_VALUE(v, 2) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`,
      ["5", "1.50", "1.50", "5", "1.50", "1.50"],
    ],
    [
      "NVL(v, v), NVL2(v, v, v), NULLIF(v, 5), DECODE(v, 5, v)",
      ["5", "5", null, "5", "1.50", "1.50", "1.50", null],
    ],
  ])("%s take SUPER as they take any type", async (expressions, expected) => {
    const row = `SELECT ${expressions} FROM (SELECT id, v FROM s WHERE id IN (4, 8) AND v IS NOT NULL) t`;
    expect(await values(client, row)).toEqual(expected);
  });

  test("neither with a date nor with a string whose case says nothing", async () => {
    expect(await refusal(client, "SELECT id FROM s WHERE v = CURRENT_DATE")).toBe(
      "42883 operator does not exist: super = date",
    );
    await client.query("DROP TABLE IF EXISTS f; CREATE TABLE f (c VARCHAR(9) COLLATE CASE_INSENSITIVE)");
    await client.query("INSERT INTO f VALUES ('a')");
    for (const sql of ["SELECT v = c FROM s, f", "INSERT INTO s (v) SELECT c FROM f"])
      expect(await refusal(client, sql)).toBe(
        "0A000 Coercing from case insensitive string to SUPER is not supported.",
      );
  });
});

describe("GREATEST and LEAST of SUPER values are refused by name before there is a row", () => {
  test.each([
    "SELECT GREATEST(v, v) FROM s",
    "SELECT GREATEST(v) FROM s",
    "SELECT GREATEST(v, '[9]') FROM s",
    "SELECT GREATEST('é', v) FROM s",
    "SELECT GREATEST(id, 1) + 1 AS a, COALESCE(GREATEST(v, '[9]'), '[8]') FROM s",
    "SELECT GREATEST(v, v), COUNT(*) FROM s GROUP BY GREATEST(v, v)",
    "SELECT id FROM s WHERE id IN (SELECT t.id FROM s t WHERE GREATEST(t.v, s.v) = 5)",
    "WITH q AS (SELECT JSON_PARSE('1') AS z) SELECT GREATEST(z, z) FROM q, s",
    "CREATE TABLE greatest_of AS SELECT GREATEST(v, v) AS g FROM s",
    "CREATE VIEW greatest_of AS SELECT GREATEST(v, v) AS g FROM s",
    "CREATE VIEW greatest_of AS SELECT GREATEST(v, v) AS g FROM public.s WITH NO SCHEMA BINDING",
    "CREATE MATERIALIZED VIEW greatest_of AS SELECT GREATEST(v, v) AS g FROM s",
    "UPDATE s SET v = GREATEST(v, v)",
    "INSERT INTO s (v) SELECT GREATEST(v, v) FROM s",
    "DELETE FROM s WHERE GREATEST(v, v) = 5",
  ])("%s", async (sql) => {
    for (const word of ["GREATEST", "LEAST"])
      for (const protocol of ["simple", "extended"] as const)
        expect(await refusal(client, sql.replaceAll("GREATEST(", `${word}(`), protocol)).toBe(
          `0A000 redshift-sandbox does not imitate ${word} of SUPER values`,
        );
  });

  test("with a parameter among them, and beside values of other types", async () => {
    await expect(client.query("SELECT GREATEST(v, $1) FROM s WHERE id = $2", ["5", 1])).rejects.toThrow(
      "GREATEST of SUPER values",
    );
    expect(await refusal(client, "SELECT LEAST(v, id) FROM s")).toBe(
      "0A000 redshift-sandbox does not imitate LEAST of SUPER and other values",
    );
  });

  test("not those of other values", async () => {
    await client.query("INSERT INTO s VALUES (1, 5, 'b')");
    const asked = {
      text: "SELECT GREATEST(n, 'a', $1), LEAST(id, '5'), GREATEST(id, id + 1) FROM s GROUP BY 1, 2, GREATEST(id, id + 1)",
      values: ["c"],
      rowMode: "array",
    } as const;
    expect((await client.query<unknown[]>(asked)).rows).toEqual([["c", 1, 2]]);
  });
});

describe("SUPER columns are refused in RIGHT and FULL JOIN", () => {
  test.each([
    "SELECT v FROM s RIGHT JOIN other o ON o.id = s.id",
    "SELECT s.id FROM other o FULL JOIN s USING (id) WHERE JSON_TYPEOF(v) = 'string'",
    "SELECT x.v FROM (SELECT id, v FROM s) x FULL JOIN other USING (id)",
    "SELECT id FROM other WHERE id IN (SELECT o.id FROM s RIGHT JOIN other o ON s.v = o.id)",
    "CREATE TABLE made AS SELECT v FROM s RIGHT JOIN other USING (id)",
    "CREATE VIEW made AS SELECT * FROM s RIGHT JOIN other USING (id)",
  ])("%s", async (sql) => {
    await client.query("DROP TABLE IF EXISTS other; CREATE TABLE other (id INT)");
    for (const protocol of ["simple", "extended"] as const)
      expect(await refusal(client, sql, protocol)).toBe(
        "0A000 SUPER columns are not supported in RIGHT and FULL OUTER JOIN",
      );
  });

  test("not in others, and not what has no SUPER in it", async () => {
    await client.query(
      "DROP TABLE IF EXISTS other; CREATE TABLE other (id INT); INSERT INTO other VALUES (1)",
    );
    await client.query("INSERT INTO s VALUES (2, 'a', 'b')");
    expect(
      await values(client, "SELECT s.v FROM s LEFT JOIN other o ON o.id = s.id JOIN s t ON t.id = s.id"),
    ).toHaveLength(1);
    for (const join of ["RIGHT", "FULL"])
      expect(await values(client, `SELECT n FROM s ${join} JOIN other o ON o.id = s.id`)).toContain(null);
    expect(
      await values(
        client,
        "SELECT n FROM (SELECT n, id FROM s WHERE v IS NOT NULL) x FULL JOIN other USING (id) ORDER BY 1",
      ),
    ).toEqual(["b", null]);
  });
});

test("a view says types of Redshift's where its operands have others inside", async () => {
  await client.query(
    "DROP VIEW IF EXISTS operands; CREATE VIEW operands AS SELECT LPAD(id, 3, '0') AS a FROM s WHERE v = v AND id LIKE '1%'",
  );
  const [text] = await values(client, "SELECT PG_GET_VIEWDEF('operands'::regclass)");
  expect(text).toBe(
    " SELECT lpad((id)::text, 3, '0'::text) AS a\n   FROM s\n  WHERE ((v = (v)::super) AND ((id)::text ~~ '1%'::text));",
  );
  await client.query("INSERT INTO s VALUES (12, 5, NULL)");
  const again = String(text).replace(/;$/, "");
  for (const sql of ["SELECT a FROM operands", again]) expect(await values(client, sql)).toEqual(["012"]);
  await client.query("DROP VIEW operands");
});

test("a string is a string for the functions that take SUPER", async () => {
  const sql = `SELECT JSON_TYPEOF('[1]'), IS_ARRAY('[1]'), IS_VARCHAR('5'), GET_ARRAY_LENGTH('[1]'), JSON_SERIALIZE('[1]')`;
  expect(await values(client, sql)).toEqual(["string", false, true, null, '"[1]"']);
});

test("numbers, booleans, strings and documents are stored as what they are", async () => {
  await client.query("INSERT INTO s VALUES (1, 5, NULL), (2, 1.50, NULL), (3, true, NULL), (4, NULL, NULL)");
  await client.query("INSERT INTO s (id, v) SELECT 5, 'q'::VARCHAR");
  await client.query("INSERT INTO s VALUES (6, JSON_PARSE('[1]'), NULL)");
  expect(await typed("WHERE id < 6")).toEqual(["number 5", "number 1.50", "boolean true", null, "string q"]);
  expect(await values(client, "SELECT JSON_TYPEOF(v), v::TEXT FROM s WHERE id = 6")).toEqual(["array", null]);
  expect(await refusal(client, "INSERT INTO s (v) VALUES (CURRENT_DATE)")).toMatch(/^42804 .*type super/);
  expect(await refusal(client, "SELECT '2019-09-09'::DATE::SUPER")).toBe(
    "42846 cannot cast type date to super",
  );
});

test("a string is cast without its quotes, to each kind of string", async () => {
  await client.query("INSERT INTO s VALUES (1, 'abc', NULL)");
  expect(await values(client, "SELECT v::TEXT, v::VARCHAR, v::VARCHAR(2), v::CHAR(3) FROM s")).toEqual([
    "abc",
    "abc",
    "ab",
    "abc",
  ]);
});

test("a number is cast to numbers and to BOOLEAN, and what is none to NULL", async () => {
  const cast = (document: string): Promise<unknown[]> =>
    values(
      client,
      `SELECT v::INT, v::DECIMAL(5, 2), v::FLOAT8, v::BOOLEAN FROM (SELECT JSON_PARSE('${document}') AS v) s`,
    );
  expect(await cast("5")).toEqual([5, "5.00", 5, true]);
  expect(await cast("5.0")).toEqual([5, "5.00", 5, null]);
  for (const document of ["[5]", '{"a": 5}', "null"])
    expect(await cast(document)).toEqual([null, null, null, null]);
  expect(await values(client, "SELECT 'Good'::SUPER::INT, true::SUPER::BOOLEAN")).toEqual([null, true]);
  for (const [value, feature] of [
    ["' 5 '::SUPER::INT", "the cast of a SUPER string to a number"],
    ["true::SUPER::INT", "the cast of a SUPER boolean to a number"],
    ["'t'::SUPER::BOOLEAN", "the cast of a SUPER string to BOOLEAN"],
  ] as const)
    expect(await refusal(client, `SELECT ${value}`)).toBe(
      `0A000 redshift-sandbox does not imitate ${feature}`,
    );
});

test("a string is cast to dates and times, and to none when it is none", async () => {
  await client.query("INSERT INTO s VALUES (1, '2001-09-08 10:11:12', 'x'), (2, 'Good', 'x'), (3, 5, 'x')");
  expect(
    await values(
      client,
      "SELECT v::DATE::VARCHAR, v::TIME::VARCHAR, v::TIMESTAMP::VARCHAR, v::TIMESTAMPTZ::DATE::VARCHAR FROM s ORDER BY id",
    ),
  ).toEqual([
    "2001-09-08",
    "10:11:12",
    "2001-09-08 10:11:12",
    "2001-09-08",
    ...Array.from({ length: 8 }, () => null),
  ]);
});

test("an attribute that is there twice is refused, at any depth", async () => {
  for (const document of ['{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 2}}]'])
    expect(await refusal(client, `SELECT JSON_PARSE('${document}')`)).toBe(
      '22P02 JSON parsing error: the attribute "a" is there twice',
    );
});

test("JSON_SIZE counts bytes", async () => {
  expect(await values(client, `SELECT JSON_SIZE(JSON_PARSE('[10001, 10002, "⬤"]'))`)).toEqual([19]);
});

describe("a document is shown without blanks between its parts", () => {
  const document = '{"c":null,"a b":[1,2,"x, \\" y: z"]}';
  const spaced = '{ "c": null, "a b": [1, 2, "x, \\" y: z"]}';
  const select = "SELECT id, v, 'a, b' AS n FROM s WHERE id < $1 ORDER BY id";
  const rows = [
    ["1", document, "a, b"],
    ["2", null, "a, b"],
  ];
  let raw: pg.Client;

  beforeAll(async () => {
    raw = await connect(sandbox, { types: { getTypeParser: () => (value: unknown) => value } });
  });

  beforeEach(async () => {
    await client.query(
      `INSERT INTO s VALUES (1, JSON_PARSE('${spaced.replaceAll("\\", "\\\\")}'), ''), (2, NULL, '')`,
    );
  });

  afterAll(async () => {
    await raw.end();
  });

  const read = async (query: Omit<pg.QueryConfig, "rowMode">): Promise<unknown[]> =>
    (await raw.query<unknown[]>({ ...query, rowMode: "array" })).rows;

  test("by a Query, among others", async () => {
    expect(await read({ text: select.replace("$1", "3") })).toEqual(rows);
    const answers = (await raw.query({
      text: `SELECT 'a, b'; ${select.replace("$1", "3")}; SELECT '[1, 2]'`,
      rowMode: "array",
    })) as unknown as pg.QueryArrayResult[];
    expect(answers.map((answer) => answer.rows)).toEqual([[["a, b"]], rows, [["[1, 2]"]]]);
  });

  test("by a statement with parameters, and by one that was described earlier", async () => {
    expect(await read({ text: select, values: [3] })).toEqual(rows);
    for (let round = 0; round < 2; round += 1)
      expect(await read({ name: "documents", text: select, values: [3] })).toEqual(rows);
    expect(await read({ name: "texts", text: "SELECT '[1, 2]' WHERE 1 < $1", values: [2] })).toEqual([
      ["[1, 2]"],
    ]);
    await expect(read({ text: "SELECT 1 / ($1 - 1)", values: [1] })).rejects.toThrow("division by zero");
    expect(await read({ name: "documents", text: select, values: [3] })).toEqual(rows);
  });

  test("in many rows that come in several chunks, and in binary", async () => {
    const many = "SELECT REPEAT('x, ', 4000), s.v FROM s JOIN s x ON true JOIN s y ON true WHERE s.id = 1";
    expect((await read({ text: many })).map((row) => (row as unknown[])[1])).toEqual(
      Array.from({ length: 4 }, () => document),
    );
    const [row] = await read({ text: select, values: [2], binary: true } as pg.QueryConfig);
    expect(Buffer.from((row as Buffer[])[1] ?? []).toString("utf8", 1)).toBe(document);
  });
});

describe("navigation and unnesting are refused by name, where a table could be meant", () => {
  test.each<[string, string]>([
    ["SELECT v.a FROM s", 'navigation into SUPER values ("v.a")'],
    ["SELECT s.v.a.b FROM s", 'navigation into SUPER values ("s.v.a.b")'],
    ["SELECT s.v.a.b.c.d FROM s", 'navigation into SUPER values ("s.v.a.b.c.d")'],
    ["SELECT id, x.v.a AS y FROM s x WHERE y = 'ä' AND x.id = 1", 'navigation into SUPER values ("x.v.a")'],
    ["SELECT COUNT(*) FROM s WHERE v.a.b IS NOT NULL", 'navigation into SUPER values ("v.a.b")'],
    ["UPDATE s SET n = v.a", 'navigation into SUPER values ("v.a")'],
    ["SELECT 'ö', c.*, o FROM s c, c.v o", "unnesting SUPER values"],
    ["SELECT c.id FROM s c LEFT JOIN c.v o ON true", "unnesting SUPER values"],
    ["INSERT INTO s (id) SELECT c.id FROM s c, c.v AS o", "unnesting SUPER values"],
    ["SELECT o FROM public.s, s.v.a o", "unnesting SUPER values"],
    ["SELECT o FROM public.s x, x.v.a.b.c o", "navigation into SUPER values"],
    ["SELECT o FROM s x, x.v[0] o", "navigation into SUPER values"],
    ["SELECT o, i FROM s c, c.v AS o AT i", "unnesting SUPER values with AT"],
    ["SELECT x[0] FROM (SELECT JSON_PARSE('[1]') AS x)", "navigation into SUPER values"],
  ])("%s", async (sql, feature) => {
    for (const protocol of ["simple", "extended"] as const)
      expect(await refusal(client, sql, protocol)).toBe(`0A000 redshift-sandbox does not imitate ${feature}`);
  });

  test("`at` stays a name, and the arrays of catalogs have elements", async () => {
    await client.query("INSERT INTO s VALUES (1, NULL, NULL)");
    expect(await values(client, "SELECT id at FROM s at WHERE at.id = 1")).toEqual([1]);
    const key = "SELECT conkey[1] FROM pg_constraint WHERE conname = 'keyed_pkey'";
    await client.query("DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (a INT, b INT PRIMARY KEY)");
    expect(await values(client, key)).toEqual([2]);
  });

  test("names of tables and schemas stay what they are", async () => {
    await client.query("DROP SCHEMA IF EXISTS near CASCADE; CREATE SCHEMA near");
    await client.query("CREATE TABLE near.near (v SUPER); CREATE TABLE near.far (a INT)");
    expect(await values(client, "SELECT near.far.a, near.v, near.near.v FROM near.near, near.far")).toEqual(
      [],
    );
    expect(await refusal(client, "SELECT n.a FROM s")).toBe('42P01 missing FROM-clause entry for table "n"');
    expect(await refusal(client, "SELECT t.a FROM s")).toBe('42P01 missing FROM-clause entry for table "t"');
    expect(await refusal(client, "SELECT 1 FROM s, nowhere.v")).toBe(
      '42P01 relation "nowhere.v" does not exist',
    );
  });
});
