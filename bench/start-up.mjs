// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBareEngine } from "./bare-engine.mjs";
import { compare, time } from "./measure.mjs";
import { said } from "./said.mjs";

const command = fileURLToPath(
  new URL("../packages/redshift-sandbox/bin/redshift-sandbox.js", import.meta.url),
);

/**
 * `redshift-sandbox exec`, from the start of its process until the command in it runs (Node's own start, PostgreSQL, proxy, S3 endpoint,
 * catalogs), against `initdb` and a server start alone: what `pg_ctl start -w` does, without its waits of 100 ms, which would flatter
 * the sandbox. The first start on a machine makes the template that later ones copy.
 */
export async function measureStartUp() {
  const pair = { baseline: "initdb and the server's start", bare, aim: "at most 2" };
  await compare(11, { ...pair, what: "redshift-sandbox exec", measured: () => sandbox(process.env) });
  await compare(5, { ...pair, what: "the first one on a machine", measured: firstSandbox, aim: "none" });
}

async function bare() {
  /** @type {import("./bare-engine.mjs").BareEngine | undefined} */
  let engine;
  const ms = await time(async () => {
    engine = await startBareEngine();
  });
  await engine?.stop();
  return ms;
}

/** @param {NodeJS.ProcessEnv} env */
async function sandbox(env) {
  const start = performance.now();
  const started = spawn(process.execPath, [command, "exec", "--", "echo", "ready"], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  await said(started.stdout, "ready");
  const ms = performance.now() - start;
  if (started.exitCode === null) await once(started, "exit");
  return ms;
}

async function firstSandbox() {
  const cache = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    return await sandbox({ ...process.env, XDG_CACHE_HOME: cache });
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}
