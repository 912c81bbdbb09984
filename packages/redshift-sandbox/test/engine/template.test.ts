import { lstat, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyTemplate, keepTemplate, removeOldTemplates } from "../../src/engine/template.ts";

let directory: string;
let cache: string;
let pgData: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "template-test-"));
  cache = join(directory, "cache");
  pgData = join(directory, "pgdata");
  await mkdir(cache);
  await mkdir(join(pgData, "base"), { recursive: true });
  await writeFile(join(pgData, "base", "1"), "rows", { mode: 0o600 });
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test("what is kept is copied with its password, readable by its owner only", async () => {
  await keepTemplate(cache, "template-a", pgData, "secret");
  expect(await copyTemplate(cache, "template-a", join(directory, "copy"), undefined)).toBe("secret");
  expect(await readFile(join(directory, "copy", "base", "1"), "utf8")).toBe("rows");
  expect((await lstat(join(directory, "copy"))).mode & 0o777).toBe(0o700);
  expect((await lstat(join(cache, "template-a", "password"))).mode & 0o777).toBe(0o600);
});

test("a template that is not there is undefined", async () => {
  expect(await copyTemplate(cache, "template-a", join(directory, "copy"), undefined)).toBeUndefined();
});

test("two that keep the same template at once leave one whole one", async () => {
  await Promise.all(["one", "two"].map((password) => keepTemplate(cache, "template-a", pgData, password)));
  expect(await readdir(cache)).toEqual(["template-a"]);
  expect(await copyTemplate(cache, "template-a", join(directory, "copy"), undefined)).toMatch(
    /^(?:one|two)$/,
  );
});

test("a cache that cannot be written is a warning, and nothing is kept", async () => {
  const warned = once(process, "warning") as Promise<[Error]>;
  const gone = join(directory, "gone");
  await keepTemplate(gone, "template-a", pgData, "secret");
  const [warning] = await warned;
  expect(warning.message).toBe(
    `${gone} cannot keep the sandbox's template (ENOENT), so that every start takes a few seconds.`,
  );
});

test("templates long unused go but for the last two, drafts of dead processes go, recent ones stay", async () => {
  const hourAgo = Date.now() / 1000 - 3600;
  const ages = { "template-a": 3, "template-b": 2, "template-c": 1, "draft-x": 1, "postgresql-17": 9 };
  for (const [name, hours] of Object.entries(ages)) {
    await mkdir(join(cache, name));
    await utimes(join(cache, name), hourAgo - hours * 3600, hourAgo - hours * 3600);
  }
  await mkdir(join(cache, "draft-now"));
  await mkdir(join(cache, "template-now"));
  await removeOldTemplates(cache, "template-current");
  expect((await readdir(cache)).sort()).toEqual([
    "draft-now",
    "postgresql-17",
    "template-b",
    "template-c",
    "template-now",
  ]);
});
