// @ts-check
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { open, sections } from "../test/proof/members.mjs";

/** Where the named tests stand. */
export const folder = "packages/shiftmanager/test/end-to-end";

/** The page that `npm run proof` writes. */
export const page = fileURLToPath(new URL("../docs/proof.md", import.meta.url));

/**
 * @typedef {object} List what test/proof/members.mjs says
 * @property {readonly import("../test/proof/members.mjs").Section[]} sections
 * @property {readonly string[]} open names of the promises that have no test yet
 *
 * @typedef {object} Result of one test of a run
 * @property {string} state `passed`, `failed`, `skipped` or `pending`, as vitest says it
 * @property {string | undefined} reason why it was skipped
 *
 * @typedef {object} Run
 * @property {ReadonlyMap<string, Result>} results by file, ` > ` and title
 * @property {boolean} everyFile false for a run of some files, which shows nothing of the others
 * @property {ReadonlySet<string>} files that ran, without `.test.ts`
 * @property {boolean} clients every client program must be there (REQUIRE_CLIENTS=1), so that no skipped test counts
 * @property {string} written what docs/proof.md holds
 *
 * @typedef {object} Judgement
 * @property {readonly string[]} complaints each fails the run
 * @property {readonly string[]} unshown promises that this machine cannot show, with the reason
 */

/**
 * Each promise of a list, by a name that no other has.
 * @param {Pick<List, "sections">} list
 */
export function promises({ sections }) {
  return sections.flatMap(({ members }) =>
    members.flatMap(({ here, better, options }) => {
      const [member] = here.split(/[(,]/);
      return [
        ...Object.entries(better).map(([promise, tests]) => ({ name: `${member}: ${promise}`, tests })),
        ...Object.entries(options).map(([option, tests]) => ({ name: `${member}: option ${option}`, tests })),
      ];
    }),
  );
}

/**
 * Holds each promise against a run: every test that is named for it must have passed. One that was skipped with a reason
 * is let pass where client programs may be absent; it proves nothing there, and a promise that has no other test is told.
 * @param {List} list
 * @param {Run} run
 * @returns {Judgement}
 */
export function judge(list, { results, everyFile, files, clients, written }) {
  const complaints = [];
  const unshown = [];
  const known = new Map(promises(list).map(({ name, tests }) => [name, tests]));
  for (const name of list.open) {
    const tests = known.get(name);
    if (tests === undefined) complaints.push(`"${name}" is open, and nobody promises it`);
    else if (tests.length > 0) complaints.push(`"${name}" has a test; take it off the open ones`);
  }
  for (const [name, tests] of known) {
    if (tests.length === 0 && !list.open.includes(name)) complaints.push(`no test for "${name}"`);
    const reasons = [];
    let passed = 0;
    for (const test of tests) {
      if (!everyFile && !files.has(test.slice(0, test.indexOf(" > ")))) continue;
      const { state, reason } = results.get(test) ?? { state: "is not there", reason: undefined };
      if (state === "passed") passed += 1;
      else if (state === "skipped" && reason !== undefined && !clients) reasons.push(reason);
      else complaints.push(`the test of "${name}" ${state === "skipped" ? "was skipped" : state}: ${test}`);
    }
    if (passed === 0 && reasons.length > 0)
      unshown.push(`"${name}" is not shown on this machine: ${reasons[0] ?? ""}`);
  }
  if (written !== proofPage(list)) {
    complaints.push("docs/proof.md is not what test/proof/ says; write it by npm run proof");
  }
  return { complaints, unshown };
}

/**
 * The list as docs/proof.md.
 * @param {List} list
 */
export function proofPage(list) {
  const lines = [
    "# What each member of the original became, and the test that proves it",
    "",
    "Written by `npm run proof` from `test/proof/`. Each test named here stands in",
    `[\`${folder}\`](../${folder}) and runs against the sandbox; a run of all tests fails when one of them`,
    "is missing or did not pass, and when a promise has none. A test that a machine must skip, because a program it drives is not",
    "there, shows nothing there and is told; in CI, where every program is, it fails the run. What the members do is told on the",
    "pages that are linked.",
  ];
  if (list.open.length > 0) {
    lines.push("", "**Not proved yet:**", "", ...list.open.map((name) => `- ${escaped(name)}`));
  }
  for (const { title, members } of list.sections) {
    lines.push("", `## ${title}`);
    for (const { python, here, page: link, better, options } of members) {
      const original = python === undefined ? "" : `Python: \`${python}\`. `;
      lines.push("", `### \`${here}\``, "", `${original}See [${link}](${link}).`, "");
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
  const proof = tests.length === 0 ? "**not proved yet**" : tests.map(escaped).join("<br>");
  return `| ${escaped(promise)} | ${proof} |`;
}

/**
 * Outside of code Markdown would take `*`, `_`, `<`, `|` and backslashes for its own.
 * @param {string} text
 */
function escaped(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`") ? part.replaceAll("|", "\\|") : part.replace(/[\\*_<|[\]]/g, "\\$&"),
    )
    .join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, proofPage({ sections, open }));
