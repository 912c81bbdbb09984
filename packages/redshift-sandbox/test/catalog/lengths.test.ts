import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

test("VARCHAR counts bytes: what does not fit is refused, blanks are cut (facts 4)", async () => {
  await session.run(
    "CREATE TABLE t (v varchar(4))",
    "INSERT INTO t VALUES ('éé'), ('ab   '), ('abc é'::varchar(4))",
  );
  expect(await session.values("SELECT v FROM t")).toEqual(["éé", "ab  ", "abc "]);
  expect(await session.refusal("INSERT INTO t VALUES ('ééa')")).toBe(
    "22001 value too long for type character varying(4)",
  );
  expect(await session.refusal("INSERT INTO t SELECT repeat('é', 3)")).toBe(
    "22001 value too long for type character varying(4)",
  );
  expect(await session.refusal("UPDATE t SET v = v || 'xyz'")).toBe(
    "22001 value too long for type character varying(4)",
  );
});

test("CHAR refuses characters of several bytes, and pads with blanks", async () => {
  await session.run("CREATE TABLE t (c char(4))", "INSERT INTO t VALUES ('ab'), ('abcd    ')");
  expect(await session.values("SELECT c FROM t")).toEqual(["ab  ", "abcd"]);
  expect(await session.refusal("INSERT INTO t VALUES ('é')")).toBe(
    "22021 Multibyte character not supported for CHAR (Hint: try using VARCHAR)",
  );
  expect(await session.refusal("INSERT INTO t VALUES ('abcde')")).toBe(
    "22001 value too long for type character(4)",
  );
});

test("a bound parameter is counted like a literal", async () => {
  await session.run("CREATE TABLE t (v varchar(3))");
  await expect(session.client.query("INSERT INTO t VALUES ($1)", ["éé"])).rejects.toThrow(
    "value too long for type character varying(3)",
  );
});

test("an explicit cast cuts between characters, never inside one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      async (text, bytes) => {
        fc.pre(!text.includes("\0"));
        let expected = "";
        for (const character of text) {
          if (Buffer.byteLength(expected + character) > bytes) break;
          expected += character;
        }
        expect(await session.values(`SELECT $1::text::varchar(${bytes})`, [text])).toEqual([expected]);
        expect(await session.values(`SELECT octet_length($1::text::char(${bytes}))`, [text])).toEqual([
          bytes,
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

test("the server writes a length as it was read", async () => {
  await session.run(
    "CREATE TABLE t (v text)",
    "CREATE VIEW w AS SELECT v::varchar(2) AS a, v::char(3) AS b FROM t",
  );
  expect(await session.values("SELECT pg_get_viewdef('w'::regclass)")).toEqual([
    " SELECT (v)::character varying(2) AS a,\n    (v)::character(3) AS b\n   FROM t;",
  ]);
});
