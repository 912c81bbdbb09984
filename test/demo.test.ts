import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startSandbox } from "redshift-sandbox";

/** Runs a script and collects all it prints. */
function run(
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(`../scripts/${script}`, import.meta.url))], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

test("the demo starts a sandbox, agrees with the data at every step and takes all down again", async () => {
  const { code, output } = await run("demo.mjs", process.env);
  expect(output).toContain("every count is what the data says");
  expect(code).toBe(0);
});

test("the demo prints no secret, and can be run twice on a sandbox that was reset", async () => {
  const sandbox = await startSandbox();
  try {
    for (let round = 1; round <= 2; round += 1) {
      const { code, output } = await run("demo-steps.mjs", { ...process.env, ...sandbox.env });
      expect(output).toContain("every count is what the data says");
      expect(code).toBe(0);
      for (const name of ["PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]) {
        expect(output.includes(sandbox.env[name] ?? "")).toBe(false);
      }
      // The generated password: 64 characters in a row that Redshift allows in one, with an upper and a lower letter and a digit.
      const runs = output.match(/[!#-&(-.0-?A-[\]-~]{64,}/g) ?? [];
      expect(runs.filter((text) => /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text))).toEqual([]);
      await sandbox.reset();
    }
  } finally {
    await sandbox.stop();
  }
});
