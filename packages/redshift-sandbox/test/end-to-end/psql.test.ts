import { execFile, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect } from "./sessions.ts";

const version = /\d+/.exec(spawnSync("psql", ["--version"], { encoding: "utf8" }).stdout ?? "")?.[0];
if (version === undefined) console.warn("psql is not on this machine: its commands are not tried");

/** psql reads the server's version, 8.0.2, and from 15 on asks no server as a version before 9.2 would want to be asked. */
describe.skipIf(version === undefined)(`psql ${version ?? ""}`, () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const client = await connect(sandbox);
    await client.query(`CREATE TABLE sales (id int PRIMARY KEY, region varchar(20) NOT NULL DEFAULT 'x' ENCODE zstd, UNIQUE (region))
      DISTKEY (id) SORTKEY (region)`);
    await client.query("CREATE TABLE lines (sale int REFERENCES sales, number bigint IDENTITY (1, 1))");
    await client.query("CREATE VIEW regions AS SELECT region FROM sales");
    await client.query("CREATE SCHEMA staging");
    await client.end();
  });

  afterAll(() => sandbox.stop());

  /** Not waited for in this thread, which the sandbox needs. */
  function psql(command: string): Promise<{ readonly out: string; readonly error: string }> {
    const env = { ...process.env, ...sandbox.env, PGCLIENTENCODING: "UTF8" };
    return new Promise((resolve) => {
      execFile("psql", ["-X", "-A", "-c", command], { env, timeout: 20_000 }, (_failed, stdout, stderr) => {
        resolve({ out: stdout.trim(), error: stderr.trim() });
      });
    });
  }

  const list = (rows: readonly string[]): string =>
    ["List of relations", "schema|name|type|owner", ...rows].join("\n");

  test.each([
    [String.raw`\dt`, list(["public|lines|table|awsuser", "public|sales|table|awsuser", "(2 rows)"])],
    [String.raw`\dv`, list(["public|regions|view|awsuser", "(1 row)"])],
    [
      String.raw`\d`,
      list([
        "public|lines|table|awsuser",
        "public|regions|view|awsuser",
        "public|sales|table|awsuser",
        "(3 rows)",
      ]),
    ],
    [String.raw`\dn`, "List of schemas\nname|owner\npublic|rdsdb\nstaging|awsuser\n(2 rows)"],
    [
      String.raw`\d sales`,
      `Table "public.sales"
Column|Type|Collation|Nullable|Default
id|integer||not null|
region|character varying(20)||not null|'x'::character varying
Indexes:
    "sales_pkey" PRIMARY KEY, btree (id)
    "sales_region_key" UNIQUE CONSTRAINT, btree (region)
Referenced by:
    TABLE "lines" CONSTRAINT "lines_sale_fkey" FOREIGN KEY (sale) REFERENCES sales(id)`,
    ],
    [
      String.raw`\d lines`,
      `Table "public.lines"
Column|Type|Collation|Nullable|Default
sale|integer|||
number|bigint||not null|"identity"(OID, 1, '1,1'::text)
Foreign-key constraints:
    "lines_sale_fkey" FOREIGN KEY (sale) REFERENCES sales(id)`,
    ],
    [
      String.raw`\d regions`,
      `View "public.regions"
Column|Type|Collation|Nullable|Default
region|character varying(20)|||`,
    ],
    [
      String.raw`\sv regions`,
      `CREATE OR REPLACE VIEW public.regions AS
 SELECT region
   FROM sales`,
    ],
  ])("%s", async (command, expected) => {
    const { out, error } = await psql(command);
    expect({ out: out.replace(/"identity"\(\d+/, '"identity"(OID'), error }).toEqual({
      out: expected,
      error: "",
    });
  });

  // As on a cluster, which knows neither E'…' nor what PostgreSQL 8.1 and later added to the catalogs.
  test.each([
    [String.raw`\l`, 'type "e" does not exist'],
    [String.raw`\dn+`, 'type "e" does not exist'],
    [String.raw`\dp`, 'type "e" does not exist'],
    [String.raw`\du`, "arrays are not supported by Redshift"],
    [String.raw`\df`, "function pg_catalog.pg_get_function_result does not exist"],
    [String.raw`\dt+`, "function pg_catalog.pg_size_pretty does not exist"],
    [String.raw`\copy sales from /dev/null`, "COPY"],
  ])("%s fails with one readable error", async (command, reason) => {
    const { out, error } = await psql(command);
    expect(out).toBe("");
    expect(error).toMatch(/^ERROR: {2}/);
    expect(error).toContain(reason);
  });
});
