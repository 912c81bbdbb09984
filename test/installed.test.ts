import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * Each package as its user gets it: packed, checked, and installed by npm into an empty project outside the repository.
 * npm asks the registry what the ranges of package.json mean today, so these tests need it; `.ci/run` has it.
 */
const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const tool = (path: string): string => join(root, "node_modules", path);

let folder: string;
const tarballs = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shiftmanager-installed-"));
  for (const name of ["shiftmanager", "redshift-sandbox"]) {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: join(root, "packages", name),
    });
    // Newer versions of npm answer with an object by name.
    const [pack] = Object.values(JSON.parse(stdout) as Record<string, { readonly filename: string }>);
    if (pack === undefined) throw new Error(`npm packed nothing: ${stdout}`);
    tarballs.set(name, join(folder, pack.filename));
  }
});

afterAll(() => rm(folder, { recursive: true }));

const tarball = (name: string): string => tarballs.get(name) ?? `${name} was not packed`;

describe.each(["shiftmanager", "redshift-sandbox"])("the package %s", (name) => {
  test("has nothing that publint would mend", async () => {
    const { stdout } = await run(process.execPath, [tool("publint/src/cli.js"), "--strict", tarball(name)]);
    expect(stdout).toContain("All good!");
  });

  test("resolves with its types for every kind of importer of an ES module", async () => {
    const attw = tool("@arethetypeswrong/cli/dist/index.js");
    const args = [attw, "--profile", "esm-only", "--format", "json", tarball(name)];
    const { stdout } = await run(process.execPath, args);
    const { analysis, problems } = JSON.parse(stdout) as {
      readonly analysis: { readonly types: { readonly kind: string } };
      readonly problems?: Readonly<Record<string, unknown>>;
    };
    expect(analysis.types.kind).toBe("included");
    // What is left concerns require() of old Node versions alone.
    expect(
      Object.keys(problems ?? {}).filter((kind) => !/^(?:NoResolution|CJSResolvesToESM)$/.test(kind)),
    ).toEqual([]);
  });
});

describe("the library in an empty project", () => {
  let project: string;
  let unreachable: string | undefined;

  beforeAll(async () => {
    project = join(folder, "project");
    await mkdir(project);
    await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
    const args = ["install", "--no-fund", "--no-audit", "--prefer-offline", tarball("shiftmanager")];
    try {
      await run("npm", args, { cwd: project });
    } catch (error) {
      const { stderr = "" } = error as { readonly stderr?: string };
      const offline = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT)\b/.exec(stderr);
      if (offline === null || process.env["REQUIRE_CLIENTS"] === "1") throw error;
      unreachable = `npm's registry cannot be reached (${offline[0]})`;
    }
  });

  const installed = (title: string, check: () => Promise<void>): void => {
    test(title, async ({ skip }) => {
      skip(unreachable !== undefined, unreachable);
      await check();
    });
  };

  installed("brings no PostgreSQL binaries and says its size", async () => {
    const packages = await installedPackages(join(project, "node_modules"));
    const own = await bytesIn(join(project, "node_modules", "shiftmanager"));
    const all = await bytesIn(join(project, "node_modules"));
    console.log(
      `shiftmanager: ${(own / 1e6).toFixed(1)} MB unpacked; with its dependencies ${packages.length} packages, ${(all / 1e6).toFixed(1)} MB`,
    );
    expect(packages).toContain("shiftmanager");
    expect(packages.filter((name) => /embedded/.test(name))).toEqual([]);
    expect(packages).not.toContain("redshift-sandbox");
    expect(packages).not.toContain("kysely");
  });

  installed("works from JavaScript", async () => {
    const file = join(project, "script.js");
    await writeFile(
      file,
      `import { Redshift, identifier, randomPassword, sql } from "shiftmanager";
const redshift = new Redshift({ host: "localhost", database: "dev", user: "me", password: "x" });
const batch = await redshift.createUser("Chad's", randomPassword());
console.log(String(batch));
console.log(String(sql\`SELECT \${identifier("Order")}\`));
await redshift.close();
`,
    );
    const { stdout } = await run(process.execPath, [file], { cwd: project });
    expect(stdout).toContain(`CREATE USER "Chad's"`);
    expect(stdout).toContain("PASSWORD <secret>");
  });

  installed(
    "works from strict TypeScript that checks its declarations, without the optional peers",
    async () => {
      await writeFile(
        join(project, "program.ts"),
        `import { Redshift } from "shiftmanager";
import type { Batch } from "shiftmanager";
const redshift = new Redshift({ host: "localhost" });
const batch: Batch = await redshift.createGroup("etl", { users: ["chad"] });
// @ts-expect-error A group's members are a list.
await redshift.createGroup("etl", { users: "chad" });
console.log(String(batch));
`,
      );
      const flags = [
        "--noEmit",
        "--strict",
        "--exactOptionalPropertyTypes",
        "--target",
        "es2022",
        "--ignoreConfig",
      ];
      const types = ["--types", "node", "--typeRoots", tool("@types")];
      const args = [tool("typescript/bin/tsc"), ...flags, ...types, "--module", "nodenext", "program.ts"];
      await expect(run(process.execPath, args, { cwd: project })).resolves.toMatchObject({ stdout: "" });
    },
  );

  installed("brings a command that helps", async () => {
    const { stdout } = await run("npx", ["--no-install", "shiftmanager", "--help"], { cwd: project });
    expect(stdout).toMatch(/^Usage: shiftmanager/);
  });
});

/** The names of every package in a node_modules folder, nested ones included. */
async function installedPackages(modules: string): Promise<readonly string[]> {
  const lock = JSON.parse(await readFile(join(modules, ".package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  return Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ""));
}

async function bytesIn(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
