import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

const library = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "command-sandbox-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("sandbox exec hands everything over as it was typed, and ends with the command's exit code", async () => {
  const script = 'echo "$PGDATABASE $REDSHIFT_SANDBOX_BUCKET $REDSHIFT_IAM_ROLE $1"; exit 7';
  const role = "arn:aws:iam::123456789012:role/mine";
  const args = ["sandbox", "exec", "--iam-role", role, "--", "sh", "-c", script, "sh", "--json"];
  const { code, stdout } = await runCommand(args, { HOME: folder });
  expect({ code, stdout }).toEqual({ code: 7, stdout: `dev sandbox ${role} --json\n` });
  const unknown = await runCommand(["sandbox", "exec", "--prot", "1", "--", "true"], { HOME: folder });
  expect(unknown.stderr).toContain("--port");
});

test("SIGTERM stops a sandbox that was started, in an orderly way", async () => {
  const file = join(folder, "env");
  const bin = join(library, "bin", "shiftmanager.js");
  const args = [bin, "sandbox", "start", "--port", "0", "--s3-port", "0", "--env-file", file];
  const child = spawn(process.execPath, ["--", ...args], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const isThere = () =>
    readFile(file, "utf8").then(
      (text) => text !== "",
      () => false,
    );
  while (!(await isThere())) {
    expect(child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGTERM");
  expect(await ended).toBe(143);
  expect(await isThere()).toBe(false);
});

test("where the package is not installed, one sentence says how to get it", async () => {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "shiftmanager"), { recursive: true });
  for (const part of ["package.json", "dist", "bin"])
    await cp(join(library, part), join(modules, "shiftmanager", part), { recursive: true });
  await symlink(dirname(fileURLToPath(import.meta.resolve("commander"))), join(modules, "commander"));
  const bin = join(modules, "shiftmanager", "bin", "shiftmanager.js");
  const child = spawn(process.execPath, ["--", bin, "sandbox", "start"], { cwd: folder });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(1);
  expect(stderr).toBe(
    "error: The sandbox is the package redshift-sandbox, which is installed neither in this project nor beside shiftmanager; run npm install --save-dev redshift-sandbox.\n",
  );
});
