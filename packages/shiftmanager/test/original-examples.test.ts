import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Batch, Redshift, type ShiftmanagerEvent } from "../src/index.ts";
import { openRedshift } from "./end-to-end/open-redshift.ts";

/**
 * The examples of the Python original's documentation, in TypeScript, against a sandbox. The SQL is that of the documentation
 * but for white space; what we write otherwise, or besides, is named here with its reason.
 */
let sandbox: Sandbox;
let redshift: Redshift;
const events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
  await redshift.execute(`
    CREATE USER chad PASSWORD 'Abcdefg1';
    CREATE USER clarissa PASSWORD 'Abcdefg1';
    CREATE SCHEMA my_schema;
    GRANT ALL ON SCHEMA my_schema TO chad;
    CREATE TABLE my_schema.my_table (id CHAR(36) ENCODE lzo, email_address VARCHAR(256) ENCODE raw)
      DISTSTYLE KEY DISTKEY (id) SORTKEY (id);
    INSERT INTO my_schema.my_table VALUES ('1', 'a@example.com'), ('2', NULL);
    ALTER TABLE my_schema.my_table OWNER TO chad;
    GRANT ALL ON my_schema.my_table TO clarissa;
    CREATE TABLE my_schema.messages (message_id INT, when_recorded TIMESTAMP);
    INSERT INTO my_schema.messages VALUES (1, '2020-01-01'), (1, '2021-01-01'), (1, NULL), (2, NULL)
  `);
  events.length = 0;
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

/** What we write in other words than the documentation does, and why. */
const otherWords: readonly (readonly [documented: RegExp, ours: string, why: string])[] = [
  [
    /(DISTKEY \(\w+\)) SORTKEY/,
    "$1 COMPOUND SORTKEY",
    "the kind of a sort key is said, not left to a default",
  ],
  [/^GRANT ALL ON (\w+\.)/, "GRANT ALL ON TABLE $1", "the kind of the object is said"],
  [
    /^INSERT INTO my_schema\.my_table SELECT \* from/,
    "INSERT INTO my_schema.my_table (id, email_address) SELECT id, email_address FROM",
    "columns go by name: their order in the catalog need not be that of the statement",
  ],
];

/** What a deep copy does besides, and why. */
const additions: readonly (readonly [statement: RegExp, why: string])[] = [
  [/AS table_is_as_reviewed /, "proves under the lock that the table is still the one that was read"],
  [/^REVOKE ALL ON TABLE .* FROM PUBLIC/, "takes back what default privileges added"],
  [/^GRANT ALL ON TABLE .* TO chad$/, "gives the owner back what that took"],
  [/AS every_row_was_copied /, "proves that no row was lost before the old table is dropped"],
  [/^ANALYZE /, "updates the statistics, which INSERT does not, after the commit"],
];

const oneSpace = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/\( /g, "(").replace(/ \)/g, ")").trim();

/** The documentation's statements in our words. */
function inOurWords(documented: string): readonly string[] {
  return documented
    .split(";")
    .map(oneSpace)
    .filter((statement) => statement !== "")
    .map((statement) => otherWords.reduce((text, [words, ours]) => text.replace(words, ours), statement));
}

/** Our statements, without those that the documentation does not have. */
function withoutAdditions(batch: Batch): readonly string[] {
  return batch
    .toSQL()
    .split(";\n")
    .map(oneSpace)
    .filter((statement) => !additions.some(([addition]) => addition.test(statement)));
}

describe("Basic usage", () => {
  test("connection parameters are passed or come from the environment", async () => {
    const { env } = sandbox;
    for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"])
      vi.stubEnv(name, env[name as "PGHOST"]);
    const fromEnvironment = new Redshift();
    expect(await fromEnvironment.tableExists("my_schema.my_table")).toBe(true);
    await fromEnvironment.close();
    vi.stubEnv("PGUSER", "nobody");
    const passed = new Redshift({ host: env.PGHOST, user: env.PGUSER, password: env.PGPASSWORD });
    expect(await passed.tableExists("my_schema.my_table")).toBe(true);
    await passed.close();
    vi.unstubAllEnvs();
  });

  test("alter_user('chad', wlm_query_slot_count=2); building it needs no connection", async () => {
    const statement = await redshift.alterUser("chad", { parameters: { wlm_query_slot_count: 2 } });
    expect(events).toEqual([]);
    expect(String(statement)).toBe("ALTER USER chad SET wlm_query_slot_count = 2");
  });

  test("redshift.execute(statement) connects, which an event tells in place of a print", async () => {
    await redshift.execute("SELECT 1");
    const statement = await redshift.alterUser("chad", { parameters: { wlm_query_slot_count: 2 } });
    await redshift.execute(statement);
    const { PGHOST, PGUSER } = sandbox.env;
    const own = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
    events.length = 0;
    await own.execute(statement);
    await own.close();
    expect(events[0]).toMatchObject({ type: "connecting", host: PGHOST, user: PGUSER });
    const chad = (await redshift.getUsers()).find(({ name }) => name === "chad");
    expect(chad?.parameters).toEqual({ wlm_query_slot_count: "2" });
  });

  test("alter_user(…, execute=True) runs it as well", async () => {
    const batch = await redshift.alterUser("chad", {
      parameters: { wlm_query_slot_count: 3 },
      execute: true,
    });
    expect(String(batch)).toBe("ALTER USER chad SET wlm_query_slot_count = 3");
    const chad = (await redshift.getUsers()).find(({ name }) => name === "chad");
    expect(chad?.parameters).toEqual({ wlm_query_slot_count: "3" });
  });

  test("a batch that produces an error is rolled back", async () => {
    await expect(
      redshift.execute("CREATE TABLE half_done (n INT); ALTER USER nobody_there SET timezone = 'UTC'"),
    ).rejects.toThrow(/Statement 2 of 2/);
    expect(await redshift.tableExists("half_done")).toBe(false);
  });
});

describe("Creating users", () => {
  test("create_user('newuser', random_password(), createuser=True); the password does not show", async () => {
    const password = redshift.randomPassword();
    expect(password).toMatch(/^[!-~]{64}$/);
    const statement = await redshift.createUser("newuser", password, { createuser: true });
    expect(oneSpace(String(statement))).toBe("CREATE USER newuser PASSWORD <secret> CREATEUSER");
    expect(oneSpace(statement.toSQL({ secrets: "reveal" }))).toBe(
      `CREATE USER newuser PASSWORD '${password}' CREATEUSER`,
    );
    await redshift.execute(statement);
    expect((await redshift.getUsers()).find(({ name }) => name === "newuser")).toMatchObject({
      superuser: true,
    });
  });
});

const definition = `
  CREATE TABLE my_schema.my_table (

  id CHAR(36) ENCODE lzo,
  email_address VARCHAR(256) ENCODE raw

  ) DISTSTYLE KEY DISTKEY (id) SORTKEY (id)

  ;
  ALTER TABLE my_schema.my_table OWNER TO chad;
  GRANT ALL ON my_schema.my_table TO clarissa`;

const copied = (table: string) => `
  LOCK TABLE my_schema.my_table;
  ALTER TABLE my_schema.my_table RENAME TO my_table$outgoing;
  ${table};
  INSERT INTO my_schema.my_table SELECT * from my_schema.my_table$outgoing;
  DROP TABLE my_schema.my_table$outgoing`;

describe("Schema reflection, deep copies, deduping and migrations", () => {
  test("table_definition('my_table', schema='my_schema')", async () => {
    const batch = await redshift.tableDefinition("my_table", { schema: "my_schema" });
    expect(withoutAdditions(batch)).toEqual(inOurWords(definition));
  });

  test("deep_copy('my_table', schema='my_schema')", async () => {
    const batch = await redshift.deepCopy("my_table", { schema: "my_schema" });
    expect(withoutAdditions(batch)).toEqual(inOurWords(copied(definition)));
  });

  test("what a deep copy does besides is each thing once, and named", async () => {
    const statements = (await redshift.deepCopy("my_table", { schema: "my_schema" }))
      .toSQL()
      .split(";\n")
      .map(oneSpace);
    const times = additions.map(([addition]) => statements.filter((text) => addition.test(text)).length);
    expect(times).toEqual(additions.map(() => 1));
  });

  test("deep_copy(…, distinct=True) adds DISTINCT to the SELECT", async () => {
    const batch = await redshift.deepCopy("my_table", { schema: "my_schema", distinct: true });
    expect(withoutAdditions(batch)).toEqual(
      inOurWords(copied(definition)).map((statement) =>
        statement.replace(") SELECT id, email_address", ") SELECT DISTINCT id, email_address"),
      ),
    );
  });

  test("deduplicate_partition_by keeps the first row in the order; the rows kept are the original's", async () => {
    const options = {
      schema: "my_schema",
      deduplicatePartitionBy: "message_id",
      deduplicateOrderBy: "when_recorded DESC NULLS LAST",
    };
    const batch = await redshift.deepCopy("messages", options);
    expect(batch.toSQL()).toContain(
      "ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY when_recorded DESC NULLS LAST)",
    );
    await redshift.execute(batch);
    const [result] = await redshift.execute("SELECT * FROM my_schema.messages ORDER BY 1");
    expect(result?.rows).toEqual([
      { message_id: 1, when_recorded: "2021-01-01 00:00:00" },
      { message_id: 2, when_recorded: null },
    ]);
  });

  test("deep_copy with redshift_distkey and redshift_sortkey migrates to another design", async () => {
    const batch = await redshift.deepCopy("my_table", {
      schema: "my_schema",
      distkey: "email_address",
      sortkey: ["email_address", "id"],
    });
    const migrated = definition
      .replace("DISTKEY (id)", "DISTKEY (email_address)")
      .replace("SORTKEY (id)", "SORTKEY (email_address, id)");
    expect(withoutAdditions(batch)).toEqual(inOurWords(copied(migrated)));
    await redshift.execute(batch);
    const after = await redshift.tableDefinition("my_table", { schema: "my_schema" });
    expect(withoutAdditions(after)).toEqual(inOurWords(migrated));
  });
});

describe("Configuring shiftmanager for your environment", () => {
  test("objects by name wait for their first use to connect", () => {
    vi.stubEnv("PGUSER", "me");
    vi.stubEnv("PGPASSWORD", "secret");
    const dev = new Redshift({ host: "my-dev-host" });
    const prod = new Redshift({ host: "my-prod-host" });
    expect([dev, prod]).toHaveLength(2);
    vi.unstubAllEnvs();
  });
});
