import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyBinaries } from "../../src/engine/binaries-copy.ts";
import { makeLinks, missingLinks } from "../../src/engine/library-links.ts";

let directory: string;
let root: string;
let cache: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "binaries-test-"));
  root = join(directory, "package");
  cache = join(directory, "cache");
  for (const path of [join(root, "native", "bin"), join(root, "native", "lib"), cache])
    await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(root, "package.json"), JSON.stringify({ version: "17.0.0-test" }));
  for (const name of ["postgres", "initdb"])
    await writeFile(join(root, "native", "bin", name), "", { mode: 0o600 });
  await writeFile(join(root, "native", "lib", "libpq.so.5.17"), "library", { mode: 0o600 });
  const links = [{ source: "native/lib/libpq.so.5.17", target: "native/lib/libpq.so.5" }];
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test("the copy is readable by all, writable by its owner only, and has the library links", async () => {
  const native = await copyBinaries(root, cache);
  expect(native.slice(cache.length)).toMatch(/^\/postgresql-17\.0\.0-test-[0-9a-f]{16}\/native$/);
  expect((await lstat(join(native, "bin", "postgres"))).mode & 0o777).toBe(0o755);
  expect((await lstat(join(native, "lib", "libpq.so.5.17"))).mode & 0o777).toBe(0o644);
  expect((await lstat(join(native, "lib"))).mode & 0o777).toBe(0o755);
  expect(await readlink(join(native, "lib", "libpq.so.5"))).toBe("libpq.so.5.17");
});

test("two at once make one copy, and a later start uses it", async () => {
  const [one, two] = await Promise.all([copyBinaries(root, cache), copyBinaries(root, cache)]);
  expect(one).toBe(two);
  const made = (await lstat(one)).ino;
  expect(await copyBinaries(root, cache)).toBe(one);
  expect((await lstat(one)).ino).toBe(made);
});

test("another content is another copy, also under the same version", async () => {
  const first = await copyBinaries(root, cache);
  await writeFile(join(root, "native", "bin", "postgres"), "changed");
  expect(await copyBinaries(root, cache)).not.toBe(first);
});

test("a copy that others can write is not run", async () => {
  const native = await copyBinaries(root, cache);
  await chmod(join(native, ".."), 0o775);
  await expect(copyBinaries(root, cache)).rejects.toThrow("can be written by others, so it is not run");
});

test("the links are made once, and nothing is left to make", async () => {
  const links = await missingLinks(root);
  expect(links).toEqual([{ source: "native/lib/libpq.so.5.17", target: "native/lib/libpq.so.5" }]);
  expect(await makeLinks(root, links)).toBe(true);
  expect(await makeLinks(root, links)).toBe(true);
  expect(await missingLinks(root)).toEqual([]);
  expect(await readFile(join(root, "native", "lib", "libpq.so.5"), "utf8")).toBe("library");
});

test.each([
  { source: "native/lib/a", target: "native/bin/a" },
  { source: "native/lib/a", target: "native/../../a" },
  { source: "/etc/passwd", target: "/etc/a" },
])("a list that would link outside the library folder is refused: %j", async (link) => {
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify([link]));
  await expect(missingLinks(root)).rejects.toThrow("does not list library links as this sandbox knows them");
});
