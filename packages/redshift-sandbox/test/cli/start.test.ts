import { execFile } from "node:child_process";
import { readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { parseEnv, promisify } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  isRunning,
  makeTmpdir,
  runCommand,
  runDirectories,
  serverPid,
  startCommand,
  until,
} from "./command.ts";
import type { Started } from "./command.ts";

let tmp: string;
let env: NodeJS.ProcessEnv;
let started: Started | undefined;

beforeAll(async () => {
  tmp = await makeTmpdir();
  env = { ...process.env, TMPDIR: tmp };
});

afterEach(async () => {
  started?.process.kill("SIGTERM");
  await started?.finished;
  started = undefined;
});

afterAll(async () => {
  await rm(tmp, { recursive: true });
});

async function startReady(
  ...args: string[]
): Promise<Started & { readonly env: Readonly<Record<string, string | undefined>> }> {
  const file = join(tmp, "sandbox.env");
  const one = startCommand(["start", "--port", "0", "--s3-port", "0", "--env-file", file, ...args], { env });
  started = one;
  await until("the sandbox is ready", () => {
    if (one.process.exitCode !== null) throw new Error(one.output());
    return one.output().includes("Stop it with Ctrl-C.");
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  return { ...one, env: parseEnv(await readFile(file, "utf8")) };
}

async function runDirectory(): Promise<string> {
  const [path, ...more] = await runDirectories(tmp);
  expect(more).toEqual([]);
  if (path === undefined) throw new Error("There is no run directory.");
  return path;
}

function ports(sandboxEnv: Readonly<Record<string, string | undefined>>): number[] {
  return [sandboxEnv["PGPORT"], new URL(sandboxEnv["AWS_ENDPOINT_URL_S3"] ?? "").port].map(Number);
}

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 2000 }, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
    socket.on("timeout", () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
  });
}

async function query(
  sandboxEnv: Readonly<Record<string, string | undefined>>,
  sql: string,
): Promise<readonly unknown[]> {
  const { PGHOST: host, PGPORT, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = sandboxEnv;
  const client = new pg.Client({ host, port: Number(PGPORT), user, password, database, ssl: false });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows ?? [];
  } finally {
    await client.end();
  }
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops it with code %i and leaves no process, port or file", async (signal, code) => {
  const sandbox = await startReady();
  const pid = await serverPid(await runDirectory());
  sandbox.process.kill(signal);
  expect((await sandbox.finished).code).toBe(code);
  expect(isRunning(pid)).toBe(false);
  expect(await runDirectories(tmp)).toEqual([]);
  await expect(stat(join(tmp, "sandbox.env"))).rejects.toMatchObject({ code: "ENOENT" });
  for (const port of ports(sandbox.env))
    await expect(reach("127.0.0.1", port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("it says how to connect without saying a secret", async () => {
  const sandbox = await startReady();
  const text = sandbox.output();
  expect(text).toContain(`SQL  127.0.0.1:${sandbox.env["PGPORT"]}, database dev, user awsuser`);
  expect(text).toContain(`S3   ${sandbox.env["AWS_ENDPOINT_URL_S3"]}, region us-east-1, bucket sandbox`);
  for (const name of ["PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
    expect(text).not.toContain(sandbox.env[name]);
});

test("both ports are on 127.0.0.1 and on no other address", async () => {
  const sandbox = await startReady();
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, scopeid }) => address !== "127.0.0.1" && !scopeid)
    .map(({ address }) => address);
  for (const port of ports(sandbox.env)) {
    await reach("127.0.0.1", port);
    for (const address of others)
      await expect(reach(address, port)).rejects.toMatchObject({ code: expect.any(String) as string });
  }
});

test("killed, it takes PostgreSQL with it, and the next start removes what is left", async () => {
  const sandbox = await startReady();
  const directory = await runDirectory();
  const pid = await serverPid(directory);
  sandbox.process.kill("SIGKILL");
  await until("PostgreSQL ends", () => !isRunning(pid));
  expect(await runDirectories(tmp)).toEqual([directory]);
  const next = await runCommand(["exec", "--", "ls", tmp], { env });
  // The env file of the dead sandbox is gone as well: it held its secrets.
  expect(next).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^redshift-sandbox-\w+\n$/) as string,
  });
  expect(next.stdout.trim()).not.toBe(directory.slice(tmp.length + 1));
  expect(await runDirectories(tmp)).toEqual([]);
});

test("killed with --data, it can be started again at once and has kept what was committed", async () => {
  const data = join(tmp, "data");
  const first = await startReady("--data", data);
  const insert = "CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)";
  await query(first.env, insert);
  first.process.kill("SIGKILL");
  await first.finished;
  const second = await startReady("--data", data);
  expect(await query(second.env, "SELECT a FROM kept")).toEqual([{ a: 7 }]);
  second.process.kill("SIGTERM");
  await second.finished;
  expect(await runDirectories(tmp)).toEqual([]);
});

test("clean removes what a killed sandbox left", async () => {
  const sandbox = await startReady();
  const directory = await runDirectory();
  sandbox.process.kill("SIGKILL");
  await sandbox.finished;
  const { code, stdout } = await runCommand(["clean"], {
    env: { ...env, XDG_CACHE_HOME: join(tmp, "no-cache") },
  });
  expect({ code, removed: stdout.split("\n")[0] }).toEqual({ code: 0, removed: `removed ${directory}` });
  expect(await runDirectories(tmp)).toEqual([]);
  await expect(stat(join(tmp, "sandbox.env"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("when PostgreSQL dies it says so and ends with code 1", async () => {
  const sandbox = await startReady();
  const pid = await serverPid(await runDirectory());
  process.kill(pid, "SIGQUIT");
  const { code, stderr } = await sandbox.finished;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^redshift-sandbox: PostgreSQL ended unexpectedly\.\n/);
  expect(await runDirectories(tmp)).toEqual([]);
});

test("the env file reads the same in a shell and in node --env-file", async () => {
  const sandbox = await startReady("--tls");
  const file = join(tmp, "sandbox.env");
  const run = promisify(execFile);
  const print = "process.stdout.write(JSON.stringify(process.env))";
  const bare = { env: { PATH: env["PATH"] } };
  const byNode = await run(process.execPath, [`--env-file=${file}`, "-e", print], bare);
  const byShell = await run(
    "sh",
    ["-c", `set -a; . '${file}'; set +a; exec '${process.execPath}' -e '${print}'`],
    bare,
  );
  const { PGSSLMODE, PGSSLROOTCERT, NODE_EXTRA_CA_CERTS } = sandbox.env;
  expect(PGSSLMODE).toBe("verify-full");
  expect(NODE_EXTRA_CA_CERTS).toBe(PGSSLROOTCERT);
  expect(await readFile(PGSSLROOTCERT ?? "", "utf8")).toContain("BEGIN CERTIFICATE");
  for (const { stdout } of [byNode, byShell]) expect(JSON.parse(stdout)).toMatchObject(sandbox.env);
});
