import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "loaded-packages-"));
  // Notes every module that is looked for, `import` and `require` alike.
  await writeFile(
    join(directory, "hooks.mjs"),
    `import { appendFileSync } from "node:fs";
     export async function load(url, context, next) {
       appendFileSync(process.env.LOADED_MODULES, url + "\\n");
       return next(url, context);
     }`,
  );
  await writeFile(
    join(directory, "register.mjs"),
    `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`,
  );
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** The packages that a command loads before it ends with the exit code. */
async function packagesOf(code: number, args: readonly string[]): Promise<readonly string[]> {
  const list = join(directory, `${args.join("-")}.txt`);
  await writeFile(list, "");
  const ended = await new Promise<unknown>((resolve) => {
    const env = { PATH: process.env["PATH"], LOADED_MODULES: list, PGHOST: "127.0.0.1", PGPORT: "1" };
    const given = { PGUSER: "nobody", PGPASSWORD: "x", PGDATABASE: "dev" };
    const node = ["--import", pathToFileURL(join(directory, "register.mjs")).href, bin, ...args];
    execFile(process.execPath, node, { env: { ...env, ...given } }, (error) => resolve(error?.code ?? 0));
  });
  expect(ended).toBe(code);
  const urls = (await readFile(list, "utf8")).split("\n");
  const names = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

test.each([
  [0, ["--help"]],
  [0, ["table", "deep-copy", "--help"]],
  [0, ["--version"]],
  [2, ["no-such-command"]],
])("exit code %i of %j needs the argument parser only", async (code, args) => {
  expect(await packagesOf(code, args)).toEqual(["commander"]);
});

test.each([[["password"]], [["user", "create", "chad", "--generate-password"]]])(
  "%j, which asks no server, loads no driver",
  async (args) => {
    expect(await packagesOf(0, args)).toEqual(["commander"]);
  },
);

test("table list loads the database's driver and nothing of AWS", async () => {
  const loaded = await packagesOf(1, ["table", "list"]);
  expect(loaded).toContain("pg");
  expect(loaded.filter((name) => name.startsWith("@"))).toEqual([]);
});
