import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { parseOwner, type RunOwner } from "../../../src/load/runs/owner.ts";
import { runPrefixOf } from "../../../src/load/runs/run-place.ts";
import { stateOf } from "../../../src/load/runs/run-state.ts";

const heard = "2026-11-28T10:00:00.000Z";
const at = (time: string) => Date.parse(`2026-11-28T${time}Z`);
const owner = (change: Partial<RunOwner> = {}): RunOwner => ({
  host: "elsewhere",
  pid: 1,
  start: "2026-11-28T09:00:00.000Z",
  heartbeat: heard,
  ...change,
});

describe("a run", () => {
  test("of another host lives until nothing was heard of it for five minutes", () => {
    expect(stateOf(owner(), at("10:05:00"))).toBe("live");
    expect(stateOf(owner(), at("10:05:01"))).toBe("dead");
  });

  test("of this host is dead when its process is gone", () => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    expect(stateOf(owner({ host: hostname(), pid: gone }), at("10:00:01"))).toBe("dead");
    expect(stateOf(owner({ host: hostname(), pid: process.pid }), at("10:00:01"))).toBe("live");
  });

  test("whose process number belongs to another by now is dead when nothing was heard of it", () => {
    expect(stateOf(owner({ host: hostname(), pid: process.pid }), at("11:00:00"))).toBe("dead");
  });

  test("that says it has finished stays so", () => {
    expect(stateOf(owner({ finished: heard }), at("23:00:00"))).toBe("finished");
  });

  test("that nothing is known of is unknown", () => {
    expect(stateOf(undefined, at("23:00:00"))).toBe("unknown");
  });
});

test.each([
  ["{", undefined],
  ["null", undefined],
  ['{"host":"h","pid":"1"}', undefined],
  [JSON.stringify({ ...owner(), heartbeat: "yesterday" }), undefined],
  [JSON.stringify({ ...owner(), finished: 1 }), undefined],
  [JSON.stringify(owner()), owner()],
  [
    JSON.stringify({ ...owner({ finished: heard, runId: "night" }), more: 1 }),
    owner({ finished: heard, runId: "night" }),
  ],
])("owner.json %j is read as %j", (text, read) => {
  expect(parseOwner(text)).toEqual(read);
});

test.each([
  ["in", "in/shiftmanager-1/data/00000.csv.gz", "in/shiftmanager-1"],
  ["/in/", "in/shiftmanager-1/owner.json", "in/shiftmanager-1"],
  ["", "shiftmanager-1/owner.json", "shiftmanager-1"],
  ["in", "in/shiftmanager-1", undefined],
  ["in", "in/shiftmanager-/owner.json", undefined],
  ["in", "in/other/shiftmanager-1/owner.json", undefined],
  ["in", "in/shiftmanagers/x", undefined],
  ["i", "in/shiftmanager-1/owner.json", undefined],
])("under %j the key %j belongs to the run %j", (prefix, key, run) => {
  expect(runPrefixOf(prefix, key)).toBe(run);
});
