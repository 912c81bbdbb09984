import { lstat, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive, ownIdentity, startOf } from "../../src/engine/process-identity.ts";
import { reapServer } from "../../src/engine/stale-server.ts";

test("a pid file that names a process of another kind is removed, and the process left alone", async () => {
  const pgData = await mkdtemp(join(tmpdir(), "stale-test-"));
  // This very process: alive, and not a server of that directory.
  await writeFile(join(pgData, "postmaster.pid"), `${process.pid}\n${pgData}\n`);
  await reapServer(pgData);
  await expect(lstat(join(pgData, "postmaster.pid"))).rejects.toMatchObject({ code: "ENOENT" });
  await rm(pgData, { recursive: true });
});

test("a process is known by its number and its start together", async () => {
  const own = await ownIdentity();
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ ...own, started: "another time" })).toBe(false);
  expect(await startOf(own.pid)).toBe(own.started);
});

test("a process of another host counts as alive, because it cannot be asked", async () => {
  expect(await isAlive({ pid: 1, host: "elsewhere.example", started: "x" })).toBe(true);
});
