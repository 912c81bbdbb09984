import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "redshift-sandbox";
import type { Sandbox } from "redshift-sandbox";
import { makeWorkingDirectory } from "./documentation/working-directory.ts";
import type { WorkingDirectory } from "./documentation/working-directory.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const scripts = (await readdir(folder)).filter((name) => name.endsWith(".mjs")).sort();

/** What each must have said, so that it has done its work and not only ended. */
const said: Readonly<Record<string, readonly string[]>> = {
  "01-users.mjs": ["PASSWORD <secret>", "may read: { n: '0' }", "may not delete: "],
  "02-deep-copy.mjs": ["every_row_was_copied", "{ id: '1', at: '2026-01-02 00:00:00' }", "DISTKEY (user_id)"],
  "03-load-and-unload.mjs": [
    "1000 rows loaded from 4 files",
    "10 rows unloaded",
    "refused: Row 1, column name",
  ],
};

let sandbox: Sandbox;
let directory: WorkingDirectory;

beforeAll(async () => {
  sandbox = await startSandbox();
  directory = await makeWorkingDirectory();
});

afterAll(async () => {
  await directory.remove();
  await sandbox.stop();
});

test("what each example must say is known", () => {
  expect(scripts).toEqual(Object.keys(said));
});

test.each(scripts)("%s runs twice, and leaves no secret in what it prints", async (script) => {
  for (let round = 1; round <= 2; round += 1) {
    const { code, stdout, stderr } = await directory.run(process.execPath, [folder + script], sandbox.env);
    expect(code, stdout + stderr).toBe(0);
    for (const text of said[script] ?? []) expect(stdout).toContain(text);
    expect((stdout + stderr).includes(sandbox.env["AWS_SECRET_ACCESS_KEY"] ?? "")).toBe(false);
  }
});
