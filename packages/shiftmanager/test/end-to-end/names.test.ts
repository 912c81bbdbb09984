import fc from "fast-check";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { identifier, literal, sql, userName } from "../../src/index.ts";
import { qualifiedName } from "../../src/sql/quote.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

/** Cut to Redshift's limit, never within a character. */
function cut(text: string): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > 127) break;
    kept += character;
  }
  return kept;
}

const characters = [
  ..."azAZ09_ .,;:=/\\'\"%$(){}[]<>*+-~`!?@#^&|\t\n",
  ...["é", "ß", "漢", "😀", "$$", "--", "/*", "*/", ":x", "$1", "{0}", "%s", "\\'", "''"],
];
const reserved = [
  "select",
  "table",
  "user",
  "group",
  "order",
  "default",
  "public",
  "current_user",
  "tag",
  "raw",
];
const short = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 12 });
const long = fc
  .string({ unit: fc.constantFrom(...characters, "xxxxxxxx", "漢漢漢"), minLength: 20, maxLength: 60 })
  .map(cut)
  .filter((text) => Buffer.byteLength(text) >= 60);
const anyName = fc.oneof(
  short,
  long,
  fc.constantFrom(...reserved, "x".repeat(127), "é".repeat(63), "漢".repeat(42)),
);
/** As the catalog holds a name of a relation, column or group: quoted names fold too. */
const folded = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const tableName = anyName.map(folded);
/** What the sandbox cannot have as a user's name, and says so by name. */
const roleName = anyName.filter(
  (name) => !name.includes("/") && !name.startsWith("pg_") && folded(name) !== "public" && name !== "rdsdb",
);

const world = fc
  .record({
    // A schema of the server's own cannot be created again.
    schema: tableName.filter((name) => name !== "public" && !name.startsWith("pg_")),
    // CREATE TABLE #name makes a temporary table.
    table: tableName.filter((name) => !name.startsWith("#")),
    columns: fc.uniqueArray(tableName, { minLength: 2, maxLength: 4 }),
    key: tableName,
    user: roleName,
    group: roleName.map(folded),
    comment: fc
      .oneof(fc.string({ unit: "grapheme", minLength: 1 }), anyName)
      .filter((text) => !text.includes("\0")),
    value: fc.oneof(anyName, fc.constantFrom("'", "\\", "\\'", "\n", "NULL", "")),
  })
  // PostgreSQL underneath keeps an index of the key's name beside the table.
  .filter(({ table, key }) => table !== key);

test("any name and comment goes through builder, sandbox, reflection and deep copy unharmed", async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ schema, table, columns, key, user, group, comment, value }) => {
      const name = { schema, name: table };
      const path = qualifiedName(name);
      const [first = "", second = ""] = columns;
      try {
        await redshift.execute("CREATE SCHEMA $1", [identifier(schema)]);
        await redshift.createUser(user, "Str0ngEnough", { passwordHash: "md5", execute: true });
        await redshift.execute("CREATE GROUP $1", [userName(group)]);
        await redshift.alterUser(user, { groups: [group], execute: true });
        for (const text of [
          sql`CREATE TABLE ${path} (${identifier(first)} VARCHAR(600) DEFAULT ${literal(value)} ENCODE zstd NOT NULL, ${identifier(second)} INTEGER ENCODE az64)
            DISTKEY (${identifier(second)}) SORTKEY (${identifier(first)})`,
          ...columns
            .slice(2)
            .map((column) => sql`ALTER TABLE ${path} ADD COLUMN ${identifier(column)} INTEGER ENCODE az64`),
          sql`ALTER TABLE ${path} ADD CONSTRAINT ${identifier(key)} PRIMARY KEY (${identifier(first)})`,
          sql`COMMENT ON TABLE ${path} IS ${literal(comment)}`,
          sql`COMMENT ON COLUMN ${path}.${identifier(second)} IS ${literal(comment)}`,
          sql`GRANT SELECT ON TABLE ${path} TO ${userName(user)} WITH GRANT OPTION`,
          sql`GRANT INSERT ON TABLE ${path} TO GROUP ${userName(group)}`,
          sql`GRANT UPDATE (${identifier(second)}) ON TABLE ${path} TO ${userName(user)}`,
          sql`INSERT INTO ${path} (${identifier(second)}) VALUES (7)`,
        ]) {
          await redshift.execute("$1", [text]);
        }

        expect(await redshift.tableExists(name)).toBe(true);
        expect(await redshift.getTableNames({ schema })).toEqual([table]);
        const definition = await redshift.tableDefinition(name);
        const privileges = await redshift.reflectedPrivileges(name);
        for (const part of [first, second, key])
          expect(String(definition)).toContain(String(identifier(part)));
        expect(String(definition)).toContain(`IS ${String(literal(comment))}`);
        expect(String(privileges)).toContain(`TO GROUP ${String(userName(group))}`);
        expect(String(privileges)).toContain(`TO ${String(userName(user))} WITH GRANT OPTION`);

        // The same once more, from its own definition.
        await redshift.execute("DROP TABLE $1", [path]);
        await redshift.execute(definition);
        await redshift.execute("$1", [sql`INSERT INTO ${path} (${identifier(second)}) VALUES (7)`]);
        expect(String(await redshift.tableDefinition(name))).toBe(String(definition));

        await redshift.deepCopy(name, { execute: true });
        await redshift.deepCopy(name, {
          deduplicatePartitionBy: [first],
          deduplicateOrderBy: "any",
          analyze: false,
          execute: true,
        });
        expect(String(await redshift.tableDefinition(name))).toBe(String(definition));
        const [rows] = await redshift.execute("$1", [
          sql`SELECT ${identifier(first)}, ${identifier(second)} FROM ${path}`,
        ]);
        expect(Object.values(rows?.rows[0] ?? {})).toEqual([value, 7]);
        expect(rows?.rows).toHaveLength(1);
      } finally {
        await redshift.execute("DROP SCHEMA IF EXISTS $1 CASCADE", [identifier(schema)]);
        await redshift.execute("DROP USER IF EXISTS $1", [userName(user)]);
        await redshift.execute("DROP GROUP $1", [userName(group)]).catch(() => undefined);
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
