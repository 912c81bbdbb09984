import { expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

/** A database that is not there: what gets past the command line fails to connect. */
const nowhere = {
  PGHOST: "127.0.0.1",
  PGPORT: "1",
  PGDATABASE: "dev",
  PGUSER: "u",
  PGPASSWORD: "p",
  PGSSLMODE: "disable",
};

/** The names of a command's subcommands, as its help lists them. */
async function subcommands(path: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runCommand([...path, "--help"], {});
  const list = /^Commands:\n((?: {2}.*\n)*)/m.exec(stdout)?.[1] ?? "";
  return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

async function leaves(path: readonly string[] = []): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = [];
  const names = await subcommands(path);
  for (const below of await Promise.all(names.map((name) => leaves([...path, name])))) found.push(...below);
  return names.length === 0 ? [path] : found;
}

test("every command's help ends with examples, which its command line takes", async () => {
  const commands = await leaves();
  expect(commands.length).toBeGreaterThan(8);
  await Promise.all(
    commands.map(async (path) => {
      const { code, stdout } = await runCommand([...path, "--help"], {});
      expect(code).toBe(0);
      const examples = (/\nExamples?:\n((?: {2}.+\n)+)$/.exec(stdout)?.[1] ?? "").trim().split("\n");
      for (const example of examples) {
        expect(example, path.join(" ")).toContain(`shiftmanager ${path.join(" ")}`);
        // It runs until it is stopped; command-sandbox.test.ts does that.
        if (path.join(" ") === "sandbox start") continue;
        const words = (/shiftmanager (.*?)(?: >.*)?$/.exec(example)?.[1] ?? "").match(/'[^']*'|\S+/g) ?? [];
        const outcome = await runCommand(
          words.map((word) => word.replaceAll("'", "")),
          { ...nowhere, REDSHIFT_IAM_ROLE: "default" },
        );
        expect(outcome.code, `${example}\n${outcome.stderr}`).not.toBe(2);
        expect(outcome.stderr).not.toContain("unforeseen");
      }
    }),
  );
}, 120_000);
