import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a program printed and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty directory of its own, in which both packages are installed and which is also the home directory. */
export interface WorkingDirectory {
  readonly path: string;
  /** Runs a program there with the commands on PATH; nothing of this process's own settings leads it elsewhere. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome>;
  remove(): Promise<void>;
}

/** Makes the directory a user would have after `npm install shiftmanager redshift-sandbox`. */
export async function makeWorkingDirectory(): Promise<WorkingDirectory> {
  const path = await mkdtemp(join(tmpdir(), "documentation-"));
  const modules = join(path, "node_modules");
  const bin = join(modules, ".bin");
  await mkdir(bin, { recursive: true });
  for (const name of ["shiftmanager", "redshift-sandbox"]) {
    await symlink(join(root, "packages", name), join(modules, name));
    await symlink(join(root, "packages", name, "bin", `${name}.js`), join(bin, name));
  }
  for (const name of ["pg", "@aws-sdk"]) await symlink(join(root, "node_modules", name), join(modules, name));
  return {
    path,
    run: (program, args, env) =>
      run(program, args, path, {
        ...inherited(),
        // The Node that runs the tests comes first, so that the commands' `env node` finds it.
        PATH: [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
        HOME: path,
        NO_COLOR: "1",
        ...env,
      }),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        !/^(?:PG|AWS_|REDSHIFT_|SHIFTMANAGER_|VITEST|NODE_OPTIONS)|_URL$|_PROXY$/i.test(entry[0]),
    ),
  );
}
