import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { GetObjectAclCommand } from "@aws-sdk/client-s3";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { JsonSlices, JsonSource, Redshift } from "../../src/index.ts";
import { chunkedJsonSlices, genJsonpaths, LoadError, OptionsError, StorageError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import type { PostgresSource } from "./postgres-source.ts";
import { startPostgresSource } from "./postgres-source.ts";

/** Small promises about loading (test/proof/), each shown against the sandbox. */
let sandbox: Sandbox;
let redshift: Redshift;
let folder: string;
const bucket = "sandbox";

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "members-load-"));
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: "default",
  });
});

afterEach(() => sandbox.faults.clear());

afterAll(async () => {
  vi.unstubAllEnvs();
  await redshift?.close();
  await sandbox?.stop();
  await rm(folder, { recursive: true });
});

async function rows(sql: string): Promise<readonly object[]> {
  const [result] = await redshift.execute(sql);
  return result?.rows ?? [];
}

async function keys(prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of (await redshift.getBucket(bucket)).list(prefix)) found.push(key);
  return found;
}

async function content(key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await (await redshift.getBucket(bucket)).get(key)) chunks.push(chunk);
  return gunzipSync(Buffer.concat(chunks)).toString();
}

describe("genJsonpaths", () => {
  test("takes a text or an object, and tells the paths in the order of the alphabet", () => {
    const paths = { jsonpaths: ["$['a']['x']", "$['a']['y']", "$['b']"] };
    expect(genJsonpaths({ b: 1, a: { y: 2, x: 3 } })).toEqual(paths);
    expect(redshift.genJsonpaths('{"b": 1, "a": {"y": 2, "x": 3}}')).toEqual(paths);
  });
});

describe("chunkedJsonSlices", () => {
  const documents = Array.from({ length: 5 }, (_, n) => ({ n, ü: "größe\n" }));

  /** Uploads the files as they are, and loads them. */
  async function loaded(slices: JsonSlices): Promise<readonly object[]> {
    await redshift.execute('DROP TABLE IF EXISTS sliced; CREATE TABLE sliced (n INTEGER, "ü" VARCHAR(20))');
    for (const [i, path] of slices.chunkFiles.entries()) {
      await redshift.writeFilenameToS3(path, bucket, `sliced/${slices.stamp}/${i}.json.gz`);
    }
    await redshift.execute(
      `COPY sliced FROM 's3://${bucket}/sliced/${slices.stamp}/' IAM_ROLE default FORMAT JSON 'auto' GZIP`,
    );
    return rows("SELECT * FROM sliced ORDER BY n");
  }

  test.each<[string, () => JsonSource]>([
    ["an array", () => documents],
    ["an iterable", () => new Set(documents)],
    [
      "an async iterable",
      async function* () {
        await Promise.resolve();
        yield* documents;
      },
    ],
    ["a stream of objects", () => Readable.from(documents)],
    ["a stream of bytes", () => Readable.from([Buffer.from(JSON.stringify(documents))])],
    ["a web stream", () => new Blob(documents.map((row) => `${JSON.stringify(row)}\n`)).stream()],
  ])("files of %s load as the documents were", async (_, data) => {
    const slices = await chunkedJsonSlices(data(), 2, { dir: folder });
    expect(slices).toMatchObject({ rows: 5 });
    expect(slices.chunkFiles).toHaveLength(2);
    expect(await loaded(slices)).toEqual(documents);
    await slices.close();
  });

  test("slices says how many files there are; none is empty", async () => {
    const many = await chunkedJsonSlices(documents, 32, { dir: folder });
    expect(many.chunkFiles).toHaveLength(5);
    expect(await loaded(many)).toEqual(documents);
    await many.close();
    const one = await chunkedJsonSlices(documents, 1, { dir: folder });
    expect(one.chunkFiles).toHaveLength(1);
    expect(await loaded(one)).toEqual(documents);
    await one.close();
    expect((await chunkedJsonSlices([], 3, { dir: folder })).chunkFiles).toEqual([]);
    await expect(chunkedJsonSlices(documents, 0, { dir: folder })).rejects.toBeInstanceOf(OptionsError);
  });

  test("dir says where they are, default ~/.shiftmanager/tmp; cleanOnExit false leaves them there", async () => {
    const dir = join(folder, "own");
    const slices = await chunkedJsonSlices(documents, 2, { dir });
    expect((await readdir(dir)).map((name) => join(dir, name)).sort()).toEqual(slices.chunkFiles);
    await slices[Symbol.asyncDispose]();
    expect(await readdir(dir)).toEqual([]);

    const kept = await chunkedJsonSlices(documents, 2, { dir, cleanOnExit: false });
    await kept.close();
    expect(await loaded(kept)).toEqual(documents);

    vi.stubEnv("HOME", folder);
    const byDefault = await redshift.chunkedJsonSlices(documents, 1);
    expect(byDefault.chunkFiles).toEqual([
      join(folder, ".shiftmanager", "tmp", `${byDefault.stamp}-00000.json.gz`),
    ]);
    vi.stubEnv("HOME", undefined);
    expect(await loaded(byDefault)).toEqual(documents);
    await byDefault.close();
  });

  test.each([NaN, Infinity, -Infinity])(
    "%s is an error that names row and key, and leaves no file",
    async (n) => {
      const dir = join(folder, "refused");
      const run = chunkedJsonSlices([...documents, { n: 1, ü: { deep: [n] } }] as JsonSource, 2, { dir });
      await expect(run).rejects.toBeInstanceOf(LoadError);
      await expect(run).rejects.toThrow("Row 6 holds NaN or infinity at $['ü']['deep'][0]");
      expect(await readdir(dir)).toEqual([]);
      const load = redshift.copyJsonToTable(bucket, "nan", [{ n }], null, "sliced");
      await expect(load).rejects.toThrow("Row 1 holds NaN or infinity at $['n']");
    },
  );

  test("each document is read as often in a long load as in a short one, and none is kept", async () => {
    let reads = 0;
    const source = function* (count: number, look: (n: number) => void) {
      for (let n = 0; n < count; n += 1) {
        look(n);
        yield {
          get n() {
            reads += 1;
            return n;
          },
          pad: `${n}`.repeat(100),
        };
      }
    };
    const write = async (count: number) => {
      reads = 0;
      const before = heldBytes();
      let most = 0;
      const look = (n: number) => {
        if (n % (count / 8) === count / 16) most = Math.max(most, heldBytes() - before);
      };
      const slices = await chunkedJsonSlices(source(count, look), 4, { dir: folder });
      await slices.close();
      return { readsEach: reads / count, most };
    };
    const few = await write(16_000);
    const many = await write(64_000);
    expect(many.readsEach).toBe(few.readsEach);
    expect(few.readsEach).toBeGreaterThanOrEqual(1);
    // The documents have 32 MB, their objects several times that.
    expect(many.most).toBeLessThan(16e6);
  });
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is in use, garbage left out. */
function heldBytes(): number {
  collect();
  // V8 lets go of the buffers that a collection found beside everything else, and has done so when the next one begins.
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("from PostgreSQL", () => {
  let source: PostgresSource;

  beforeAll(async () => {
    source = await startPostgresSource();
    await source.run(`CREATE TABLE orders (id integer, note text);
      INSERT INTO orders VALUES (1, 'a'), (2, NULL), (3, E'c\\n')`);
  });

  afterAll(async () => {
    await source?.stop();
  });

  async function withSource<T>(work: (own: Redshift) => Promise<T>): Promise<T> {
    const own = openRedshift(sandbox, {
      awsAccessKeyId: sandbox.env.AWS_ACCESS_KEY_ID,
      awsSecretAccessKey: sandbox.env.AWS_SECRET_ACCESS_KEY,
      region: sandbox.env.AWS_REGION,
      iamRole: "default",
    });
    try {
      await own.createPgConnection(source.options);
      return await work(own);
    } finally {
      await own.close();
    }
  }

  test("nothing of the source comes from PG* variables", async () => {
    const { host, port, user, password, database } = source.options;
    for (const [name, text] of Object.entries({
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password as string,
      PGDATABASE: database,
      PGSSLMODE: "disable",
    })) {
      vi.stubEnv(name, text);
    }
    const own = openRedshift(sandbox);
    try {
      await expect(own.createPgConnection()).rejects.toThrow(/PG\* variables mean Redshift/);
      await expect(own.pgConnection).rejects.toThrow(/PG\* variables mean Redshift/);
      const { password: _, ...others } = source.options;
      await expect(own.createPgConnection(others)).rejects.toThrow(/password/);
    } finally {
      for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"])
        vi.stubEnv(name, undefined);
      await own.close();
    }
  });

  test("pgConnection is the driver's client of the source, the same each time, opened at its first use", async () => {
    const own = openRedshift(sandbox, { source: source.options });
    const connected = async (): Promise<number | null> =>
      (await source.run("SELECT 1 FROM pg_stat_activity WHERE usename = 'reader'")).rowCount;
    const before = await connected();
    try {
      const client = await own.pgConnection;
      expect((await client.query("SELECT current_user AS name")).rows).toEqual([{ name: "reader" }]);
      expect(await own.pgConnection).toBe(client);
      expect(before).toBe(0);
      expect(await connected()).toBe(1);
      const again = await own.createPgConnection(source.options);
      expect((await again.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }]);
    } finally {
      await own.close();
    }
  });

  test("pgExecuteAndCommitSingleStatement runs one statement for good; more are refused before any is sent", async () => {
    await source.run("CREATE TABLE log (n integer); GRANT INSERT ON log TO reader");
    await withSource(async (own) => {
      const result = await own.pgExecuteAndCommitSingleStatement("INSERT INTO log VALUES (1);");
      expect(result.rowCount).toBe(1);
      expect((await source.run("SELECT n FROM log")).rows).toEqual([{ n: 1 }]);
      for (const text of ["", "INSERT INTO log VALUES (2); INSERT INTO log VALUES (3)"]) {
        await expect(own.pgExecuteAndCommitSingleStatement(text)).rejects.toThrow(
          /^Give one statement, not /,
        );
      }
      expect((await source.run("SELECT n FROM log")).rows).toEqual([{ n: 1 }]);
    });
  });

  describe("copyTableToS3", () => {
    test("a table by its name, and a query, as a user who may only SELECT", async () => {
      await withSource(async (own) => {
        await expect(own.pgExecuteAndCommitSingleStatement("CREATE TABLE x (a int)")).rejects.toThrow(
          /denied/,
        );
        const whole = await own.copyTableToS3(bucket, "plain", {
          pgTableName: "orders",
          format: "json",
          compression: "gzip",
        });
        expect(whole).toMatchObject({ rows: 3, columns: ["id", "note"] });
        expect(whole.keys).toEqual(await keys(`${whole.keyPrefix}/`));
        expect(await content(whole.keys[0] ?? "")).toBe(
          '{"id":1,"note":"a"}\n{"id":2,"note":null}\n{"id":3,"note":"c\\n"}\n',
        );
        const some = await own.copyTableToS3(bucket, "/", {
          pgSelectStatement: "SELECT note, id * 10 AS ten FROM public.orders WHERE id = 1",
          compression: "gzip",
        });
        expect(await content(some.keys[0] ?? "")).toBe('"a",10\n');
        for (const wrong of [{}, { pgTableName: "orders", pgSelectStatement: "SELECT 1" }]) {
          await expect(own.copyTableToS3(bucket, "p", wrong as { pgTableName: string })).rejects.toThrow(
            /^Give either pgTableName or pgSelectStatement/,
          );
        }
      });
    });

    test("what it leaves behind when it fails is up to cleanupS3", async () => {
      const query = { pgSelectStatement: "SELECT generate_series(1, 3000) AS n", lineBytes: 10_000 };
      await withSource(async (own) => {
        for (const cleanupS3 of [undefined, true, false]) {
          const prefix = `broken-${String(cleanupS3)}`;
          sandbox.faults.add({ target: "s3", operation: "PutObject", action: "deny", after: 1, times: 100 });
          const run = own.copyTableToS3(bucket, prefix, {
            ...query,
            ...(cleanupS3 === undefined ? {} : { cleanupS3 }),
          });
          await expect(run).rejects.toBeInstanceOf(StorageError);
          sandbox.faults.clear();
          expect((await keys(prefix)).length > 0).toBe(cleanupS3 === false);
        }
      });
    });

    test("a canned ACL is put on each object", async () => {
      const { keys: written } = await withSource((own) =>
        own.copyTableToS3(bucket, "acl", { pgTableName: "orders", cannedAcl: "public-read" }),
      );
      const client = await redshift.getS3Connection();
      for (const Key of written) {
        const { Grants = [] } = await client.send(new GetObjectAclCommand({ Bucket: bucket, Key }));
        expect(Grants.map(({ Permission }) => Permission)).toContain("READ");
      }
      expect(written).toHaveLength(1);
    });
  });

  describe("copyTableToRedshift", () => {
    test("schema says where the table is, columns which are loaded; with execute: false nothing is done", async () => {
      await redshift.execute(
        "CREATE SCHEMA apart; CREATE TABLE apart.there (id INTEGER, note VARCHAR(20), at DATE DEFAULT '2026-01-01')",
      );
      const options = { pgTableName: "orders", schema: "apart", columns: ["id"] };
      await withSource(async (own) => {
        const batch = await own.copyTableToRedshift("there", bucket, "apart", { ...options, execute: false });
        expect(String(batch)).toContain("COPY apart.there (id)");
        expect(await rows("SELECT id FROM apart.there")).toEqual([]);
        expect(await keys("apart")).toEqual([]);
        await own.copyTableToRedshift("there", bucket, "apart", options);
      });
      expect(await rows("SELECT id, note, at::VARCHAR AS at FROM apart.there ORDER BY id")).toEqual(
        [1, 2, 3].map((id) => ({ id, note: null, at: "2026-01-01" })),
      );
    });

    test("cleanupS3 says whether the objects of a failed load stay", async () => {
      await redshift.execute("CREATE TABLE failing (n INTEGER)");
      const query = { pgSelectStatement: "SELECT generate_series(1, 3000) AS n" };
      await withSource(async (own) => {
        for (const cleanupS3 of [true, false]) {
          sandbox.faults.add({ target: "sql", statement: "COPY", action: "1018" });
          const run = own.copyTableToRedshift("failing", bucket, `failing-${cleanupS3}`, {
            ...query,
            cleanupS3,
          });
          await expect(run).rejects.toThrow(/1018/);
          expect((await keys(`failing-${cleanupS3}`)).length > 0).toBe(!cleanupS3);
        }
      });
      expect(await rows("SELECT n FROM failing")).toEqual([]);
    });

    test("a canned ACL is put on each object it writes", async () => {
      await redshift.execute("CREATE TABLE seen (id INTEGER, note VARCHAR(20))");
      const asked: (string | undefined)[] = [];
      const own = openRedshift(sandbox, {
        awsAccessKeyId: sandbox.env.AWS_ACCESS_KEY_ID,
        awsSecretAccessKey: sandbox.env.AWS_SECRET_ACCESS_KEY,
        region: sandbox.env.AWS_REGION,
        iamRole: "default",
      });
      try {
        await own.createPgConnection(source.options);
        const client = await own.getS3Connection();
        client.middlewareStack.add(
          (next) => (args) => {
            const { Key, ACL } = args.input as { readonly Key?: string; readonly ACL?: string };
            if (ACL !== undefined || Key?.endsWith(".gz")) asked.push(ACL);
            return next(args);
          },
          { step: "initialize", name: "acl" },
        );
        const options = { pgTableName: "orders", cannedAcl: "bucket-owner-full-control" };
        expect(await own.copyTableToRedshift("seen", bucket, "seen", options)).toMatchObject({ rows: 3 });
      } finally {
        await own.close();
      }
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked)).toEqual(new Set(["bucket-owner-full-control"]));
    });

    test("works with a prefix that ends in no slash, in one, and with none", async () => {
      await redshift.execute("CREATE TABLE orders (id INTEGER, note VARCHAR(20))");
      await withSource(async (own) => {
        for (const prefix of ["none", "one/", ""]) {
          const report = await own.copyTableToRedshift("orders", bucket, prefix, { pgTableName: "orders" });
          expect(report).toMatchObject({ rows: 3 });
        }
      });
      expect(await rows("SELECT COUNT(*)::INT AS n, COUNT(note)::INT AS notes FROM orders")).toEqual([
        { n: 9, notes: 6 },
      ]);
    });
  });
});
