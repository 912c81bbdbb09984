import { join, resolve } from "node:path";
import { refuseForeign, removeEnvFile, writeEnvFile } from "../engine/env-file.ts";
import { startSandbox } from "../sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { sandboxOptions } from "./options.ts";
import type { SandboxFlags } from "./options.ts";
import { signalExitCode, watchSignals } from "./signals.ts";

/** Runs a sandbox until a signal comes or PostgreSQL ends, and resolves to the exit code. */
export async function start(flags: SandboxFlags): Promise<number> {
  const signals = watchSignals();
  try {
    if (flags.envFile !== undefined) await refuseForeign(resolve(flags.envFile));
    const sandbox = await startSandbox(sandboxOptions(flags));
    try {
      const envFile = resolve(flags.envFile ?? join(sandbox.runDir, "env"));
      await provideEnvFile(sandbox, envFile);
      try {
        if (signals.seen === undefined) process.stdout.write(description(sandbox, envFile));
        return await ending(sandbox, signals.first);
      } finally {
        await removeEnvFile(envFile, sandbox.runDir);
      }
    } finally {
      await sandbox.stop();
    }
  } finally {
    signals.close();
  }
}

/** Noted before it is written, so that a sandbox that is killed in between leaves nothing that is not known. */
export async function provideEnvFile(sandbox: Sandbox, path: string): Promise<void> {
  await sandbox.noteEnvFile(path);
  await writeEnvFile(path, sandbox.runDir, sandbox.env);
}

async function ending(sandbox: Sandbox, signal: Promise<NodeJS.Signals>): Promise<number> {
  const end = await Promise.race([signal, sandbox.exited.then((log) => ({ log }))]);
  if (typeof end === "string") return signalExitCode(end);
  process.stderr.write(`redshift-sandbox: PostgreSQL ended unexpectedly.\n${end.log}\n`);
  return 1;
}

/** How to connect, without any secret: those are in the env file, which only its owner can read. */
function description({ env, s3 }: Sandbox, envFile: string): string {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE } = env;
  return `Redshift sandbox is ready.
  SQL  ${PGHOST}:${PGPORT}, database ${PGDATABASE}, user ${PGUSER}, sslmode ${PGSSLMODE}
  S3   ${s3.url}, region ${s3.region}, ${s3.buckets.length === 1 ? "bucket" : "buckets"} ${s3.buckets.join(", ")}
  Passwords and keys are in ${envFile}; use them with
    set -a; . ${shellWord(envFile)}; set +a
  or
    node --env-file=${shellWord(envFile)} PROGRAM
Stop it with Ctrl-C.
`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
