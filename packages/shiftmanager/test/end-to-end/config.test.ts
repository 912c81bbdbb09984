import { createHash } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SettingOrigin } from "../../src/index.ts";
import { runCommand, type Outcome } from "./run-command.ts";

/** A home directory and, apart from it, a project with a folder in it. */
let base: string;
let home: string;
let project: string;
let folder: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "config-"));
  home = join(base, "home");
  project = join(base, "project");
  folder = join(project, "src", "deep");
  await mkdir(home);
  await mkdir(folder, { recursive: true });
});

afterEach(() => rm(base, { recursive: true }));

async function write(path: string, text: string, mode = 0o600): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

function shiftmanager(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return runCommand(args, { HOME: home, ...env }, "", folder);
}

/** What `shiftmanager config` says of one setting. */
async function setting(name: string, args: readonly string[] = [], env = {}): Promise<string> {
  const { code, stdout, stderr } = await shiftmanager(["config", "--json", ...args], env);
  expect(code, stderr).toBe(0);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as SettingOrigin);
  const row = rows.find((candidate) => candidate.setting === name);
  return `${String(row?.value)}: ${row?.from}`;
}

const json = (host: string, more: object = {}) =>
  JSON.stringify({ profiles: { dev: { host } }, defaultProfile: "dev", ...more });

describe("where settings come from", () => {
  test.each(["ts", "mts", "js", "mjs"])(
    "a .%s file of the home directory exports profiles and Redshift objects by name",
    async (extension) => {
      const typed = extension.endsWith("ts");
      const path = await write(
        join(home, `.shiftmanager.${extension}`),
        `import { Redshift } from "shiftmanager";
       ${typed ? 'import type { Profile } from "shiftmanager"; interface Mine { port: number } const mine = { port: 5440 } satisfies Mine;' : "const mine = { port: 5440 };"}
       const host = await Promise.resolve("dev.example.com");
       export const dev${typed ? ": Profile" : ""} = { host, ...mine, user: () => "chad" };
       export const prod = new Redshift({ host: "prod.example.com" });
       export const defaultProfile = "dev";`,
      );
      expect(await setting("host")).toBe(`dev.example.com: the profile dev of ${path}`);
      expect(await setting("port")).toBe(`5440: the profile dev of ${path}`);
      expect(await setting("user")).toBe(`chad: the profile dev of ${path}`);
      expect(await setting("redshift", ["--profile", "prod"])).toBe(`null: a Redshift object of ${path}`);
    },
  );

  test("flag, environment, --config, project, home: the first that has the profile", async () => {
    await write(
      join(home, ".shiftmanager.json"),
      json("home", { profiles: { dev: { host: "home" }, mine: { host: "mine" } } }),
    );
    expect(await setting("host")).toMatch(/^home: /);
    const path = await write(join(project, "shiftmanager.config.json"), json("project"));
    expect(await setting("host")).toBe(`project: the profile dev of ${path}`);
    expect(await setting("host", ["--profile", "mine"])).toMatch(/^mine: /);
    expect(await setting("host", [], { SHIFTMANAGER_PROFILE: "mine" })).toMatch(/^mine: /);
    const named = await write(join(base, "named.json"), json("named"));
    expect(await setting("host", [], { SHIFTMANAGER_CONFIG: named })).toMatch(/^named: /);
    expect(await setting("host", ["--config", named], { SHIFTMANAGER_CONFIG: "/nowhere" })).toMatch(
      /^named: /,
    );
    expect(await setting("host", ["--config", named], { PGHOST: "environment" })).toBe("environment: PGHOST");
    expect(await setting("region", ["--region", "eu-west-1"], { AWS_REGION: "x" })).toBe("eu-west-1: a flag");
    expect(await setting("host", ["--config", "none"])).toBe("null: not set");
  });

  test("secrets are masked, and a password that is kept elsewhere is not even fetched", async () => {
    await write(
      join(home, ".shiftmanager.json"),
      JSON.stringify({
        profiles: {
          a: {
            host: "h",
            password: "hunter22",
            awsAccessKeyId: "AKIDAKID",
            awsSecretAccessKey: "shhhhh",
            pg: { password: "inner1" },
          },
          b: { password: { env: "UNSET" } },
        },
        defaultProfile: "a",
      }),
    );
    for (const flags of [[], ["--json"], ["--profile", "b"]]) {
      const { stdout, stderr, code } = await shiftmanager(["config", ...flags]);
      expect(code, stderr).toBe(0);
      expect(stdout + stderr).not.toMatch(/hunter22|AKIDAKID|shhhhh|inner1/);
      expect(stdout).toContain("<secret>");
    }
  });

  test("several profiles without a default leave the choice to the caller", async () => {
    await write(
      join(home, ".shiftmanager.json"),
      JSON.stringify({ profiles: { dev: { host: "a" }, prod: { host: "b" } } }),
    );
    const open = await shiftmanager(["config"]);
    expect([open.code, open.stderr]).toEqual([
      2,
      expect.stringMatching(/has the profiles dev, prod; choose one with --profile/),
    ]);
    expect(await setting("host", [], { PGHOST: "given" })).toBe("given: PGHOST");
    const unknown = await shiftmanager(["table", "list", "--profile", "prd"]);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/no profile "prd" .*; did you mean "prod"\?/),
    ]);
  });

  test("a chosen profile that gives way to the environment is said on stderr", async () => {
    await write(join(home, ".shiftmanager.json"), json("home"));
    const chosen = await shiftmanager(["config", "--profile", "dev"], { PGHOST: "other" });
    expect(chosen.stderr).toBe("warning: The profile dev is in use, but PGHOST wins over its host.\n");
    const byDefault = await shiftmanager(["config"], { PGHOST: "other" });
    expect(byDefault.stderr).toBe("");
  });
});

describe("each mistake in a config file is one sentence that names the file", () => {
  test.each([
    [
      ".shiftmanager.json",
      '{ "profiles": { "a": { "password": "hunter22" "b" } } }',
      /is not JSON.*; mend it\.$/,
    ],
    [
      ".shiftmanager.json",
      '{ "host": "x" }',
      /is no config; write \{ profiles: \{ dev: \{ host: "…" \} \} \}\.$/,
    ],
    [
      ".shiftmanager.json",
      '{ "profiles": { "a": { "hots": "x" } } }',
      /The profile "a" in .*"hots", which is no setting; did you mean "host"\?$/,
    ],
    [
      ".shiftmanager.json",
      '{ "profiles": { "dev": {} }, "defaultProfile": "dve" }',
      /has the defaultProfile "dve", which is none of its profiles; did you mean "dev"\?$/,
    ],
    [".shiftmanager.ts", "export const a = ;", /fails: .*Unexpected token.*; mend it\.$/],
    [".shiftmanager.mjs", 'throw new Error("the vault is closed")', /fails: the vault is closed; mend it\.$/],
    [".shiftmanager.mjs", 'import "nowhere-to-be-found"', /fails: .*nowhere-to-be-found.*; mend it\.$/],
  ])("%s: %s", async (name, text, message) => {
    const path = await write(join(home, name), text);
    const { code, stdout, stderr } = await shiftmanager(["config"]);
    expect(stderr.trimEnd()).toMatch(message);
    expect([code, stdout, stderr.split("\n").length]).toEqual([1, "", 2]);
    expect(stderr).toContain(path);
    expect(stderr).not.toContain("hunter22");
  });

  test("a file that is named and not there", async () => {
    const { code, stderr } = await shiftmanager(["config", "--config", "nowhere.ts"]);
    expect([code, stderr]).toEqual([
      1,
      `error: The config file ${join(folder, "nowhere.ts")} cannot be read (ENOENT); check its name.\n`,
    ]);
  });
});

test("a file that is named in another language is not run", async () => {
  const path = await write(join(folder, "profiles.yaml"), "throw new Error('it ran')");
  const { code, stderr } = await shiftmanager(["config", "--config", path]);
  expect([code, stderr]).toEqual([
    1,
    `error: The config file ${path} is in no language known here; its name must end in .ts, .mts, .js, .mjs, .json.\n`,
  ]);
});

test("config says whether the file was named by the flag or by the variable", async () => {
  const path = await write(join(base, "named.json"), json("h"));
  expect(await setting("config file", ["--config", path])).toBe(`${path}: --config`);
  expect(await setting("config file", [], { SHIFTMANAGER_CONFIG: path })).toBe(
    `${path}: SHIFTMANAGER_CONFIG`,
  );
});

test("where no setting says the server, the command names variables and profiles", async () => {
  const { code, stderr } = await shiftmanager(["table", "list"]);
  expect([code, stderr]).toEqual([
    1,
    "error: Connecting needs host (PGHOST), database (PGDATABASE), user (PGUSER); give what is missing in the environment or in a profile of a config file.\n",
  ]);
});

describe("a project's file that is code runs only when it is trusted", () => {
  const traced = (host: string) => `import { writeFileSync } from "node:fs";
    writeFileSync(process.env.RAN, "yes"); export const dev = { host: "${host}" };`;
  const ran = () =>
    readFile(join(base, "ran"), "utf8").then(
      () => true,
      () => false,
    );
  const env = () => ({ RAN: join(base, "ran") });

  test("without a terminal it is refused, and the way is named", async () => {
    const path = await write(join(project, "shiftmanager.config.mjs"), traced("project"));
    const { code, stderr } = await shiftmanager(["config"], env());
    expect([code, stderr]).toEqual([
      3,
      `error: The project's config file ${path} is code, which may do whatever you may; approve it once at a terminal, name it with --config (SHIFTMANAGER_CONFIG), or go without with --config none.\n`,
    ]);
    expect(await ran()).toBe(false);
    expect((await shiftmanager(["config", "--config", "none"], env())).code).toBe(0);
    expect(await ran()).toBe(false);
    expect((await shiftmanager(["config", "--config", path], env())).code).toBe(0);
    expect(await ran()).toBe(true);
  });

  test("with what it imports by path, which is named", async () => {
    const path = await write(
      join(project, "shiftmanager.config.ts"),
      'import { writeFileSync } from "node:fs"; import { host } from "./lib/host.js"; export const dev = { host };',
    );
    await write(
      join(project, "lib", "host.ts"),
      traced("x").replace("dev =", "host = 'h'; export const dev ="),
    );
    const { code, stderr } = await shiftmanager(["config"], env());
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining(`file ${path}, with ${join("lib", "host.ts")} is code, which may do`),
    ]);
    expect(await ran()).toBe(false);
  });

  test("JSON needs approval only when it sends for what is kept elsewhere", async () => {
    const path = join(project, "shiftmanager.config.json");
    await write(path, json("project"));
    expect(await setting("host")).toMatch(/^project: /);
    await write(
      path,
      JSON.stringify({ profiles: { dev: { host: "evil", password: { env: "AWS_SECRET_ACCESS_KEY" } } } }),
    );
    const { code, stderr } = await shiftmanager(["config"]);
    expect([code, stderr]).toEqual([3, expect.stringContaining("reads environment variables or files")]);
  });

  describe("a server that only a project's JSON file names is given nothing of the user's own before an approval", () => {
    const strange = { host: "db.invalid", user: "u", database: "d" };
    const list = (profile: object, env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
      write(join(project, "shiftmanager.config.json"), JSON.stringify({ profiles: { dev: profile } })).then(
        () => shiftmanager([...(args.length === 0 ? ["table", "list"] : args)], env),
      );
    const keys = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s" };

    test.each<[string, object, Readonly<Record<string, string>>]>([
      ["the password in PGPASSWORD", strange, { PGPASSWORD: "x" }],
      ["the password in PGPASSWORD", { url: "redshift://u@db.invalid/d" }, { PGPASSWORD: "x" }],
      [
        "the password in PGPASSWORD",
        { pg: { host: "db.invalid" } },
        { PGPASSWORD: "x", PGHOST: "own.invalid" },
      ],
      ["a temporary password from AWS", { ...strange, iam: { clusterIdentifier: "c" } }, {}],
      ["the keys in AWS_SECRET_ACCESS_KEY", strange, keys],
      ["the AWS SDK's session keys", { ...strange, copyWithClientCredentials: true }, {}],
    ])("%s, with %j", async (secret, profile, env) => {
      const { code, stderr } = await list(profile, env);
      expect([code, stderr]).toEqual([3, expect.stringContaining(`, which could be given ${secret}`)]);
      expect(stderr).toMatch(/; approve it once at a terminal, name it with --config/);
    });

    test("the source's password", async () => {
      const { code, stderr } = await list(
        { source: { host: "db.invalid", user: "u", database: "d" } },
        { SHIFTMANAGER_SOURCE_PASSWORD: "x", PGHOST: "own.invalid" },
        ...["load", "postgres", "--table", "t", "--s3", "s3://sandbox/x", "--from-table", "t"],
      );
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(
          /names the server db\.invalid, .* the password in SHIFTMANAGER_SOURCE_PASSWORD;/,
        ),
      ]);
    });

    test("at the prompt, of every profile", async () => {
      const { code, stderr } = await list(strange, { PGPASSWORD: "x", PGHOST: "own.invalid" }, "repl");
      expect([code, stderr]).toEqual([3, expect.stringContaining("names the server db.invalid")]);
    });

    test.each<[string, object, Readonly<Record<string, string>>]>([
      ["a password of its own", { ...strange, password: "own" }, { PGPASSWORD: "" }],
      ["no secret", strange, {}],
      ["this machine", { ...strange, host: "127.0.0.1", port: 1 }, { PGPASSWORD: "x" }],
      [
        "the environment's own server",
        { database: "d" },
        { PGPASSWORD: "x", PGHOST: "own.invalid", PGUSER: "u" },
      ],
      ["a role for COPY", strange, { ...keys, REDSHIFT_IAM_ROLE: "default" }],
    ])("%s needs none", async (_, profile, env) => {
      const { code, stderr } = await list(profile, env);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^(?!.*approve).*invalid|127\.0\.0\.1/s)]);
    });

    test("nor one that was approved, is named, or only shown", async () => {
      const path = await write(
        join(project, "shiftmanager.config.json"),
        JSON.stringify({ profiles: { dev: strange } }),
      );
      const env = { PGPASSWORD: "x" };
      expect((await shiftmanager(["config"], env)).code).toBe(0);
      expect((await shiftmanager(["table", "list", "--config", path], env)).code).toBe(1);
      const content = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      await write(join(home, ".shiftmanager", "approved.json"), JSON.stringify({ [path]: content }));
      expect((await shiftmanager(["table", "list"], env)).code).toBe(1);
    });
  });

  test("--help, --version and completion read no configuration", async () => {
    await write(join(project, "shiftmanager.config.mjs"), traced("project"));
    await write(join(home, ".shiftmanager.mjs"), traced("home"));
    for (const args of [["--help"], ["table", "list", "--help"], ["--version"], ["completion", "bash"]]) {
      expect((await shiftmanager(args, env())).code, args.join(" ")).toBe(0);
      expect(await ran()).toBe(false);
    }
  });
});

const posix = process.platform !== "win32";
const root = process.getuid?.() === 0;

describe.runIf(posix)("nothing that somebody else could have written is run", () => {
  const code = "export const dev = { host: 'h' };";

  async function refusal(): Promise<string> {
    const { code: exit, stdout, stderr } = await shiftmanager(["config"]);
    expect([exit, stdout]).toEqual([1, ""]);
    return stderr;
  }

  test.each([
    ["the group", 0o620],
    ["everyone", 0o602],
  ])("a file that %s may write", async (_, mode) => {
    const path = await write(join(home, ".shiftmanager.mjs"), code, mode);
    expect(await refusal()).toBe(
      `error: The config file ${path} is not used, because others may write it; run chmod go-w ${path}.\n`,
    );
  });

  test("a file that an own file imports, however far away", async () => {
    await write(
      join(home, ".shiftmanager.ts"),
      'export * from "./lib/profiles"; export const a = { host: "a" };',
    );
    await write(join(home, "lib", "profiles.ts"), 'export const { dev } = await import("../names.mjs");');
    const names = await write(join(home, "names.mjs"), code);
    expect(await setting("host", ["--profile", "dev"])).toMatch(/^h: /);
    await chmod(names, 0o622);
    expect(await refusal()).toBe(
      `error: The config file ${join(home, ".shiftmanager.ts")} is not used, because others may write the imported file ${names}; run chmod go-w ${names}.\n`,
    );
  });

  test("a file in a folder that everyone may write, unless it is sticky", async () => {
    await write(join(home, ".shiftmanager.mjs"), code);
    await chmod(home, 0o777);
    expect(await refusal()).toContain(`because others may write its folder ${home}; run chmod go-w ${home}.`);
    await chmod(home, 0o1777);
    expect(await setting("host")).toMatch(/^h: /);
  });

  test("a link to a file that everyone may write", async () => {
    const real = await write(join(base, "elsewhere", "real.mjs"), code, 0o666);
    await symlink(real, join(home, ".shiftmanager.mjs"));
    expect(await refusal()).toContain(`others may write it; run chmod go-w ${real}.`);
  });

  test("a file, or its folder, of another user", async ({ skip }) => {
    skip(!root, "only root can make files of another user");
    const path = await write(join(home, ".shiftmanager.mjs"), code);
    await chown(path, 65_534, 65_534);
    expect(await refusal()).toContain("because it belongs to another user; make it yours");
    await chown(path, 0, 0);
    await chown(home, 65_534, 65_534);
    expect(await refusal()).toContain(`because its folder ${home} belongs to another user`);
  });

  test("a password in a file that others can read draws a warning; one that is kept elsewhere does not", async () => {
    const path = join(home, ".shiftmanager.json");
    await write(path, JSON.stringify({ profiles: { dev: { host: "h", password: "hunter22" } } }), 0o644);
    const open = await shiftmanager(["config"]);
    expect(open.stderr).toBe(
      `warning: The config file ${path} holds a password of "dev" and others can read it; run chmod 600 ${path}, or keep it elsewhere: { env: "NAME" }, { file: "path" } or a function.\n`,
    );
    await chmod(path, 0o600);
    expect((await shiftmanager(["config"])).stderr).toBe("");
    await write(path, JSON.stringify({ profiles: { dev: { host: "h", password: { env: "X" } } } }), 0o644);
    expect((await shiftmanager(["config"])).stderr).toBe("");
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });
});
