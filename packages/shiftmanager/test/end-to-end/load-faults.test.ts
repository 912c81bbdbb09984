import { randomBytes } from "node:crypto";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  LoadError,
  type JsonObject,
  type Redshift,
  type ShiftmanagerEvent,
  ShiftmanagerError,
  StorageError,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let onEvent: (event: ShiftmanagerEvent) => void = () => undefined;

type Fault = Parameters<Sandbox["faults"]["add"]>[0];

beforeAll(async () => {
  sandbox = await startSandbox();
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
    onEvent: (event) => onEvent(event),
  });
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  onEvent = () => undefined;
  await redshift.execute("DROP TABLE IF EXISTS t");
  await redshift.execute("CREATE TABLE t (n INT, pad VARCHAR(65535)); INSERT INTO t VALUES (-1, 'was here')");
});

afterEach(() => sandbox.faults.clear());

const few = Array.from({ length: 10 }, (_, n) => ({ n, pad: "x" }));

/** Rows whose one file takes three parts. */
function* many(): Generator<JsonObject> {
  for (let n = 0; n < 300; n += 1) yield { n, pad: randomBytes(30_000).toString("base64") };
}

async function count(): Promise<number> {
  const [result] = await redshift.execute("SELECT COUNT(*)::INT AS n FROM t");
  return (result?.rows[0] as { readonly n: number }).n;
}

function load(documents: Iterable<JsonObject>, slices = 3, signal?: AbortSignal) {
  const options = { slices, ...(signal === undefined ? {} : { signal }) };
  return redshift.copyJsonToTable("sandbox", "f", documents, null, "t", options);
}

/** One sentence, or two, that are not a stack; the table as it was and S3 empty. */
async function failsCleanly(run: Promise<unknown>): Promise<Error> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ShiftmanagerError);
  sandbox.faults.clear();
  expect(await s3Leftovers(sandbox)).toEqual([]);
  return error as Error;
}

describe("faults of S3", () => {
  test.each<[string, Fault]>([
    ["PutObject", { target: "s3", operation: "PutObject", action: "503", times: 2 }],
    ["PutObject", { target: "s3", operation: "PutObject", action: "500", after: 3 }],
    ["PutObject", { target: "s3", operation: "PutObject", action: "drop", after: 1 }],
    ["PutObject", { target: "s3", operation: "PutObject", action: "slow" }],
    ["DeleteObjects", { target: "s3", operation: "DeleteObjects", action: "503" }],
  ])("one %s that fails is tried again (%#)", async (_, fault) => {
    sandbox.faults.add(fault);
    expect(await load(few)).toMatchObject({ rows: 10, files: 3 });
    expect(await count()).toBe(11);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test.each<Fault>([
    { target: "s3", operation: "CreateMultipartUpload", action: "503" },
    { target: "s3", operation: "CreateMultipartUpload", action: "drop" },
    { target: "s3", operation: "UploadPart", action: "500", after: 1 },
    { target: "s3", operation: "UploadPart", action: "drop" },
    { target: "s3", operation: "CompleteMultipartUpload", action: "503" },
  ])("one fault of a multipart upload is no failure (%j)", async (fault) => {
    sandbox.faults.add(fault);
    expect(await load(many(), 1)).toMatchObject({ rows: 300, files: 1 });
    expect(await count()).toBe(301);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test.each<Fault>([
    { target: "s3", operation: "PutObject", action: "deny", times: 100 },
    { target: "s3", operation: "PutObject", action: "deny", after: 2, times: 100 },
    { target: "s3", operation: "PutObject", action: "deny", key: /jsonpaths/ },
    { target: "s3", operation: "PutObject", action: "deny", key: /manifest/ },
    { target: "s3", operation: "PutObject", action: "503", after: 1, times: 100 },
    { target: "s3", operation: "PutObject", action: "drop", after: 1, times: 100 },
  ])("S3 that fails for good is one sentence, and nothing is left (%j)", async (fault) => {
    sandbox.faults.add(fault);
    const error = await failsCleanly(load(few));
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(/^Cannot write s3:\/\/sandbox\/f\/[^.]+\.json[^:]*: .*\.$/);
    expect(await count()).toBe(1);
  });

  test.each(["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])(
    "a multipart upload whose %s is refused leaves no parts",
    async (operation) => {
      sandbox.faults.add({ target: "s3", operation, action: "deny" });
      const error = await failsCleanly(load(many(), 1));
      expect(error.message).toMatch(/^Cannot write .*access is denied/);
      expect(await count()).toBe(1);
    },
  );

  test("parts that cannot be thrown away are told beside what failed", async () => {
    sandbox.faults.add({ target: "s3", operation: "UploadPart", action: "deny" });
    sandbox.faults.add({ target: "s3", operation: "AbortMultipartUpload", action: "deny" });
    await expect(load(many(), 1)).rejects.toThrow(
      /besides, the parts of the multipart upload \S+ are left there/,
    );
    await sandbox.reset();
  });

  test("objects that cannot be deleted are told beside what failed first", async () => {
    sandbox.faults.add({ target: "s3", operation: "PutObject", action: "deny", after: 2 });
    sandbox.faults.add({ target: "s3", operation: "DeleteObjects", action: "deny" });
    const error: unknown = await load(few).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(
      /^Cannot write .*access is denied; .* What was uploaded could not be deleted and may be left under s3:\/\/sandbox\/f\/shiftmanager-\S+\/ \(Cannot delete .*\)\.$/,
    );
    expect(await s3Leftovers(sandbox)).not.toEqual([]);
    await sandbox.reset();
  });

  test("objects that cannot be deleted after the commit are a warning: the rows are there", async () => {
    const warnings: string[] = [];
    onEvent = (event) => {
      if (event.type === "warning") warnings.push(event.message);
    };
    sandbox.faults.add({ target: "s3", operation: "DeleteObjects", action: "deny" });
    expect(await load(few)).toMatchObject({ rows: 10 });
    expect(await count()).toBe(11);
    expect(warnings).toEqual([expect.stringMatching(/^Every row was loaded, but: What was uploaded/)]);
    await sandbox.reset();
  });
});

describe("faults of Redshift", () => {
  test.each<[string, Fault]>([
    ["before COPY", { target: "sql", statement: /^COPY/, action: "drop" }],
    ["after COPY", { target: "sql", operation: "after", statement: /^COPY/, action: "drop" }],
    ["before the proof", { target: "sql", statement: "every_row_was_loaded", action: "drop" }],
  ])("a connection that drops %s leaves the table as it was", async (_, fault) => {
    sandbox.faults.add(fault);
    const error = await failsCleanly(load(few));
    expect(error.message).toMatch(/connection was lost.*; nothing was kept/);
    expect(await count()).toBe(1);
  });

  const lostCommit = (operation: "before" | "after"): Fault => ({
    target: "sql",
    operation,
    statement: /^COMMIT/,
    action: "drop",
  });

  test("a connection that drops after COMMIT is done is no failure: the server's log says that it was", async () => {
    const warnings: string[] = [];
    onEvent = (event) => {
      if (event.type === "warning") warnings.push(event.message);
    };
    sandbox.faults.add(lostCommit("after"));
    expect(await load(few)).toMatchObject({ rows: 10 });
    expect(warnings).toEqual([
      "The connection was lost during COMMIT; it was found that it had been done, so every row is in public.t.",
    ]);
    expect(await count()).toBe(11);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("a connection that drops before COMMIT is done: the server's log says that nothing was loaded", async () => {
    sandbox.faults.add(lostCommit("before"));
    const error = await failsCleanly(load(few));
    expect(error).toBeInstanceOf(LoadError);
    expect(error.message).toBe(
      "The connection was lost during COMMIT; it was found that it had not been done, so nothing was loaded into public.t: run it again.",
    );
    expect(await count()).toBe(1);
  });

  test.each([
    ["before", 1],
    ["after", 11],
  ] as const)(
    "who is no superuser is told, of a connection that drops %s COMMIT is done, that it is not known and who knows",
    async (operation, rows) => {
      await redshift.execute("DROP USER IF EXISTS loader");
      await redshift.execute("CREATE USER loader PASSWORD 'Loader123'; GRANT ALL ON t TO loader");
      const loader = openRedshift(sandbox, {
        user: "loader",
        password: "Loader123",
        awsAccessKeyId: sandbox.env.AWS_ACCESS_KEY_ID,
        awsSecretAccessKey: sandbox.env.AWS_SECRET_ACCESS_KEY,
        region: sandbox.env.AWS_REGION,
        iamRole: sandbox.env.REDSHIFT_IAM_ROLE,
      });
      try {
        sandbox.faults.add(lostCommit(operation));
        const error = await failsCleanly(loader.copyJsonToTable("sandbox", "f", few, null, "t"));
        expect(error.message).toMatch(
          /^The connection was lost during COMMIT, and whether the 10 rows are in public\.t could not be found out: only superusers see in SYS_TRANSACTION_HISTORY whether transaction \d+ was committed, so ask one\. Look before loading anything again; with runId it would be known\.$/,
        );
      } finally {
        await loader.close();
      }
      expect(await count()).toBe(rows);
    },
  );

  test.each<Fault>([
    { target: "sql", statement: /^COPY/, action: "1023", times: 2 },
    { target: "sql", statement: /^COMMIT/, action: "1023" },
  ])("a transaction that met another one is run again as a whole, which is told (%j)", async (fault) => {
    const retries: string[] = [];
    onEvent = (event) => {
      if (event.type === "retry") retries.push(`${event.attempt}: ${event.reason}`);
    };
    sandbox.faults.add(fault);
    expect(await load(few)).toMatchObject({ rows: 10 });
    expect(await count()).toBe(11);
    expect(retries).toHaveLength(fault.times ?? 1);
    expect(retries[0]).toMatch(
      /^2: another transaction came between \(1023.*Serializable isolation violation/,
    );
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("one that always meets another one is given up after four attempts", async () => {
    sandbox.faults.add({ target: "sql", statement: /^COPY/, action: "1023", times: 100 });
    const error = await failsCleanly(load(few));
    expect(error.message).toMatch(/nothing was kept.* It was tried 4 times\.$/);
    expect(await count()).toBe(1);
  });

  test.each<Fault>([
    { target: "sql", statement: /^COPY/, action: "1018" },
    { target: "copy", action: "deny", key: /data/ },
    { target: "copy", action: "cut", key: /data/ },
    { target: "copy", action: "503", key: /data/, times: 100 },
  ])("an error of the server leaves the table as it was (%j)", async (fault) => {
    sandbox.faults.add(fault);
    const error = await failsCleanly(load(few));
    expect(error.message).toMatch(/nothing was kept|Nothing was loaded/);
    expect(await count()).toBe(1);
  });

  test("a COPY that loads fewer rows than were sent is rolled back", async () => {
    onEvent = (event) => {
      if (event.type !== "statement" || event.number !== 1) return;
      sandbox.faults.add({ target: "copy", action: "slow", key: /manifest/ });
      void emptyOne();
    };
    const emptyOne = async () => {
      for await (const { key } of sandbox.s3.store.list("sandbox", "f/")) {
        if (!key.endsWith("00001.json.gz")) continue;
        const bytes = Buffer.from("H4sIAAAAAAAAAwMAAAAAAAAAAAA=", "base64"); // an empty text, gzipped
        await sandbox.s3.store.write(
          "sandbox",
          key,
          (async function* () {
            await Promise.resolve();
            yield bytes;
          })(),
        );
      }
    };
    const error = await failsCleanly(load(few));
    expect(error.message).toMatch(/COPY loaded 7 of the 10 rows that were uploaded; nothing was kept/);
    expect(await count()).toBe(1);
  });
});

describe("a load that is stopped", () => {
  test("during COPY: the statement is cancelled, the table is as it was", async () => {
    const stop = new AbortController();
    sandbox.faults.add({ target: "copy", action: "slow", times: 100 });
    onEvent = (event) => {
      if (event.type === "statement") setTimeout(() => stop.abort(new Error("enough")), 100);
    };
    const error = await failsCleanly(load(few, 3, stop.signal));
    expect(error.message).toMatch(/was stopped; nothing was kept/);
    expect(await count()).toBe(1);
  });

  test("while the source has nothing to say: the source is closed and the reason is the error", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    let closed = false;
    const source: AsyncIterable<JsonObject> = {
      [Symbol.asyncIterator]: () => {
        let sent = 0;
        return {
          next: () => {
            sent += 1;
            if (sent < 5) return Promise.resolve({ done: false, value: { n: sent } });
            setTimeout(() => stop.abort(reason), 50);
            return new Promise(() => undefined);
          },
          return: () => {
            closed = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const run = redshift.copyJsonToTable("sandbox", "f", source, null, "t", { signal: stop.signal });
    await expect(run).rejects.toBe(reason);
    expect(closed).toBe(true);
    expect(await s3Leftovers(sandbox)).toEqual([]);
    expect(await count()).toBe(1);
  });

  test("an upload that fails while the source has nothing to say ends the load", async () => {
    sandbox.faults.add({ target: "s3", operation: "CreateMultipartUpload", action: "deny" });
    const source = async function* (): AsyncGenerator<JsonObject> {
      yield* many();
      await new Promise(() => undefined);
    };
    const run = redshift.copyJsonToTable("sandbox", "f", source(), null, "t", { slices: 1 });
    expect((await failsCleanly(run)).message).toMatch(/access is denied/);
  });

  test("during a multipart upload: no parts are left", async () => {
    const stop = new AbortController();
    sandbox.faults.add({ target: "s3", operation: "UploadPart", action: "slow", times: 100 });
    setTimeout(() => stop.abort(new Error("enough")), 800);
    await expect(load(many(), 1, stop.signal)).rejects.toThrow("enough");
    expect(await s3Leftovers(sandbox)).toEqual([]);
    expect(await count()).toBe(1);
  });
});

test.each<[string, string, (string | undefined)?]>([
  ["a table that is not there", "no_such"],
  ["slices that are no number", "t", "slices"],
  ["a document that cannot be loaded", "t"],
])("%s: the source is closed", async (_, table, option) => {
  let closed = false;
  function* source(): Generator<JsonObject> {
    try {
      yield { n: 1 };
      yield { n: Number.NaN };
      yield { n: 3 };
    } finally {
      closed = true;
    }
  }
  const documents = source();
  const unread = { [Symbol.iterator]: () => documents };
  // A generator that was never begun has nothing to close, so it is begun.
  if (table !== "t" || option !== undefined) documents.next();
  await expect(
    redshift.copyJsonToTable("sandbox", "f", unread, null, table, option === undefined ? {} : { slices: 0 }),
  ).rejects.toBeInstanceOf(ShiftmanagerError);
  expect(closed).toBe(true);
});
