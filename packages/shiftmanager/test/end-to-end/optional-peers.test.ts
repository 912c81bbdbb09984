import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const library = fileURLToPath(new URL("../..", import.meta.url));
const root = join(library, "../..");
let project: string;

/** A project that has the built library and what it depends on, and none of its optional peers. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
  const modules = join(project, "node_modules");
  for (const part of ["package.json", "dist"]) {
    await cp(join(library, part), join(modules, "shiftmanager", part), { recursive: true });
  }
  const manifest = JSON.parse(await readFile(join(library, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(manifest.dependencies)) {
    const nested = join(library, "node_modules", name);
    const target =
      (await stat(nested).catch(() => undefined)) === undefined ? join(root, "node_modules", name) : nested;
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(target, join(modules, name));
  }
});

afterAll(() => rm(project, { recursive: true }));

async function says(expression: string): Promise<string> {
  const file = join(project, "try.mjs");
  await writeFile(
    file,
    `import { Redshift } from "shiftmanager";
const options = { host: "127.0.0.1", port: 1, database: "dev" };
try { ${expression}; } catch (error) { console.log(error.code + ": " + error.message); }\n`,
  );
  return (await run(process.execPath, [file], { cwd: project })).stdout;
}

test.each([
  [
    'await new Redshift({ ...options, iam: { clusterIdentifier: "main" } }).execute("SELECT 1")',
    "ERR_OPTIONS: IAM logins to a cluster need the package @aws-sdk/client-redshift, which is not installed beside shiftmanager; run npm install @aws-sdk/client-redshift.\n",
  ],
  [
    'await new Redshift({ ...options, iam: { workgroupName: "wg" } }).execute("SELECT 1")',
    "ERR_OPTIONS: IAM logins to a workgroup need the package @aws-sdk/client-redshift-serverless, which is not installed beside shiftmanager; run npm install @aws-sdk/client-redshift-serverless.\n",
  ],
  [
    "await new Redshift(options).kysely()",
    "ERR_OPTIONS: Typed queries need the package kysely, which is not installed beside shiftmanager; run npm install kysely@0.28.\n",
  ],
  ['console.log(String(await new Redshift(options).createGroup("etl")))', "CREATE GROUP etl\n"],
])("without the optional packages: %s", async (expression, said) => {
  expect(await says(expression)).toBe(said);
});

test("without the optional packages the rest works against a sandbox; kysely is loaded only when it is asked for", async () => {
  const sandbox = await startSandbox();
  try {
    const { PGHOST: host, PGPORT, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = sandbox.env;
    const options = { host, port: Number(PGPORT), user, password, database, ssl: "disable" };
    const script = `const redshift = new Redshift(${JSON.stringify(options)});
      const show = async (call) => console.log(await call().catch((error) => error.code));
      await show(async () => (await redshift.execute("SELECT 6 * 7 AS n"))[0].rows[0].n);
      await show(() => redshift.kysely());
      await show(() => redshift.tableExists("nothing"));
      await redshift.close()`;
    expect(await says(script)).toBe("42\nERR_OPTIONS\nfalse\n");
  } finally {
    await sandbox.stop();
  }
});
