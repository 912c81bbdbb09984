import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openRedshift } from "./open-redshift.ts";
import { runCommand, type Outcome } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "command-load-"));
});

afterAll(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  await sql("DROP TABLE IF EXISTS t");
  await sql("CREATE TABLE t (n INT, v VARCHAR(10))");
});

async function sql(text: string): Promise<readonly object[]> {
  const redshift = openRedshift(sandbox);
  try {
    return (await redshift.execute(text))[0]?.rows ?? [];
  } finally {
    await redshift.close();
  }
}

const count = async () => Number(Object.values((await sql("SELECT COUNT(*) AS n FROM t"))[0] ?? {})[0]);

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const target = ["--table", "t", "--s3", "s3://sandbox/loads"];
const load = (...args: string[]) =>
  runCommand(["load", "json", ...args, ...target, "--execute"], sandbox.env);

function sentence({ code, stderr }: Outcome): string {
  expect(code).toBe(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd().split("\n").at(-1) ?? "";
}

const documents = '{"n":1,"v":"a"}\n{"n":2,"v":"b"}\n';

describe("load json", () => {
  test("--local-path writes the files there as well, --keep-local leaves them", async () => {
    const source = await file("local.json", documents);
    const kept = join(folder, "kept");
    expect((await load(source, "--local-path", kept, "--keep-local")).code).toBe(0);
    expect(await readdir(kept)).toHaveLength(2);
    const removed = join(folder, "removed");
    expect((await load(source, "--local-path", removed)).code).toBe(0);
    expect(await readdir(removed)).toEqual([]);
    expect(await load(source, "--keep-local")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--keep-local goes with --local-path") as string,
    });
  });

  test("files one after the other, plain, gzipped whatever the name, one array, and stdin", async () => {
    const files = [
      await file("plain.json", documents),
      await file("packed.json.gz", gzipSync(documents)),
      await file("packed-too", gzipSync(documents)),
      await file("array.json", '[{"n":7,"v":"x"},\n{"n":8,"v":"y"}]'),
      "-",
    ];
    const { code, stdout } = await runCommand(
      ["load", "json", ...files, ...target, "--execute", "--json"],
      sandbox.env,
      documents,
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as object;
    expect(report).toMatchObject({ type: "report", rows: 10, files: 10 });
    expect(Object.keys(report)).toEqual(expect.arrayContaining(["rows", "bytes", "files"]));
    expect(await count()).toBe(10);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("--json is a stream of events, each with its type, and a report with the seconds of each phase", async () => {
    const source = await file("plain.json", documents);
    const { code, stdout } = await runCommand(
      ["load", "json", source, ...target, "--execute", "--json"],
      sandbox.env,
    );
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const phases = ["plan", "upload", "copy", "proof", "commit", "clean-up"];
    const ended = lines.filter(({ type, state }) => type === "phase" && state === "ended");
    expect(ended.map(({ phase }) => phase)).toEqual(phases);
    expect(lines.filter(({ type }) => type === "statement").map(({ number }) => number)).toEqual([1, 2]);
    expect(lines.find(({ type, done }) => type === "progress" && done === true)).toMatchObject({
      rows: 2,
      files: 2,
      bytesIn: documents.length,
      totalBytesIn: documents.length,
      partsInFlight: 0,
    });
    const report = lines.at(-1) as { readonly phases: Record<string, number> };
    expect(report).toMatchObject({ type: "report", rows: 2, files: 2 });
    expect(Object.keys(report.phases)).toEqual(phases);
    for (const [i, { seconds }] of ended.entries()) expect(report.phases[phases[i] ?? ""]).toBe(seconds);
  });

  test("without a terminal each step is one line", async () => {
    const { stderr } = await load(await file("plain.json", documents));
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^Connecting to /),
      expect.stringMatching(
        /^Upload to s3:\/\/sandbox\/loads\/shiftmanager-\S+\/: 2 rows, \d+ B in, \d+ B out, 2 files/,
      ),
      "[1/2] Loads the uploaded files into public.t, all of them or none",
      expect.stringMatching(/^INFO: /),
      expect.stringMatching(/^\[2\/2\] Proves that 2 rows were loaded/),
      "Committing",
    ]);
  });

  test.each<[string, () => Promise<string>, string]>([
    [
      "a directory",
      async () => (await mkdir(join(folder, "dir"), { recursive: true }), join(folder, "dir")),
      "(it is a directory)",
    ],
    [
      "a gzip file cut off",
      () => file("cut.gz", gzipSync(documents.repeat(1000)).subarray(0, 60)),
      "(it is not a whole gzip file)",
    ],
    [
      "a file that only begins like gzip",
      () => file("fake.gz", Buffer.from([0x1f, 0x8b, 1, 2, 3])),
      "(it is not a whole gzip file)",
    ],
    ["a file that is not there", () => Promise.resolve(join(folder, "none.json")), "(ENOENT)"],
  ])("%s is one sentence, and nothing is loaded", async (_, path, reason) => {
    const given = await path();
    expect(sentence(await load(given))).toBe(
      `error: The file ${given} cannot be read ${reason}; check its name and content.`,
    );
    expect(await count()).toBe(0);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ["not JSON", "{oops", /cannot be read \(it is not JSON\)/],
    ["another key", '{"paths": []}', /is no jsonpaths file/],
    ["too few paths", '{"jsonpaths": ["$.n"]}', /There are 1 jsonpaths \(\$\.n\) for 2 columns \(n, v\)/],
    ["text that is no path", '{"jsonpaths": ["n", "v"]}', /"n" is no path/],
    [
      "a path that COPY refuses",
      '{"jsonpaths": ["$.n", "$.*"]}',
      /Invalid JSONPath format.*nothing was kept/,
    ],
  ])("a jsonpaths file with %s", async (_, content, message) => {
    const paths = await file("paths.json", content);
    expect(sentence(await load(await file("plain.json", documents), "--jsonpaths", paths))).toMatch(message);
    expect(await count()).toBe(0);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("columns that do not go with the keys", async () => {
    const plain = await file("plain.json", documents);
    expect(sentence(await load(plain, "--columns", "n"))).toMatch(
      /There are 2 jsonpaths .* for 1 columns \(n\)/,
    );
    expect(sentence(await load(plain, "--columns", "n,w"))).toMatch(/names "w", which is no column/);
  });

  test("empty input loads nothing and is no failure", async () => {
    const { code, stdout } = await load(await file("empty.json", ""));
    expect(code).toBe(0);
    expect(stdout).toBe("Loaded 0 rows into t (0 files, 0 B in S3).\n");
  });

  test("stdin twice is a wrong command line", async () => {
    expect((await load("-", "-")).code).toBe(2);
  });
});

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s", (signal, exitCode) => {
  const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));

  /** Feeds documents until the command ends, and interrupts it once stderr or the number of documents says so. */
  async function interrupted(when: {
    readonly stderr?: string;
    readonly documents?: number;
  }): Promise<Outcome> {
    const child = spawn(process.execPath, [bin, "load", "json", "-", ...target, "--execute"], {
      env: { PATH: process.env.PATH ?? "", HOME: folder, ...sandbox.env },
    });
    let stdout = "";
    let stderr = "";
    let sent = false;
    const interrupt = () => {
      if (!sent) child.kill(signal);
      sent = true;
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (when.stderr !== undefined && stderr.includes(when.stderr)) setTimeout(interrupt, 200);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.write(documents.repeat(2000));
    if (when.documents === undefined) child.stdin.end();
    else {
      // Stays open with nothing more to say, as a pipe from an idle program does.
      while (!stderr.includes("Connecting")) await new Promise((resolve) => setTimeout(resolve, 20));
      setTimeout(interrupt, 700);
    }
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    child.stdin.destroy();
    return { code, stdout, stderr };
  }

  test("during the upload, with an input that has nothing to say: its exit code, and nothing stays", async () => {
    const { code, stderr } = await interrupted({ documents: 4000 });
    expect(stderr).toContain(`error: Stopped by ${signal}.`);
    expect(code).toBe(exitCode);
    expect(await count()).toBe(0);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("twice: it ends at once with its exit code, and says what may be left", async () => {
    const source = await file("twice.json", documents);
    // An S3 that never answers: what is under way would be waited for.
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const child = spawn(process.execPath, [bin, "load", "json", source, ...target, "--execute"], {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        ...sandbox.env,
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      },
    });
    silent.once("request", () => child.kill(signal));
    let stderr = "";
    let again = false;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (again || !stderr.includes("Stopping: ")) return;
      again = true;
      child.kill(signal);
    });
    try {
      expect(await new Promise((resolve) => child.on("close", resolve))).toBe(exitCode);
      expect(stderr).toContain("Stopping: cancelling the load, nothing will be loaded; ");
      expect(stderr).toMatch(
        /Stopped at once\. Nothing is loaded: .* may be left under s3:\/\/sandbox\/loads\/shiftmanager-\S+\/; delete them\.\n$/,
      );
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  test("during COPY: its exit code, the statement is cancelled on the server, and nothing stays", async () => {
    sandbox.faults.add({ target: "copy", action: "slow", times: 1000 });
    const { code, stderr } = await interrupted({ stderr: "[1/2]" });
    sandbox.faults.clear();
    expect(stderr).toMatch(/error: Statement 1 of 2 .* was stopped; nothing was kept/);
    expect(code).toBe(exitCode);
    expect(await count()).toBe(0);
    expect(await s3Leftovers(sandbox)).toEqual([]);
    expect(
      await sql("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query ILIKE 'copy%'"),
    ).toEqual([]);
  });
});

describe("unload", () => {
  const unload = (...args: string[]) =>
    runCommand(["unload", "t", "s3://sandbox/out/x-", ...args], sandbox.env);

  test("a preview changes nothing; the rows go out; what is there is refused, or replaced when approved", async () => {
    await sql("INSERT INTO t VALUES (1, 'a'), (2, NULL)");
    const preview = await unload("--where", "v = 'it''s'", "--columns", "n");
    expect(preview.stdout).toContain("UNLOAD ('SELECT n FROM public.t WHERE v = ''it''''s''')");
    expect(await s3Leftovers(sandbox)).toEqual([]);

    const { stdout, code } = await unload("--execute", "--json");
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(lines.map(({ type }) => type)).toEqual(["file", "report"]);
    expect(lines[1]).toMatchObject({ rows: 2, files: 1, manifest: "s3://sandbox/out/x-manifest", stale: [] });

    expect(sentence(await unload("--execute"))).toMatch(
      /^error: There is s3:\/\/sandbox\/out\/x-\S+ already/,
    );

    const before = await s3Leftovers(sandbox);
    const asked = await unload("--execute", "--existing", "replace");
    expect(asked.code).toBe(3);
    expect(asked.stderr).toContain("This destroys every object whose name begins with s3://sandbox/out/x-");
    expect(await s3Leftovers(sandbox)).toEqual(before);
    expect((await unload("--execute", "--existing", "replace", "--yes", "--format", "csv")).code).toBe(0);
  });
});
