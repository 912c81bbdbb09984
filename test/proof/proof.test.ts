import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { folder, judge, promises, proofPage } from "../../scripts/proof.mjs";
import type { Run } from "../../scripts/proof.mjs";
import { sections } from "./members.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

const list = {
  sections: [
    {
      title: "Users",
      members: [
        {
          python: "drop(name)",
          here: "drop(name)",
          page: "users.md",
          better: { "`a|b` are <i>kept</i>": ["users > drops a | b"], "asks first": [] as string[] },
          options: { force: ["users > with force", "groups > with force"] },
        },
      ],
    },
  ],
  open: ["drop: asks first"],
};

function ran(states: Readonly<Record<string, string>>, more: Partial<Run> = {}): Run {
  return {
    results: new Map(
      Object.entries(states).map(([name, said]) => {
        const [state = "", reason] = said.split(": ");
        return [name, { state, reason }];
      }),
    ),
    files: new Set(["users", "groups"]),
    everyFile: true,
    clients: false,
    written: proofPage(list),
    ...more,
  };
}

const all = {
  "users > drops a | b": "passed",
  "users > with force": "passed",
  "groups > with force": "passed",
};

describe("a run", () => {
  test("in which each named test passed is well", () => {
    expect(judge(list, ran(all))).toEqual({ complaints: [], unshown: [] });
  });

  test.each<[string, string, Partial<typeof list>, Run]>([
    ["a promise has no test", 'no test for "drop: asks first"', { open: [] }, ran(all)],
    [
      "an open promise has a test",
      '"drop: option force" has a test; take it off the open ones',
      { open: [...list.open, "drop: option force"] },
      ran(all),
    ],
    [
      "nobody made an open promise",
      '"drop: gone" is open, and nobody promises it',
      { open: [...list.open, "drop: gone"] },
      ran(all),
    ],
    [
      "a named test failed, though another passed",
      'the test of "drop: option force" failed: groups > with force',
      {},
      ran({ ...all, "groups > with force": "failed" }),
    ],
    [
      "a named test did not run",
      'the test of "drop: option force" is not there: groups > with force',
      {},
      ran({ "users > drops a | b": "passed", "users > with force": "passed" }),
    ],
    [
      "a named test was skipped without a reason",
      'the test of "drop: option force" was skipped: groups > with force',
      {},
      ran({ ...all, "groups > with force": "skipped" }),
    ],
    [
      "a named test was skipped where every client must be there",
      'the test of "drop: option force" was skipped: groups > with force',
      {},
      ran({ ...all, "groups > with force": "skipped: no python3" }, { clients: true }),
    ],
  ])("fails when %s", (_, complaint, change, run) => {
    const told = { ...list, ...change };
    expect(judge(told, { ...run, written: proofPage(told) })).toEqual({
      complaints: [complaint],
      unshown: [],
    });
  });

  test("fails when the page is not what the list says", () => {
    expect(judge(list, ran(all, { written: proofPage({ ...list, open: [] }) })).complaints).toEqual([
      "docs/proof.md is not what test/proof/ says; write it by npm run proof",
    ]);
  });

  test("tells of a promise whose every test was skipped for a reason", () => {
    const one = { ...all, "groups > with force": "skipped: no python3" };
    expect(judge(list, ran(one))).toEqual({ complaints: [], unshown: [] });
    expect(judge(list, ran({ ...one, "users > with force": "skipped: no python3" }))).toEqual({
      complaints: [],
      unshown: ['"drop: option force" is not shown on this machine: no python3'],
    });
  });

  test("of some files shows nothing of the others", () => {
    const { "groups > with force": _, ...users } = all;
    expect(judge(list, ran(users, { everyFile: false, files: new Set(["users"]) })).complaints).toEqual([]);
  });
});

test("the page has a row for each promise, and says which are open", () => {
  expect(proofPage(list).split("\n").slice(7)).toEqual([
    "",
    "**Not proved yet:**",
    "",
    "- drop: asks first",
    "",
    "## Users",
    "",
    "### `drop(name)`",
    "",
    "Python: `drop(name)`. See [users.md](users.md).",
    "",
    "| what is promised | proved by |",
    "|---|---|",
    "| `a\\|b` are \\<i>kept\\</i> | users > drops a \\| b |",
    "| asks first | **not proved yet** |",
    "| option: force | users > with force<br>groups > with force |",
    "",
  ]);
});

describe("the list", () => {
  test("names each promise once", () => {
    const names = promises({ sections }).map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test("names tests that run against a sandbox, and pages that are there", async () => {
    const files = new Set(
      promises({ sections }).flatMap(({ tests }) => tests.map((name) => name.slice(0, name.indexOf(" > ")))),
    );
    for (const file of files) {
      expect(await readFile(join(root, folder, `${file}.test.ts`), "utf8"), file).toContain("startSandbox(");
    }
    for (const { page: link } of sections.flatMap(({ members }) => members)) {
      await access(join(root, "docs", link));
    }
  });
});

test("the reporter fails a whole run in which a named test is not there", async () => {
  const project = await mkdtemp(join(tmpdir(), "proof-test-"));
  const reporter = join(root, "scripts/proof-reporter.mjs");
  const config = { test: { globals: true, reporters: [reporter] } };
  await writeFile(join(project, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
  await writeFile(join(project, "one.test.mjs"), "test('one', () => undefined);");
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const run = promisify(execFile)(process.execPath, [vitest, "run", "--root", project], { cwd: project });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^proof: the test of ".+" is not there: .+ > /m) as string,
    });
  } finally {
    await rm(project, { recursive: true });
  }
});
