// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(
  new URL("../packages/redshift-sandbox/bin/redshift-sandbox.js", import.meta.url),
);

/**
 * Runs a script of this folder inside `redshift-sandbox exec`: the sandbox in a process of its own and the client in another, as
 * they are in use.
 * @param {string} script
 */
export async function runInSandbox(script) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const sandbox = spawn(process.execPath, [command, "exec", "--", process.execPath, path], {
    stdio: "inherit",
  });
  const [code] = await once(sandbox, "exit");
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}.`);
}
