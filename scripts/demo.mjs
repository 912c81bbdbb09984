// @ts-check
/**
 * The main job on a real data set, with the installed commands, against a sandbox that this starts:
 * `redshift-sandbox exec` runs `demo-steps.mjs` and takes everything down again.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const steps = fileURLToPath(new URL("demo-steps.mjs", import.meta.url));
const sandbox = fileURLToPath(
  new URL("../packages/redshift-sandbox/bin/redshift-sandbox.js", import.meta.url),
);

const child = spawn(process.execPath, [sandbox, "exec", "--", process.execPath, steps], { stdio: "inherit" });
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"]))
  process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
