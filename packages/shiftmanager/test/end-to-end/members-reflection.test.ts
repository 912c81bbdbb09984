import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DeepCopyOptions, Redshift, TableOverrides } from "../../src/index.ts";
import { OptionsError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

/** Small promises about reflection and deep copies (test/proof/), each shown against the sandbox. */
let sandbox: Sandbox;
let redshift: Redshift;
/** Changes what `redshift` cannot know of. */
let other: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  other = openRedshift(sandbox);
  await redshift.execute(`
    CREATE USER alice PASSWORD 'Abcdefg1';
    CREATE USER bob PASSWORD 'Abcdefg1';
    CREATE GROUP etl;
    CREATE ROLE analyst;
    CREATE SCHEMA shop;
    GRANT USAGE ON SCHEMA shop TO alice;
  `);
});

beforeEach(async () => {
  await redshift.execute(`
    DROP TABLE IF EXISTS shop.items CASCADE;
    CREATE TABLE shop.items (id INTEGER NOT NULL, name VARCHAR(40) DEFAULT '{} 100% {0} %s' ENCODE zstd, price DECIMAL(10, 2), at TIMESTAMP)
      DISTSTYLE EVEN;
    INSERT INTO shop.items VALUES (1, 'a', 1, '2026-01-01'), (2, 'b', 2, NULL), (2, 'b', 2, NULL);
    ALTER TABLE shop.items OWNER TO alice;
    GRANT SELECT ON shop.items TO GROUP etl;
  `);
});

afterAll(async () => {
  await redshift?.close();
  await other?.close();
  await sandbox?.stop();
});

async function rows(sql: string): Promise<readonly object[]> {
  const [result] = await redshift.execute(sql);
  return result?.rows ?? [];
}

const grantToEtl = "GRANT SELECT ON TABLE shop.items TO GROUP etl";

describe("reflectedTable", () => {
  test.each<[keyof TableOverrides, TableOverrides, string]>([
    ["distkey", { distkey: "id" }, "DISTSTYLE KEY\nDISTKEY (id)"],
    ["diststyle", { diststyle: "all" }, "DISTSTYLE ALL\n"],
    ["diststyle", { diststyle: "auto" }, "DISTSTYLE AUTO\n"],
    ["sortkey", { sortkey: ["at", "id"] }, "COMPOUND SORTKEY (at, id)"],
    ["interleavedSortkey", { interleavedSortkey: ["at", "id"] }, "INTERLEAVED SORTKEY (at, id)"],
    ["encodings", { encodings: { price: "runlength" } }, "price DECIMAL(10,2) ENCODE runlength"],
    ["columns", { columns: { id: { type: "bigint" } } }, "id BIGINT ENCODE "],
    ["columns", { columns: { more: { type: "varchar(5)" } } }, "more VARCHAR(5)"],
  ])("%s %j shows in the definition and is made by a deep copy", async (name, overrides, shown) => {
    const before = String(await redshift.tableDefinition("shop.items"));
    expect(before).not.toContain(shown);
    const table = await redshift.reflectedTable("items", { schema: "shop", ...overrides });
    expect(Object.keys(table.overrides)).toEqual([name]);
    expect(String(await redshift.tableDefinition(table))).toContain(shown);
    expect(String(await redshift.tableDefinition("shop.items"))).toBe(before);
    await redshift.deepCopy(table, { execute: true });
    expect(String(await redshift.tableDefinition("shop.items"))).toContain(shown);
    expect(await rows("SELECT id, name FROM shop.items ORDER BY id")).toHaveLength(3);
  });

  test("gives a value that cannot be changed", async () => {
    const table = await redshift.reflectedTable("shop.items");
    expect(() => Object.assign(table, { name: "other" })).toThrow(TypeError);
    expect(() => Object.assign(table.columns[0] ?? {}, { name: "other" })).toThrow(TypeError);
  });

  test.each<[TableOverrides, RegExp]>([
    [{ distkey: "nmae" }, /"nmae".*did you mean "name"\?/],
    [{ sortkey: ["id", "prise"] }, /"prise".*did you mean "price"\?/],
    [{ interleavedSortkey: ["ids"] }, /"ids".*did you mean "id"\?/],
    [{ encodings: { nmae: "lzo" } }, /"nmae".*did you mean "name"\?/],
  ])("%j names a column that is not there, and the nearest", async (overrides, message) => {
    const call = redshift.reflectedTable("shop.items", overrides);
    await expect(call).rejects.toBeInstanceOf(OptionsError);
    await expect(call).rejects.toThrow(message);
  });
});

describe("tableDefinition", () => {
  test("finds the table in the schema that is named, as an option or before the point", async () => {
    await expect(redshift.tableDefinition("items")).rejects.toThrow('there is one in "shop"');
    const definition = String(await redshift.tableDefinition("items", { schema: "shop" }));
    expect(definition).toContain("CREATE TABLE shop.items (");
    expect(String(await redshift.tableDefinition("shop.items"))).toBe(definition);
  });

  test("has owner and grants unless copyPrivileges is false", async () => {
    const owner = "ALTER TABLE shop.items OWNER TO alice";
    const whole = String(await redshift.tableDefinition("shop.items", { copyPrivileges: true }));
    expect(whole).toBe(String(await redshift.tableDefinition("shop.items")));
    const without = String(await redshift.tableDefinition("shop.items", { copyPrivileges: false }));
    expect(whole).toBe(`${without};\n${owner};\n${grantToEtl}`);
  });
});

describe("viewDefinition", () => {
  const text = `SELECT id, 'it''s 100% {} :x $1 \\\\' AS "Odd ""name""" /* kept */
  FROM shop.items -- to the end
  WHERE id > 1`;

  test("a late-binding view keeps its text, and works where it is created again", async () => {
    await redshift.execute(`CREATE VIEW shop.late AS ${text} WITH NO SCHEMA BINDING`);
    await redshift.execute("GRANT SELECT ON shop.late TO GROUP etl");
    const definition = await redshift.viewDefinition("shop.late");
    expect(String(definition)).toContain(text);
    expect(String(definition)).toMatch(/WITH NO SCHEMA BINDING/i);
    expect(String(definition)).toContain("GRANT SELECT ON TABLE shop.late TO GROUP etl");
    const shown = await rows("SELECT * FROM shop.late");
    await redshift.execute("DROP VIEW shop.late");
    await redshift.execute(definition);
    expect(await rows("SELECT * FROM shop.late")).toEqual(shown);
    expect(String(await redshift.viewDefinition("shop.late"))).toBe(String(definition));
    await redshift.execute("DROP VIEW shop.late");
  });

  test("a materialized view keeps its text and its attributes, and works where it is created again", async () => {
    await redshift.execute(
      `CREATE MATERIALIZED VIEW shop.kept BACKUP NO DISTSTYLE KEY DISTKEY (id) SORTKEY (id) AUTO REFRESH NO AS ${text}`,
    );
    const definition = await redshift.viewDefinition("shop.kept", { copyPrivileges: false });
    expect(String(definition)).toContain(text);
    expect(String(definition)).toMatch(/BACKUP NO\s+DISTSTYLE KEY\s+DISTKEY \(id\)\s+SORTKEY \(id\)/i);
    const shown = await rows("SELECT * FROM shop.kept");
    expect(shown).toHaveLength(2);
    await redshift.execute("DROP MATERIALIZED VIEW shop.kept");
    await redshift.execute(definition);
    expect(await rows("SELECT * FROM shop.kept")).toEqual(shown);
    expect(String(await redshift.viewDefinition("shop.kept", { copyPrivileges: false }))).toBe(
      String(definition),
    );
    await redshift.execute("DROP MATERIALIZED VIEW shop.kept");
  });

  test("schema, copyPrivileges and execute do what they say", async () => {
    await redshift.execute(
      "CREATE VIEW shop.seen AS SELECT id FROM shop.items; GRANT SELECT ON shop.seen TO GROUP etl",
    );
    await expect(redshift.viewDefinition("seen")).rejects.toThrow('there is one in "shop"');
    const whole = await redshift.viewDefinition("seen", { schema: "shop" });
    expect(String(whole)).toContain("GRANT SELECT ON TABLE shop.seen TO GROUP etl");
    const without = String(await redshift.viewDefinition("shop.seen", { copyPrivileges: false }));
    expect(String(whole).startsWith(`${without};\n`)).toBe(true);
    expect(without).not.toMatch(/GRANT|OWNER/);

    // CREATE OR REPLACE puts back what was replaced meanwhile: only execute does it.
    await redshift.execute("CREATE OR REPLACE VIEW shop.seen AS SELECT id FROM shop.items WHERE id = 1");
    const narrow = await redshift.viewDefinition("shop.seen");
    await redshift.execute(whole);
    expect(await rows("SELECT id FROM shop.seen")).toHaveLength(3);
    const told = await redshift.viewDefinition("shop.seen", { execute: true });
    expect(String(told)).toBe(String(whole));
    expect(String(narrow)).not.toBe(String(whole));
  });
});

describe("reflectedPrivileges", () => {
  test("tells users, groups, PUBLIC, roles, columns and grant options, and replayed gives the same", async () => {
    await redshift.execute(`
      GRANT UPDATE ON shop.items TO PUBLIC;
      GRANT DELETE ON shop.items TO ROLE analyst;
      GRANT SELECT (name), UPDATE (price) ON shop.items TO ROLE analyst;
      GRANT INSERT ON shop.items TO bob WITH GRANT OPTION;
      GRANT SELECT (id) ON shop.items TO bob;
    `);
    const batch = await redshift.reflectedPrivileges("items", { schema: "shop" });
    expect(String(batch).split(";\n").sort()).toEqual(
      [
        "GRANT DELETE ON TABLE shop.items TO ROLE analyst",
        "GRANT INSERT ON TABLE shop.items TO bob WITH GRANT OPTION",
        grantToEtl,
        "GRANT SELECT (id) ON TABLE shop.items TO bob",
        "GRANT SELECT (name) ON TABLE shop.items TO ROLE analyst",
        "GRANT UPDATE (price) ON TABLE shop.items TO ROLE analyst",
        "GRANT UPDATE ON TABLE shop.items TO PUBLIC",
      ].sort(),
    );
    await redshift.execute(`
      REVOKE ALL ON shop.items FROM PUBLIC; REVOKE ALL ON shop.items FROM GROUP etl; REVOKE ALL ON shop.items FROM bob;
      REVOKE ALL ON shop.items FROM ROLE analyst; REVOKE SELECT (id) ON shop.items FROM bob;
      REVOKE SELECT (name), UPDATE (price) ON shop.items FROM ROLE analyst`);
    expect(String(await redshift.reflectedPrivileges("shop.items"))).toBe("");
    await redshift.execute(batch);
    expect(String(await redshift.reflectedPrivileges("shop.items"))).toBe(String(batch));
  });

  test("names that hold group, =, /, spaces and quotes come out quoted and whole", async () => {
    await redshift.execute(`
      CREATE USER "group etl" PASSWORD DISABLE;
      CREATE USER "a=arwd, ""b"" c" PASSWORD DISABLE;
      CREATE GROUP "group = ""x"" / y";
      GRANT SELECT ON shop.items TO "group etl";
      GRANT SELECT ON shop.items TO "a=arwd, ""b"" c";
      GRANT SELECT ON shop.items TO GROUP "group = ""x"" / y";
    `);
    const batch = await redshift.reflectedPrivileges("shop.items");
    expect(batch.notes).toEqual([]);
    expect(String(batch).split(";\n").sort()).toEqual(
      [
        grantToEtl,
        `GRANT SELECT ON TABLE shop.items TO GROUP "group = ""x"" / y"`,
        `GRANT SELECT ON TABLE shop.items TO "a=arwd, ""b"" c"`,
        `GRANT SELECT ON TABLE shop.items TO "group etl"`,
      ].sort(),
    );
    await redshift.execute(batch);
  });

  test("a letter that nobody knows is told, and the others are read", async () => {
    // What Redshift may say one day: the sandbox's answer with another letter in it.
    const { PGHOST, PGPORT } = sandbox.env;
    const newer = createServer((client) => {
      const server = connect(Number(PGPORT), PGHOST);
      for (const socket of [client, server]) socket.on("error", () => undefined);
      client.pipe(server).on("data", (data: Buffer) => {
        client.write(data.toString("latin1").replaceAll("group etl=r/", "group etl=Z/"), "latin1");
      });
      server.on("close", () => client.end());
    });
    await new Promise<void>((resolve) => newer.listen(0, "127.0.0.1", resolve));
    const { port } = newer.address() as AddressInfo;
    const through = openRedshift(sandbox, { port });
    try {
      await redshift.execute("GRANT DELETE ON shop.items TO PUBLIC");
      const batch = await through.reflectedPrivileges("shop.items");
      expect(String(batch)).toBe("GRANT DELETE ON TABLE shop.items TO PUBLIC");
      expect(batch.notes.join("\n")).toMatch(/etl.*\bZ\b|\bZ\b.*etl/);
    } finally {
      await through.close();
      newer.close();
    }
  });

  test("reads the schema that is named, and with useCache: false the server", async () => {
    await expect(redshift.reflectedPrivileges("items")).rejects.toThrow('there is one in "shop"');
    await (await redshift.catalog).refresh();
    await other.execute("GRANT INSERT ON shop.items TO GROUP etl");
    expect(String(await redshift.reflectedPrivileges("items", { schema: "shop" }))).toBe(grantToEtl);
    expect(String(await redshift.reflectedPrivileges("shop.items", { useCache: false }))).toBe(
      "GRANT SELECT, INSERT ON TABLE shop.items TO GROUP etl",
    );
  });
});

describe("deepCopy", () => {
  const privileges = async () => String(await redshift.reflectedPrivileges("shop.items"));
  const copy = (options: DeepCopyOptions & { execute?: boolean; schema?: string } = {}) =>
    redshift.deepCopy("shop.items", options);

  test("a default with braces and percent signs comes through", async () => {
    await copy({ execute: true });
    await redshift.execute("INSERT INTO shop.items (id) VALUES (9)");
    expect(await rows("SELECT name FROM shop.items WHERE id = 9")).toEqual([{ name: "{} 100% {0} %s" }]);
  });

  test("finds the table in the schema that is named, and changes nothing without execute", async () => {
    await expect(redshift.deepCopy("items")).rejects.toThrow('there is one in "shop"');
    const batch = await redshift.deepCopy("items", { schema: "shop", distinct: true });
    expect(String(batch)).toContain("LOCK TABLE shop.items");
    expect(await rows("SELECT id FROM shop.items")).toHaveLength(3);
    await redshift.execute(batch);
    expect(await rows("SELECT id FROM shop.items")).toHaveLength(2);
  });

  test("grants are carried over unless copyPrivileges is false, and the review says so; the owner stays", async () => {
    expect((await copy({ copyPrivileges: true, execute: true })).notes.join()).not.toContain("grants");
    expect(await privileges()).toBe(grantToEtl);
    const batch = await copy({ copyPrivileges: false, execute: true });
    expect(batch.notes).toContain("The grants on the old table are not carried over, as you asked.");
    expect(await privileges()).toBe("");
    expect(await rows("SELECT tableowner FROM pg_tables WHERE tablename = 'items'")).toEqual([
      { tableowner: "alice" },
    ]);
  });

  test("reads afresh, whatever useCache says", async () => {
    await (await redshift.catalog).refresh();
    await other.execute(
      "ALTER TABLE shop.items ADD COLUMN late INTEGER; GRANT INSERT ON shop.items TO GROUP etl",
    );
    const batch = await copy({ useCache: true, execute: true });
    expect(String(batch)).toContain("late INTEGER");
    expect(await privileges()).toBe("GRANT SELECT, INSERT ON TABLE shop.items TO GROUP etl");
  });

  test("ANALYZE comes last, after the commit, unless analyze is false", async () => {
    expect((await copy()).toScript()).toMatch(/\nCOMMIT;\n[^]*\nANALYZE shop\.items;\n$/);
    expect(String(await copy({ analyze: false }))).not.toContain("ANALYZE");
  });

  test("the ALTER that would do without a copy is proposed, and does", async () => {
    const { notes } = await copy({ distkey: "id", sortkey: ["at"] });
    const proposed = /^The same design without a copy: (.*)\. A copy is needed only/.exec(
      notes[0] ?? "",
    )?.[1];
    await redshift.execute(proposed ?? "");
    const altered = String(await redshift.tableDefinition("shop.items"));
    expect(altered).toContain("DISTSTYLE KEY\nDISTKEY (id)\nCOMPOUND SORTKEY (at)");
    for (const options of [{ distinct: true }, { interleavedSortkey: ["at"] }]) {
      expect((await copy(options)).notes.join("\n")).not.toContain("without a copy");
    }
  });

  test("a table under a row-level security policy is refused, whoever asks", async () => {
    await redshift.execute(`
      CREATE RLS POLICY low WITH (id INTEGER) USING (id < 2);
      ATTACH RLS POLICY low ON shop.items TO PUBLIC;
      ALTER TABLE shop.items ROW LEVEL SECURITY ON`);
    try {
      await expect(copy({ execute: true })).rejects.toThrow(
        /^shop\.items is under .*: a copy would take over only the rows and values that it lets through/,
      );
    } finally {
      await redshift.execute(
        "ALTER TABLE shop.items ROW LEVEL SECURITY OFF; DETACH RLS POLICY low ON shop.items FROM PUBLIC; DROP RLS POLICY low",
      );
    }
    expect(await rows("SELECT id FROM shop.items")).toHaveLength(3);
    // Who could not see a policy is refused until he says that there is none.
    const alice = openRedshift(sandbox, { user: "alice", password: "Abcdefg1" });
    await expect(alice.deepCopy("shop.items")).rejects.toThrow("assumeNoPolicies: true");
    await alice.close();
  });

  test("a table under a masking policy is refused", async () => {
    await redshift.execute(`
      CREATE MASKING POLICY hidden WITH (name VARCHAR(40)) USING ('?'::VARCHAR(40));
      ATTACH MASKING POLICY hidden ON shop.items (name) TO PUBLIC`);
    try {
      await expect(copy({ execute: true })).rejects.toThrow(/^shop\.items is under /);
    } finally {
      await redshift.execute(
        "DETACH MASKING POLICY hidden ON shop.items (name) FROM PUBLIC; DROP MASKING POLICY hidden",
      );
    }
  });

  test("a table that a materialized view reads is refused, naming it", async () => {
    await redshift.execute("CREATE MATERIALIZED VIEW shop.totals AS SELECT id FROM shop.items");
    await expect(copy({ execute: true })).rejects.toThrow(
      /^Materialized views read shop\.items or a view on it, .*: shop\.totals\./,
    );
    await redshift.execute("REFRESH MATERIALIZED VIEW shop.totals; DROP MATERIALIZED VIEW shop.totals");
  });
});
