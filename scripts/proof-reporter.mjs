// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { open, sections } from "../test/proof/members.mjs";
import { folder, judge, page, promises } from "./proof.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Holds each promise of test/proof/ against the run, which fails when one is not kept. A run of some files looks at the tests of
 * these; a run of tests by their title looks at none.
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

  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {unknown} _errors
   * @param {import("vitest/node").TestRunEndReason} reason
   */
  onTestRunEnd(modules, _errors, reason) {
    if (this.#vitest?.config.testNamePattern !== undefined || reason === "interrupted") return;
    const everyFile = this.#everyFile;
    const clients = process.env["REQUIRE_CLIENTS"] === "1";
    const written = existsSync(page) ? readFileSync(page, "utf8") : "";
    const { complaints, unshown } = judge(
      { sections, open },
      { ...resultsOf(modules), everyFile, clients, written },
    );
    for (const complaint of complaints) console.error(`proof: ${complaint}`);
    if (complaints.length > 0) process.exitCode = 1;
    for (const note of unshown) console.log(`proof: ${note}`);
    if (open.length > 0) console.log(`proof: ${open.length} promises are open: ${open.join("; ")}`);
    const kept = promises({ sections }).length - open.length - unshown.length;
    if (everyFile && complaints.length === 0) {
      console.log(`proof: ${kept} promises, each kept by a test that passed`);
    }
  }
}

/**
 * The state of each test; of tests that have the same title, that of one which did not pass.
 * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
 */
function resultsOf(modules) {
  /** @type {Map<string, import("./proof.mjs").Result>} */
  const results = new Map();
  const files = new Set();
  for (const module of modules) {
    const file = relative(`${root}${folder}`, module.moduleId).replace(/\.test\.ts$/, "");
    files.add(file);
    for (const test of module.children.allTests()) {
      const name = `${file} > ${test.fullName}`;
      if (results.has(name) && results.get(name)?.state !== "passed") continue;
      const result = test.result();
      const reason = result.state === "skipped" ? result.note : undefined;
      results.set(name, { state: result.state, reason });
    }
  }
  return { results, files };
}
