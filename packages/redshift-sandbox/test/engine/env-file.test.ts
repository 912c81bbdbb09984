import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv, promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SandboxError } from "../../src/errors.ts";
import { refuseForeign, removeEnvFile, writeEnvFile } from "../../src/engine/env-file.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "env-file-test-"));
  file = join(directory, "an env file");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test("the file is one assignment a line under a mark, for its owner only", async () => {
  await writeEnvFile(file, "/run/1", { PGPORT: "5439", PGSSLROOTCERT: "/a place/ca.crt", X: "it's" });
  expect(await readFile(file, "utf8")).toBe(
    `# redshift-sandbox, removed when it stops: /run/1
PGPORT=5439
PGSSLROOTCERT='/a place/ca.crt'
X="it's"
`,
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("a shell and Node read back every value that is written; the others are refused", async () => {
  const text = fc.string({ unit: fc.constantFrom(..."aZ0 '\"$`\\#=!~*&;|<>(){}[]-_/.:,é\n\t") });
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      try {
        await writeEnvFile(file, "/run/1", { FIRST: value, LAST: "end" });
      } catch (error) {
        expect(error).toBeInstanceOf(SandboxError);
        return;
      }
      expect(parseEnv(await readFile(file, "utf8"))).toEqual({ FIRST: value, LAST: "end" });
      const { stdout } = await promisify(execFile)("sh", ["-c", '. "$0"; printf %s "$FIRST|$LAST"', file]);
      expect(stdout).toBe(`${value}|end`);
    }),
    { numRuns: 60 },
  );
});

test("a file of another run is not removed, our own is", async () => {
  await writeEnvFile(file, "/run/1", { A: "1" });
  await removeEnvFile(file, "/run/2");
  expect(await readFile(file, "utf8")).toContain("A=1");
  await removeEnvFile(file, "/run/1");
  await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  await removeEnvFile(file, "/run/1");
});

test("the file of a run that is there is not taken over, that of one that is gone is", async () => {
  await writeEnvFile(file, directory, { A: "1" });
  await expect(writeEnvFile(file, "/run/2", { A: "2" })).rejects.toThrow(
    `--env-file ${file} belongs to a sandbox that is running; name another file.`,
  );
  await rm(file);
  await writeEnvFile(file, "/run/gone", { A: "1" });
  await writeEnvFile(file, "/run/2", { A: "2" });
  expect(await readFile(file, "utf8")).toContain("A=2");
});

test("a file that no sandbox wrote is never overwritten", async () => {
  await writeFile(file, "A=1\n");
  const refusal = `--env-file ${file} exists and was not written by a sandbox, which would remove it at the end; name another file.`;
  await expect(refuseForeign(file)).rejects.toThrow(refusal);
  await expect(writeEnvFile(file, "/run/1", {})).rejects.toThrow(refusal);
  await expect(removeEnvFile(file, "/run/1")).resolves.toBeUndefined();
  expect(await readFile(file, "utf8")).toBe("A=1\n");
});
