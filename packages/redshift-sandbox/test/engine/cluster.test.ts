import { lstat, mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startCluster } from "../../src/engine/cluster.ts";
import type { Cluster } from "../../src/engine/cluster.ts";
import { resetCluster } from "../../src/engine/reset.ts";

async function ask(cluster: Cluster, sql: string, database = "dev"): Promise<unknown[]> {
  const client = await cluster.connect(database);
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

function asClient(cluster: Cluster, user: string, password: string, database = "dev"): pg.Client {
  return new pg.Client({ host: cluster.socketDir, port: cluster.port, user, password, database });
}

describe("a running cluster", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test("is PostgreSQL 17 with the settings that the translator relies on", async () => {
    const settings = [
      ["server_version_num", /^17/],
      ["standard_conforming_strings", /^off$/],
      ["backslash_quote", /^on$/],
      ["escape_string_warning", /^off$/],
      ["password_encryption", /^md5$/],
      ["TimeZone", /^UTC$/],
      ["listen_addresses", /^$/],
      ["server_encoding", /^UTF8$/],
      ["lc_collate", /^C$/],
      ["allow_alter_system", /^off$/],
    ] as const;
    for (const [name, expected] of settings)
      if (name === "lc_collate")
        expect(await ask(cluster, "SELECT datcollate FROM pg_database WHERE datname = 'dev'")).toEqual(["C"]);
      else
        expect(await ask(cluster, `SELECT redshift_sandbox.server_current_setting('${name}')`)).toEqual([
          expect.stringMatching(expected),
        ]);
  });

  test("does not run as root", async () => {
    const pid = Number((await readFile(join(cluster.data.pgData, "postmaster.pid"), "utf8")).split("\n")[0]);
    const owner =
      process.platform === "linux" ? (await stat(`/proc/${pid}`)).uid : (await stat(cluster.socketDir)).uid;
    expect(owner).not.toBe(0);
  });

  test("its socket and its data can be entered by their owner only", async () => {
    expect((await stat(cluster.socketDir)).mode & 0o777).toBe(0o700);
    expect((await stat(cluster.data.path)).mode & 0o777).toBe(0o700);
    expect((await stat(cluster.data.privateDirectory)).mode & 0o777).toBe(0o700);
  });

  test("a wrong password is refused, also over the socket", async () => {
    const client = asClient(cluster, "rdsdb", "wrong");
    await expect(client.connect()).rejects.toMatchObject({ code: "28P01" });
  });

  test("awsuser is a superuser and cannot enter template1", async () => {
    const client = asClient(cluster, "awsuser", cluster.password);
    await client.connect();
    const { rows } = await client.query(
      "SELECT usesuper FROM pg_catalog.pg_user WHERE usename = current_user",
    );
    expect(rows).toEqual([{ usesuper: true }]);
    await client.end();
    const other = asClient(cluster, "awsuser", cluster.password, "template1");
    await expect(other.connect()).rejects.toMatchObject({ code: "28000" });
  });

  test("reset brings back an empty dev, no users and no membership, whatever clients did to the administrator", async () => {
    const client = asClient(cluster, "awsuser", cluster.password);
    client.on("error", () => undefined); // reset disconnects it
    await client.connect();
    await client.query("CREATE TABLE kept (a int)");
    await client.query('CREATE ROLE "group/etl"');
    await client.query("CREATE ROLE alice LOGIN PASSWORD 'x' IN ROLE \"group/etl\"");
    await client.query("GRANT SELECT ON kept TO alice");
    await client.query('CREATE DATABASE "Other one"');
    await client.query('GRANT "role/sys:monitor" TO awsuser');
    await client.query("ALTER ROLE awsuser VALID UNTIL '2001-01-01' CONNECTION LIMIT 1 PASSWORD 'forgotten'");
    await resetCluster(cluster);
    const own = "SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|role/sys:)' ORDER BY 1";
    expect(await ask(cluster, own)).toEqual(["awsuser", "rdsdb"]);
    expect(
      await ask(cluster, "SELECT member FROM pg_auth_members WHERE member = 'awsuser'::regrole"),
    ).toEqual([]);
    expect(await ask(cluster, "SELECT datname FROM pg_database ORDER BY 1")).toEqual(["dev", "template1"]);
    expect(await ask(cluster, "SELECT to_regclass('kept')::text")).toEqual([null]);
    const again = asClient(cluster, "awsuser", cluster.password);
    await again.connect();
    await again.end();
  });

  test("everyone may create tables in the public schema of every database", async () => {
    await ask(cluster, "CREATE DATABASE another");
    for (const database of ["dev", "another"])
      expect(
        await ask(cluster, "SELECT has_schema_privilege('public', 'public', 'CREATE')", database),
      ).toEqual([true]);
  });
});

test("two clusters run at once and share neither password nor files", async () => {
  const [one, two] = await Promise.all([startCluster(), startCluster()]);
  try {
    expect(one.socketDir).not.toBe(two.socketDir);
    expect(one.password).not.toBe(two.password);
    expect(one.adminPassword).not.toBe(two.adminPassword);
    expect(await ask(one, "SELECT 1")).toEqual(await ask(two, "SELECT 1"));
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
});

test("stop leaves no file, and may be called twice", async () => {
  const cluster = await startCluster();
  await Promise.all([cluster.stop(), cluster.stop()]);
  await expect(lstat(cluster.run.path)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await cluster.exited).toContain("shut down");
});

describe("--data", () => {
  let base: string;
  let dataDir: string;

  beforeEach(async () => {
    // World-readable, because the server of a sandbox of root's is not root.
    base = await mkdtemp(join(tmpdir(), "cluster-test-"));
    await import("node:fs/promises").then(({ chmod }) => chmod(base, 0o755));
    dataDir = join(base, "a place");
  });

  afterEach(async () => {
    await rm(base, { recursive: true });
  });

  test("keeps rows and passwords between runs", async () => {
    const first = await startCluster({ dataDir });
    await ask(first, "CREATE TABLE kept AS SELECT 7 AS a");
    await ask(first, "ALTER ROLE awsuser PASSWORD 'changed by a client'");
    await first.stop();
    const second = await startCluster({ dataDir });
    try {
      expect(await ask(second, "SELECT a FROM kept")).toEqual([7]);
      expect(second.password).toBe(first.password);
      const client = asClient(second, "awsuser", second.password);
      await client.connect();
      await client.end();
    } finally {
      await second.stop();
    }
  });

  test("a second sandbox on the same directory is refused, and the first goes on", async () => {
    const first = await startCluster({ dataDir });
    try {
      await expect(startCluster({ dataDir })).rejects.toThrow(/is in use by a sandbox \(process \d+ on /);
      expect(await ask(first, "SELECT 1")).toEqual([1]);
    } finally {
      await first.stop();
    }
  });

  test("a first start that was interrupted begins again", async () => {
    const first = await startCluster({ dataDir });
    await first.stop();
    const statePath = join(dataDir, "private", "state.json");
    const { template: _template, ...state } = JSON.parse(await readFile(statePath, "utf8")) as Record<
      string,
      unknown
    >;
    await writeFile(statePath, JSON.stringify(state));
    const second = await startCluster({ dataDir });
    expect(await ask(second, "SELECT 1")).toEqual([1]);
    await second.stop();
  });

  test("a directory with other files in it is refused and left alone", async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, "thesis.txt"), "x");
    await expect(startCluster({ dataDir })).rejects.toThrow("holds files that are not a sandbox's");
    expect(await readdir(dataDir)).toEqual(["thesis.txt"]);
  });

  test("root is told when the server's user cannot reach it, and what to do", async (context) => {
    if (process.geteuid?.() !== 0) context.skip("the tests do not run as root");
    await mkdir(dataDir, { mode: 0o700 });
    await expect(startCluster({ dataDir: join(dataDir, "below") })).rejects.toThrow(
      `the user it runs as, \`nobody\`, may not enter ${dataDir}; choose a --data directory outside it`,
    );
  });

  test("files of another version are refused, and how to go on is said", async () => {
    const first = await startCluster({ dataDir });
    await first.data.saveState({ ...first.data.state, template: "template-16.1-older" });
    await first.stop();
    await expect(startCluster({ dataDir })).rejects.toThrow(
      `${await realpath(dataDir)} was made by another version of the sandbox or of PostgreSQL; use that version, or name a new --data directory.`,
    );
  });
});

test("--pg-bin that does not exist is one sentence", async () => {
  await expect(startCluster({ pgBin: "/nowhere/bin" })).rejects.toThrow(
    "--pg-bin /nowhere/bin does not exist; name the directory that holds postgres and initdb.",
  );
});
