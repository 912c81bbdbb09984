import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { asFlag, flagNames } from "../../src/cli/flag-names.ts";
import { option, wording, inWords } from "../../src/wording.ts";

const source = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
const text = (name: string): string => readFileSync(join(source, name), "utf8");
const library = files.filter((name) => !name.startsWith("cli/"));

/** Options that the command line has no flag for: it never comes to an error that names them, or a profile names them so. */
const withoutFlag = ["authorization", "copyWithClientCredentials", "externalId", "options"];

test("a message names the option to a program and the flag at the command line", () => {
  const message = wording`${option("distinct")} is off: say ${option("nullKeys", "keep")}, ${option("cascade", true)} or ${option("transaction", "split")} for ${2} ${option("options")}`;
  expect(inWords(message)).toBe(
    'distinct is off: say nullKeys: "keep", cascade: true or transaction: "split" for 2 options',
  );
  expect(inWords(message, asFlag)).toBe(
    "--distinct is off: say --null-keys keep, --cascade or --split for 2 options",
  );
});

test("every option that a message of the library names has a flag, or none on purpose", () => {
  const named = library.flatMap((name) =>
    [...text(name).matchAll(/\boption\("([^"]+)"/g)].map(([, found = ""]) => found),
  );
  expect(named.length).toBeGreaterThan(50);
  const known = [...Object.keys(flagNames), ...withoutFlag, "transaction", "check"];
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});

test("every flag that a message may name is one of a command", () => {
  const commands = files.filter((name) => name.startsWith("cli/")).map(text);
  const flags = Object.values(flagNames).filter((name) => name.startsWith("--"));
  const declared = (flag: string) =>
    commands.some((code) => new RegExp(`"(?:-\\w, )?${flag}[ "]`).test(code));
  expect(flags.filter((flag) => !declared(flag))).toEqual([]);
});

test("no message writes an option with its value as plain text, which the command could not name its own way", () => {
  const plain = library.flatMap((name) =>
    text(name)
      .split("\n")
      .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line))
      .filter((line) => /["'`].*\b(?:say|pass|give) [a-z]+[A-Za-z]*: (?:true|false|"|\\")/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(plain).toEqual([]);
});
