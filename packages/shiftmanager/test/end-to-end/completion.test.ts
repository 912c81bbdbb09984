import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { noTerminal, programOnTerminal } from "./terminal.ts";

const run = promisify(execFile);
const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

let folder: string;
/** An environment in which no settings of a person reach the shell. */
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "completion-"));
  env = { PATH: process.env.PATH ?? "", HOME: folder, TERM: "xterm", LC_ALL: "C.UTF-8" };
  for (const shell of shells) {
    const { code, stdout } = await runCommand(["completion", shell], {});
    expect(code).toBe(0);
    await writeFile(join(folder, `script.${shell}`), stdout);
  }
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "data", "my events.json"), "");
});

afterAll(() => rm(folder, { recursive: true }));

function missing(shell: Shell): string | undefined {
  if (spawnSync(shell, ["--version"]).status === 0) return undefined;
  const reason = `no ${shell}: install ${shell} to run these`;
  if (process.env.REQUIRE_CLIENTS === "1") throw new Error(reason);
  return reason;
}

/** What the shell offers for the last word of a line. */
const offers: Readonly<Record<"bash" | "fish", (line: string) => Promise<readonly string[]>>> = {
  async bash(line) {
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `source script.bash; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}
      _shiftmanager; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run("bash", ["--norc", "-c", script], { cwd: folder, env });
    return stdout.split("\n").filter((word) => word !== "");
  },
  async fish(line) {
    const script = `source script.fish; complete -C '${line}'`;
    const { stdout } = await run("fish", ["--no-config", "-c", script], { cwd: folder, env });
    return stdout
      .split("\n")
      .map((word) => word.split("\t")[0] ?? "")
      .filter((word) => word !== "");
  },
};

describe.each(["bash", "fish"] as const)("%s", (shell) => {
  const reason = missing(shell);
  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });

  test.each<[line: string, offered: readonly string[]]>([
    ["shiftmanager us", ["user"]],
    ["shiftmanager user ", ["alter", "create", "drop", "list"]],
    ["shiftmanager --profile user us", ["user"]],
    ["shiftmanager user --schema x cr", ["create"]],
    ["shiftmanager user create --password-h", ["--password-hash"]],
    ["shiftmanager user create chad --password-hash ", ["md5", "none", "sha256"]],
    ["shiftmanager unload --format ", ["csv", "json", "text"]],
    ["shiftmanager table list --rev", ["--reveal-secrets"]],
    ["shiftmanager table list ", []],
    ["shiftmanager completion ", ["bash", "fish", "zsh"]],
    ["shiftmanager load json data/", ["data/my events.json"]],
    ["shiftmanager --config data/", ["data/my events.json"]],
  ])("%s", async (line, offered) => {
    const found = await offers[shell](line);
    const words = found.map((word) => word.replaceAll("\\ ", " "));
    expect([...new Set(words)].sort()).toEqual(offered);
  });

  test("every flag of a command's help is offered", async () => {
    const { stdout } = await runCommand(["table", "deep-copy", "--help"], {});
    const flags = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = ""]) => flag);
    const offered = await offers[shell]("shiftmanager table deep-copy t --");
    expect(flags.length).toBeGreaterThan(20);
    expect(offered.filter((word) => word.startsWith("--")).sort()).toEqual(
      flags.filter((flag) => flag !== "--version").sort(),
    );
  });
});

describe.each([
  ["bash", ["--norc", "-i"], "source script.bash"],
  ["zsh", ["-f", "-i"], "autoload -Uz compinit; compinit -D -u; source ./script.zsh"],
] as const)("at a prompt of %s", (shell, args, prepare) => {
  const reason = missing(shell) ?? noTerminal;
  beforeEach(({ skip }) => {
    if (reason !== undefined) skip(reason);
  });

  test("Tab completes commands, flags, their values and files", async () => {
    const clear = "\u0015";
    const { screen } = await programOnTerminal(
      [shell, ...args],
      env,
      [
        [/[#$%] /, `${prepare}; PS1='rea''dy> '\r`],
        ["ready> ", "shiftmanager us\t"],
        ["shiftmanager user", "cr\t"],
        ["create", "--password-has\t"],
        ["--password-hash", "sh\t"],
        ["sha256", `${clear}shiftmanager load json data/my\t`],
        [/data\/my\\ events\.json/, `${clear}exit\r`],
      ],
      folder,
    );
    expect(screen).toContain("my\\ events.json");
  });
});
