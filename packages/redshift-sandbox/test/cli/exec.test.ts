import { once } from "node:events";
import { chown, lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, makeTmpdir, runCommand, runDirectories, startCommand, until } from "./command.ts";

const PRINT_ENV = ["node", "-e", "process.stdout.write(JSON.stringify(process.env))"];

let tmp: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  tmp = await makeTmpdir();
  env = { ...process.env, TMPDIR: tmp };
});

afterAll(async () => {
  await rm(tmp, { recursive: true });
});

test("--edition serverless is Redshift Serverless for the command", async () => {
  const script = `import pg from "pg";
    const client = new pg.Client({ ssl: false });
    await client.connect();
    for (const name of ["stl_load_errors", "sys_load_error_detail"])
      console.log(await client.query("SELECT * FROM " + name).then(() => "read", (error) => error.code + " " + error.message));
    await client.end();`;
  const args = ["exec", "--edition", "serverless", "--", "node", "--input-type=module", "-e", script];
  const { code, stdout } = await runCommand(args, { env });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "42501 permission denied for relation stl_load_errors\nread\n",
  });
});

test("the command gets the sandbox's environment and nothing that leads elsewhere", async () => {
  const inherited = {
    ...env,
    PGSERVICE: "production",
    PGSSLMODE: "verify-full",
    PGOPTIONS: "-c x=y",
    AWS_PROFILE: "production",
    AWS_SESSION_TOKEN: "t",
    HTTPS_PROXY: "http://proxy",
    no_proxy: "x",
    REDSHIFT_URL: "postgres://production",
    SOURCE_URL: "postgres://source",
    EDITOR: "ed",
  };
  const args = ["exec", "--bucket", "one,two", "--keep-env", "SOURCE_URL,HTTPS_PROXY", "--", ...PRINT_ENV];
  const { code, stdout, stderr } = await runCommand(args, { env: inherited });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const seen = JSON.parse(stdout) as Record<string, string>;
  expect(seen).toMatchObject({
    PGHOST: "127.0.0.1",
    PGPORT: expect.stringMatching(/^\d+$/) as string,
    PGUSER: "awsuser",
    PGPASSWORD: expect.stringMatching(/^\w{32}$/) as string,
    PGDATABASE: "dev",
    PGSSLMODE: "disable",
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/) as string,
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^\w{40}$/) as string,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_S3: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    REDSHIFT_SANDBOX_BUCKET: "one",
    REDSHIFT_IAM_ROLE: "arn:aws:iam::123456789012:role/sandbox",
    SOURCE_URL: "postgres://source",
    HTTPS_PROXY: "http://proxy",
    EDITOR: "ed",
  });
  for (const name of [
    "PGSERVICE",
    "PGOPTIONS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "no_proxy",
    "REDSHIFT_URL",
  ])
    expect(seen).not.toHaveProperty(name);
});

test.each([
  ["its own code", ["sh", "-c", "exit 7"], 7],
  ["128 and the number of the signal that ended it", ["sh", "-c", "kill -KILL $$"], 137],
  ["127 when there is no such command", ["no-such-command"], 127],
  ["126 when it may not be run", ["/"], 126],
])("the exit code of the command is %s", async (_what, command, code) => {
  expect((await runCommand(["exec", "--", ...command], { env })).code).toBe(code);
  expect(await runDirectories(tmp)).toEqual([]);
});

test("125 when the sandbox cannot start, with one sentence", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const finished = await runCommand(["exec", "--port", String(port), "--", "true"], { env });
  server.close();
  expect(finished).toEqual({
    code: 125,
    stdout: "",
    stderr: `redshift-sandbox: Port ${port} of 127.0.0.1 is in use; choose another with --port, or 0 for any free one.\n`,
  });
});

test("a temporary folder that is not there is one sentence", async () => {
  const missing = join(tmp, "missing");
  expect(await runCommand(["exec", "--", "true"], { env: { ...env, TMPDIR: missing } })).toEqual({
    code: 125,
    stdout: "",
    stderr: `redshift-sandbox: The temporary folder ${missing} cannot be used (ENOENT); set TMPDIR to a folder that exists and that you can write.\n`,
  });
});

test("in a temporary folder too deep for a socket's path the sandbox moves to /tmp", async () => {
  const deep = join(tmp, "d".repeat(120));
  await mkdir(deep);
  const finished = await runCommand(["exec", "--", "true"], { env: { ...env, TMPDIR: deep } });
  expect(finished).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a signal is handed to the command, whose code is then ours", async () => {
  const script = "trap 'echo got it; exit 9' TERM; echo waiting; while :; do sleep 0.05; done";
  const started = startCommand(["exec", "--", "sh", "-c", script], { env });
  await until("the command waits", () => started.output().includes("waiting"));
  started.process.kill("SIGTERM");
  expect(await started.finished).toEqual({ code: 9, stdout: "waiting\ngot it\n", stderr: "" });
  expect(await runDirectories(tmp)).toEqual([]);
});

test("a signal before the command has started ends it with the signal's code", async () => {
  const started = startCommand(["exec", "--", "echo", "ran"], { env });
  await until("the sandbox starts", async () => (await runDirectories(tmp)).length > 0);
  started.process.kill("SIGTERM");
  expect(await started.finished).toMatchObject({ code: 143, stdout: "" });
  expect(await runDirectories(tmp)).toEqual([]);
});

test("--env-file holds the same environment while the command runs, and is gone afterwards", async () => {
  const file = join(tmp, "sandbox.env");
  const script = `. '${file}'; echo "$PGPASSWORD" "$PGPORT"; ls -l '${file}'`;
  const print = `echo "$PGPASSWORD" "$PGPORT"; env -u PGPASSWORD -u PGPORT sh -c "$SCRIPT"`;
  const { stdout } = await runCommand(["exec", "--env-file", file, "--", "sh", "-c", print], {
    env: { ...env, SCRIPT: script },
  });
  const [given, written, listing] = stdout.split("\n");
  expect(given).toMatch(/^\w{32} \d+$/);
  expect(written).toBe(given);
  expect(listing).toMatch(/^-rw------- /);
  await expect(lstat(file)).rejects.toMatchObject({ code: "ENOENT" });
});

test("an env file of someone else's is refused and left alone", async () => {
  const file = join(tmp, ".env");
  await writeFile(file, "SECRET=mine\n");
  const { code, stderr } = await runCommand(["exec", "--env-file", file, "--", "true"], { env });
  expect({ code, stderr }).toEqual({
    code: 125,
    stderr: `redshift-sandbox: --env-file ${file} exists and was not written by a sandbox, which would remove it at the end; name another file.\n`,
  });
  expect(await readFile(file, "utf8")).toBe("SECRET=mine\n");
  await rm(file);
});

// Root hands the server over to `nobody`; an ordinary user runs it alone. Tests run as one or the other; as root, both are tried.
test("an ordinary user needs nothing but a home", async (context) => {
  if (process.geteuid?.() !== 0) context.skip("the tests run as an ordinary user already");
  const home = join(tmp, "home");
  const nobody = { uid: 65534, gid: 65534 };
  const bare = { PATH: env["PATH"], HOME: home, TMPDIR: home };
  const reachable = await runCommand(["--version"], { ...nobody, env: bare, cwd: "/" });
  if (reachable.code !== 0) context.skip(`nobody cannot read ${BIN}`);
  await mkdir(home);
  await chown(home, nobody.uid, nobody.gid);
  const finished = await runCommand(["exec", "--", "sh", "-c", "id -u; echo $PGPORT"], {
    ...nobody,
    env: bare,
    cwd: "/",
  });
  expect(finished).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^65534\n\d+\n$/) as string,
    stderr: "",
  });
  expect(await runDirectories(home)).toEqual([]);
});
