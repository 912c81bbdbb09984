import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let project: string;
const packed = new Map<string, Packed>();

/** A project inside the repository, so that the dependencies of the two packages are found without the registry. */
beforeAll(async () => {
  await mkdir(join(root, ".cache"), { recursive: true });
  project = await mkdtemp(join(root, ".cache", "packaging-"));
  await writeFile(join(project, "package.json"), '{ "private": true }');
  for (const name of ["redshift-sandbox", "shiftmanager"]) {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], {
      cwd: join(root, "packages", name),
    });
    // Newer versions of npm answer with an object by name.
    const answer = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
    const [pack] = Object.values(answer);
    if (pack === undefined) throw new Error(`npm packed nothing: ${stdout}`);
    packed.set(name, pack);
    const target = join(project, "node_modules", name);
    await mkdir(target, { recursive: true });
    await run("tar", ["-xzf", join(project, pack.filename), "--strip-components=1", "-C", target]);
  }
});

afterAll(() => rm(project, { recursive: true }));

describe.each([
  ["redshift-sandbox", "bin/redshift-sandbox.js", "dist/catalog/01-store.sql"],
  ["shiftmanager", "bin/shiftmanager.js", "dist/cli/main.js"],
])("the package %s", (name, bin, asset) => {
  test("holds the command, what it needs, its licence and README, and nothing of the workshop", () => {
    const files = packed.get(name)?.files ?? [];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([bin, asset, "dist/index.js", "dist/index.d.ts", "LICENSE", "README.md"]),
    );
    expect(
      paths.filter((path) => !/^(?:dist\/.*\.(?:js|js\.map|d\.ts|sql)|bin\/.*\.js)$/.test(path)).sort(),
    ).toEqual(["LICENSE", "README.md", "package.json"]);
    expect((files.find(({ path }) => path === bin)?.mode ?? 0) & 0o111).toBe(0o111);
  });
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("types resolve under module %s, moduleResolution %s", async (module, resolution) => {
  const file = join(project, `${resolution}.mts`);
  await writeFile(
    file,
    `import { startSandbox } from "redshift-sandbox";
import type { Sandbox } from "redshift-sandbox";
import { Redshift, randomPassword } from "shiftmanager";
const sandbox: Sandbox = await startSandbox({ port: 0 });
const redshift = new Redshift({ host: "localhost" });
const names: readonly string[] = await redshift.getTableNames();
// @ts-expect-error It is a number.
const length: string = randomPassword().length;
console.log(sandbox.env["PGPORT"], names, length);
`,
  );
  const flags = [
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--types",
    "node",
    "--ignoreConfig",
    "--skipLibCheck",
  ];
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const args = [tsc, ...flags, "--module", module, "--moduleResolution", resolution, file];
  await expect(run(process.execPath, args, { cwd: project })).resolves.toMatchObject({ stdout: "" });
});

test("both commands are linked in the repository", async () => {
  for (const name of ["redshift-sandbox", "shiftmanager"]) {
    const { stdout } = await run("npx", ["--no-install", name, "--version"], { cwd: root });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  }
});
