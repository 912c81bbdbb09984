// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { sections } from "../test/proof/members.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = fileURLToPath(new URL("../docs/proof.md", import.meta.url));
const folder = "packages/shiftmanager/test/end-to-end";

/**
 * Holds each promise of test/proof/members.mjs against the run: it needs a test against the sandbox that passed. A whole run
 * fails when a promise has none, or when docs/proof.md is not the list; a run of some files looks at the tests of these.
 * With PROOF=write, `npm run proof`, a whole run writes the page.
 */
export default class Proof {
  /** @type {import("vitest/node").Vitest | undefined} */
  #vitest;
  #everyFile = false;

  /** @param {import("vitest/node").Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest;
  }

  /** @param {ReadonlyArray<import("vitest/node").TestSpecification>} specifications */
  async onTestRunStart(specifications) {
    const all = await this.#vitest?.globTestSpecifications();
    this.#everyFile = all !== undefined && all.length === specifications.length;
  }

  /** @param {ReadonlyArray<import("vitest/node").TestModule>} modules */
  onTestRunEnd(modules) {
    if (this.#vitest?.config.testNamePattern !== undefined) return;
    const complaints = unproved(modules, this.#everyFile);
    if (this.#everyFile) {
      if (process.env["PROOF"] === "write") writeFileSync(page, proofPage());
      else if (readFileSync(page, "utf8") !== proofPage()) {
        complaints.push("docs/proof.md is not what test/proof/members.mjs says; run `npm run proof`");
      }
    }
    for (const complaint of complaints) console.error(`proof: ${complaint}`);
    if (complaints.length > 0) process.exitCode = 1;
    else if (this.#everyFile)
      console.log(`proof: ${promises().length} promises, each kept by a test that passed`);
  }
}

function promises() {
  return sections.flatMap(({ members }) =>
    members.flatMap(({ here, better, options }) =>
      [...Object.entries(better), ...Object.entries(options)].map(([promise, tests]) => ({
        name: `${here}: ${promise}`,
        tests,
      })),
    ),
  );
}

/**
 * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
 * @param {boolean} everyFile
 */
function unproved(modules, everyFile) {
  /** @type {Map<string, string>} */
  const states = new Map();
  const files = new Set();
  for (const module of modules) {
    const file = relative(`${root}${folder}`, module.moduleId).replace(/\.test\.ts$/, "");
    files.add(file);
    for (const test of module.children.allTests())
      states.set(`${file} > ${test.fullName}`, test.result().state);
  }
  return promises().flatMap(({ name, tests }) => {
    if (tests.length === 0) return everyFile ? [`no test for "${name}"`] : [];
    return tests
      .filter((test) => everyFile || files.has(test.slice(0, test.indexOf(" > "))))
      .filter((test) => states.get(test) !== "passed")
      .map((test) => `the test of "${name}" ${states.get(test) ?? "is not there"}: ${test}`);
  });
}

function proofPage() {
  const lines = [
    "# What each member of the original became, and the test that proves it",
    "",
    "Written by `npm run proof` from `test/proof/members.mjs`. Each test named here stands in",
    `[\`${folder}\`](../${folder}) and runs against the sandbox; a run of all tests fails when one of them`,
    "is missing or did not pass, and when a promise has none. What the members do is told on the pages that are linked.",
  ];
  for (const { title, members } of sections) {
    lines.push("", `## ${title}`);
    for (const { python, here, page: link, better, options } of members) {
      lines.push("", `### \`${here}\``, "", `Python: \`${python}\`. See [${link}](${link}).`, "");
      lines.push("| what is promised | proved by |", "|---|---|");
      for (const [promise, tests] of Object.entries(better)) lines.push(row(promise, tests));
      for (const [option, tests] of Object.entries(options)) lines.push(row(`option: ${option}`, tests));
    }
  }
  return `${lines.join("\n")}\n`;
}

/**
 * @param {string} promise
 * @param {readonly string[]} tests
 */
function row(promise, tests) {
  const cell = (/** @type {string} */ text) => text.replaceAll("|", "\\|").replaceAll("\\N", "\\\\N");
  return `| ${cell(promise)} | ${tests.map((test) => cell(test)).join("<br>")} |`;
}
