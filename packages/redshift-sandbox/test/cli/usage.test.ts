import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "./command.ts";

test.each([
  [["start", "--prot", "1"], "error: unknown option '--prot'\n(Did you mean --port?)\n"],
  [["exce"], "error: unknown command 'exce'\n(Did you mean exec?)\n"],
  [["exec"], "error: missing required argument 'command'\n"],
  [
    ["start", "--port", "65536"],
    "error: option '--port <number>' argument '65536' is invalid. Not a port number from 0 to 65535.\n",
  ],
  [
    ["start", "--bucket", "fine,Not_Fine"],
    `error: option '--bucket <name,...>' argument 'fine,Not_Fine' is invalid. "Not_Fine" is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at each end.\n`,
  ],
  [
    ["start", "--iam-role", "sandbox"],
    `error: option '--iam-role <arn,...>' argument 'sandbox' is invalid. "sandbox" is not the ARN of a role (arn:aws:iam::123456789012:role/NAME).\n`,
  ],
  [
    ["start", "--edition", "ra3"],
    "error: option '--edition <kind>' argument 'ra3' is invalid. Allowed choices are provisioned, serverless.\n",
  ],
])("%j is refused with code 2", async (args, stderr) => {
  expect(await runCommand(args)).toEqual({ code: 2, stdout: "", stderr });
});

test.each(["--help", "--version", "exec --help"])(
  "%s loads nothing but the argument parser",
  async (args) => {
    const directory = await mkdtemp(join(tmpdir(), "usage-test-"));
    const { code, stderr } = await runCommand(args.split(" "), {
      env: { ...process.env, NODE_V8_COVERAGE: directory },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const reports = await Promise.all(
      (await readdir(directory)).map((name) => readFile(join(directory, name), "utf8")),
    );
    await rm(directory, { recursive: true });
    const loaded = reports
      .flatMap((report) => (JSON.parse(report) as { result: { url: string }[] }).result)
      .map(({ url }) => url.replace(/^.*\/(?:node_modules|packages\/redshift-sandbox)\//, ""))
      .filter((url) => !url.startsWith("node:") && !url.startsWith("commander/"));
    expect(loaded.sort()).toEqual(["bin/redshift-sandbox.js", "dist/cli/main.js", "dist/cli/options.js"]);
  },
);
