import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readPage } from "./documentation/markdown.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = await readFile(join(root, "docs/facts.md"), "utf8");
const sections = readPage(page)
  .headings.filter(({ level }) => level === 2)
  .map(({ text }) => /^(\d+(?:\.\d+)?) /.exec(text)?.[1] ?? text);

/** Each citation of facts.md in the packages' sources: where it is, and the sections it names. */
async function citations(): Promise<
  readonly { readonly at: string; readonly sections: readonly string[] }[]
> {
  const found: { at: string; sections: string[] }[] = [];
  for (const name of ["redshift-sandbox", "shiftmanager"]) {
    const folder = join(root, "packages", name, "src");
    for (const file of await readdir(folder, { recursive: true })) {
      if (!/\.(?:ts|sql)$/.test(file)) continue;
      const text = await readFile(join(folder, file), "utf8");
      for (const { 1: named = "", index } of text.matchAll(/facts\.md((?:,? \d+(?:\.\d+)?)*)/g)) {
        found.push({
          at: `${name}/src/${file}:${text.slice(0, index).split("\n").length}`,
          sections: named.match(/\d+(?:\.\d+)?/g) ?? [],
        });
      }
    }
  }
  return found;
}

test("every citation of facts.md in the code names sections that exist", async () => {
  const wrong = (await citations()).filter(
    (citation) =>
      citation.sections.length === 0 || citation.sections.some((section) => !sections.includes(section)),
  );
  expect(wrong).toEqual([]);
});

test("every section of facts.md is cited by the code", async () => {
  const cited = new Set((await citations()).flatMap((citation) => citation.sections));
  expect(sections.filter((section) => !cited.has(section))).toEqual([]);
});

test("every section names a source", () => {
  const parts = page.split(/^## /m).slice(1);
  expect(parts.filter((part) => !/\[[^\]]+\]|UNCONFIRMED/.test(part))).toEqual([]);
});
