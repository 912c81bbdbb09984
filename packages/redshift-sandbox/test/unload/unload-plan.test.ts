import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EngineSession } from "../copy/engine-session.ts";

const KEYS = "ACCESS_KEY_ID 'AKIDSANDBOX' SECRET_ACCESS_KEY 'secret/key'";
let session: EngineSession;

beforeAll(async () => {
  session = await EngineSession.start();
  await session.query(
    `CREATE TABLE v (id int, name varchar(40), state char(4), ok boolean, n numeric(30,2), s super);
     INSERT INTO v VALUES
       (1, E'a|b, "c"\\n\\\\d', 'NV', true, 12345678901234567890.10, '{"k": ["x, y", 1]}'),
       (2, NULL, NULL, NULL, NULL, NULL)`,
  );
});
afterAll(async () => {
  await session.stop();
});
beforeEach(() => {
  session.store.objects.clear();
  session.faults.clear();
});

async function unload(query: string, options: string): Promise<Record<string, string>> {
  const literal = query.replaceAll("\\", "\\\\").replaceAll("'", "''");
  await session.run(`UNLOAD ('${literal}') TO 's3://bucket/out/v_' ${KEYS} ${options}`);
  return files();
}

function files(): Record<string, string> {
  return Object.fromEntries(
    [...session.store.objects].sort().map(([key, body]) => [key, body.toString("utf8")]),
  );
}

const ROWS = "SELECT id, name, state, ok, n, s FROM v ORDER BY id";

describe("formats", () => {
  it("delimited text: pipes, NULL empty, CHAR without padding, SUPER as JSON", async () => {
    expect(await unload("SELECT id, state, ok, n, s FROM v ORDER BY id", "PARALLEL OFF")).toEqual({
      "out/v_000": '1|NV|t|12345678901234567890.10|{"k":["x, y",1]}\n2||||null\n',
    });
    expect(session.notices).toEqual(["INFO: UNLOAD completed, 2 record(s) unloaded successfully."]);
    expect(session.state.get("redshift.last_unload_count")).toBe("2");
  });

  it("HEADER, ADDQUOTES, ESCAPE, NULL AS", async () => {
    expect(
      await unload(
        "SELECT id, name FROM v ORDER BY id",
        "PARALLEL OFF HEADER ADDQUOTES ESCAPE NULL AS 'nil'",
      ),
    ).toEqual({
      "out/v_000": '"id"|"name"\n"1"|"a\\|b, \\"c\\"\\\n\\\\d"\n"2"|nil\n',
    });
  });

  it("CSV quotes what needs it", async () => {
    expect(await unload(ROWS, "PARALLEL FALSE FORMAT AS CSV HEADER")).toEqual({
      "out/v_000":
        'id,name,state,ok,n,s\n1,"a|b, ""c""\n\\d",NV,t,12345678901234567890.10,"{""k"":[""x, y"",1]}"\n2,,,,,null\n',
    });
  });

  it("JSON keeps types and digits and inlines SUPER", async () => {
    expect(await unload(ROWS, "PARALLEL OFF JSON")).toEqual({
      "out/v_000":
        '{"id":1,"name":"a|b, \\"c\\"\\n\\\\d","state":"NV","ok":"t","n":12345678901234567890.10,"s":{"k":["x, y",1]}}\n' +
        '{"id":2,"name":null,"state":null,"ok":null,"n":null,"s":null}\n',
    });
  });

  it("JSON of no rows writes no file; text leaves an empty one per slice", async () => {
    expect(await unload("SELECT 1 AS a WHERE false", "JSON")).toEqual({});
    expect(await unload("SELECT 1 AS a WHERE false", "")).toEqual({
      "out/v_0000_part_00": "",
      "out/v_0001_part_00": "",
    });
  });

  it("JSON needs unique names", async () => {
    await expect(unload("SELECT 1 AS a, 2 AS a", "JSON")).rejects.toThrow('"a" appears more than once');
  });
});

describe("files", () => {
  it("two slices share the rows; GZIP; a manifest lists them", async () => {
    await unload("SELECT generate_series(1, 1000) AS i", "GZIP MANIFEST");
    const keys = [...session.store.objects.keys()].sort();
    expect(keys).toEqual(["out/v_0000_part_00.gz", "out/v_0001_part_00.gz", "out/v_manifest"]);
    const lines = keys.slice(0, 2).flatMap((key) =>
      gunzipSync(session.store.objects.get(key) ?? "")
        .toString()
        .trim()
        .split("\n"),
    );
    expect(lines.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(JSON.parse(session.store.text("out/v_manifest") ?? "")).toEqual({
      entries: keys.slice(0, 2).map((key) => ({
        url: `s3://bucket/${key}`,
        meta: { content_length: session.store.objects.get(key)?.length },
      })),
    });
  });

  it("MANIFEST VERBOSE tells types, rows and sizes", async () => {
    await unload("SELECT id, name, n FROM v", "PARALLEL OFF HEADER MANIFEST VERBOSE EXTENSION 'txt'");
    const size = session.store.objects.get("out/v_000.txt")?.length;
    expect(JSON.parse(session.store.text("out/v_manifest") ?? "")).toEqual({
      entries: [{ url: "s3://bucket/out/v_000.txt", meta: { content_length: size, record_count: 3 } }],
      schema: {
        elements: [
          { name: "id", type: { base: "integer" } },
          { name: "name", type: { base: "character varying", max_length: 40 } },
          { name: "n", type: { base: "numeric", precision: 30, scale: 2 } },
        ],
      },
      meta: { content_length: size, record_count: 3 },
      author: { name: "Amazon Redshift", version: "1.0.0" },
    });
  });

  it("MAXFILESIZE begins another file; no row is cut", async () => {
    await unload("SELECT repeat('x', 999) FROM generate_series(1, 12000)", "PARALLEL OFF MAXFILESIZE 5 MB");
    const sizes = [...session.store.objects].sort().map(([key, body]) => [key, body.length] as const);
    expect(sizes.map(([key]) => key)).toEqual(["out/v_000", "out/v_001", "out/v_002"]);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBe(12_000_000);
    for (const [, size] of sizes) {
      expect(size % 1000).toBe(0);
      expect(size).toBeLessThanOrEqual(5 * 1024 * 1024);
    }
  });

  it("a target that is not empty is refused; ALLOWOVERWRITE keeps strangers, CLEANPATH removes them", async () => {
    session.store.put("out/v_old", "old");
    session.store.put("out/w", "other");
    await expect(unload("SELECT 1", "PARALLEL OFF")).rejects.toThrow(
      "Specified unload destination on S3 is not empty.",
    );
    expect(await unload("SELECT 1", "PARALLEL OFF ALLOWOVERWRITE")).toEqual({
      "out/v_000": "1\n",
      "out/v_old": "old",
      "out/w": "other",
    });
    expect(await unload("SELECT 2", "PARALLEL OFF CLEANPATH")).toEqual({
      "out/v_000": "2\n",
      "out/w": "other",
    });
  });

  it("a query that fails on the way leaves no half file", async () => {
    await expect(unload("SELECT 1 / (500 - i) FROM generate_series(1, 1000) AS g(i)", "")).rejects.toThrow(
      "division by zero",
    );
    expect(files()).toEqual({});
  });

  it.each([
    ["deny", "S3ServiceException:Access Denied,Status 403,Error AccessDenied"],
    ["cut", "S3 connection was closed before the whole object had been transferred"],
  ] as const)("the fault %s stops it", async (action, message) => {
    session.faults.add({ target: "copy", operation: "PutObject", action });
    await expect(unload("SELECT i FROM generate_series(1, 100000) AS g(i)", "PARALLEL OFF")).rejects.toThrow(
      message,
    );
    expect(files()).toEqual({});
  });

  it("what is unloaded is loaded again unharmed", async () => {
    for (const [out, back] of [
      ["ESCAPE NULL AS '\\N'", "ESCAPE"],
      ["ADDQUOTES ESCAPE NULL AS '@null@'", "REMOVEQUOTES ESCAPE NULL AS '@null@'"],
      ["CSV NULL AS '@null@'", "CSV NULL AS '@null@'"],
      ["JSON GZIP", "JSON 'auto' GZIP"],
    ]) {
      await unload("SELECT id, name, state, ok, n FROM v", `CLEANPATH ${out ?? ""}`);
      await session.query(
        "DROP TABLE IF EXISTS w; CREATE TABLE w AS SELECT id, name, state, ok, n FROM v WHERE false",
      );
      await session.run(`COPY w FROM 's3://bucket/out/v_' ${KEYS} ${back ?? ""}`);
      expect(await session.rows("SELECT * FROM w ORDER BY id"), out).toEqual(
        await session.rows("SELECT id, name, state, ok, n FROM v ORDER BY id"),
      );
    }
  });
});

describe("statements", () => {
  it.each([
    ["SELECT 1 LIMIT 1", "", "Limit clause is not supported in the outermost SELECT of an UNLOAD statement"],
    ["((SELECT 1 LIMIT 1))", "", "Limit clause is not supported in the outermost SELECT"],
    ["WITH a AS (SELECT 1) SELECT TOP 1 * FROM a", "", "TOP clause is not supported in the outermost SELECT"],
    ["(SELECT DISTINCT TOP 1 id FROM v)", "", "TOP clause is not supported in the outermost SELECT"],
    ["DELETE FROM v", "", "UNLOAD takes a SELECT query"],
    ["SELECT 1", "CLEANPATH ALLOWOVERWRITE", "CLEANPATH cannot be used with ALLOWOVERWRITE"],
    ["SELECT 1", "JSON DELIMITER ','", "JSON cannot be used with DELIMITER"],
    ["SELECT 1", "CSV ADDQUOTES", "CSV cannot be used with ADDQUOTES"],
    ["SELECT 1", "PARQUET", "redshift-sandbox does not imitate UNLOAD to PARQUET"],
    ["SELECT 1", "PARTITION BY (a)", "redshift-sandbox does not imitate UNLOAD with PARTITION BY"],
    ["SELECT 1", "MAXFILESIZE 4 MB", "MAXFILESIZE must be between 5 MB and 6.2 GB"],
  ])("UNLOAD ('%s') %s: %s", async (query, options, message) => {
    await expect(unload(query, options)).rejects.toThrow(message);
  });

  it("a LIMIT inside is fine, and a column of the name TOP", async () => {
    expect(await unload("SELECT * FROM (SELECT id FROM v ORDER BY id LIMIT 1) x", "PARALLEL OFF")).toEqual({
      "out/v_000": "1\n",
    });
    for (const query of [
      "(SELECT id FROM v WHERE id = 1) UNION ALL (SELECT 2 LIMIT 0)",
      "(SELECT top FROM (SELECT id AS top FROM v LIMIT 2) x WHERE top = 1)",
    ])
      expect(await unload(query, "PARALLEL OFF CLEANPATH"), query).toEqual({ "out/v_000": "1\n" });
  });
});
