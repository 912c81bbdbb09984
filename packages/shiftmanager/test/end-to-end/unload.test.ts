import { inspect } from "node:util";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  BatchError,
  OptionsError,
  StorageError,
  type Redshift,
  type ShiftmanagerEvent,
  type UnloadTableOptions,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
    onEvent: (event) => events.push(event),
  });
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

beforeEach(() => {
  events = [];
});

let folder = 0;
/** A prefix of its own for each unload. */
function place(): string {
  folder += 1;
  return `out/${folder}/`;
}

async function rows(query: string): Promise<readonly object[]> {
  return (await redshift.execute(query))[0]?.rows ?? [];
}

async function keys(prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of sandbox.s3.store.list("sandbox", prefix)) found.push(key.slice(prefix.length));
  return found;
}

function warnings(): readonly string[] {
  return events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
}

const copyOptions = { json: "FORMAT JSON 'auto'", csv: "FORMAT CSV", text: "DELIMITER '|' ESCAPE" } as const;

async function copyBack(prefix: string, format: keyof typeof copyOptions, more = ""): Promise<void> {
  await redshift.execute("DROP TABLE IF EXISTS back");
  await redshift.execute("CREATE TABLE back (LIKE odd)");
  await redshift.execute(
    `COPY back FROM 's3://sandbox/${prefix}manifest' IAM_ROLE '${sandbox.env.REDSHIFT_IAM_ROLE ?? ""}' MANIFEST GZIP ${copyOptions[format]} ${more}`,
  );
}

describe("what is unloaded comes back through COPY as it was", () => {
  const texts = [
    "",
    " ",
    "null",
    "N",
    "a,b",
    "a|b",
    'a"b',
    "a'b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "\\",
    "\\\\n",
    "ü😀",
    "{}",
  ];

  beforeAll(async () => {
    await redshift.execute(
      "CREATE TABLE odd (n INT, v VARCHAR(100), b BOOLEAN, d DECIMAL(20, 4), f DOUBLE PRECISION, day DATE, at TIMESTAMP)",
    );
    for (const [n, text] of texts.entries()) {
      await redshift.execute("INSERT INTO odd (n, v) VALUES ($1, $2)", [n, text]);
    }
    await redshift.execute(
      "INSERT INTO odd VALUES (100, NULL, NULL, NULL, NULL, NULL, NULL), (101, 'full', true, -12345678901234.5678, 1.5e-300, '2024-02-29', '2024-02-29 23:59:59.123456'), (102, 'f', false, 0, 0, '1970-01-01', '1970-01-01 00:00:00')",
    );
  });

  test.each(["json", "csv", "text"] as const)("as %s", async (format) => {
    const prefix = place();
    const report = await redshift.unloadTableToS3("sandbox", prefix, "odd", { format });
    expect(report).toMatchObject({
      rows: texts.length + 3,
      manifest: `s3://sandbox/${prefix}manifest`,
      stale: [],
    });
    expect(report.files.reduce((sum, file) => sum + (file.rows ?? 0), 0)).toBe(report.rows);
    await copyBack(prefix, format);
    expect(await rows("SELECT * FROM back ORDER BY n")).toEqual(await rows("SELECT * FROM odd ORDER BY n"));
  });

  test.each<UnloadTableOptions>([
    { format: "json" },
    { format: "text", nullAs: "<none>" },
    { format: "csv", nullAs: "<none>" },
  ])("the text \\N too, with %j", async (options) => {
    await redshift.execute("INSERT INTO odd (n, v) VALUES ($1, $2)", [200, "\\N"]);
    const prefix = place();
    await redshift.unloadTableToS3("sandbox", prefix, "odd", options);
    await copyBack(prefix, options.format ?? "json", options.nullAs === undefined ? "" : "NULL AS '<none>'");
    expect(await rows("SELECT * FROM back ORDER BY n")).toEqual(await rows("SELECT * FROM odd ORDER BY n"));
    await redshift.execute("DELETE FROM odd WHERE n = 200");
  });

  test.each(["csv", "text"] as const)(
    "a text that %s would bring back as NULL stops the unload",
    async (format) => {
      await redshift.execute("INSERT INTO odd (n, v) VALUES ($1, $2)", [200, "\\N"]);
      const prefix = place();
      const run = redshift.unloadTableToS3("sandbox", prefix, "odd", { format });
      await expect(run).rejects.toThrow(
        /the proof that no text is \\N.*choose another text for NULL.*does not hold/,
      );
      expect(await keys(prefix)).toEqual([]);
      const report = await redshift.unloadTableToS3("sandbox", prefix, "odd", {
        format,
        where: "n < 200",
      });
      expect(report.rows).toBe(texts.length + 3);
      await redshift.execute("DELETE FROM odd WHERE n = 200");
    },
  );
});

describe("what is chosen", () => {
  beforeAll(async () => {
    await redshift.execute(`CREATE TABLE chosen (n INT, v VARCHAR(50), "us gross" INT) DISTSTYLE ALL`);
    for (const [n, v] of ["it's", "back\\slash", "$$", "$1", "-- x", "/* y */", ";"].entries()) {
      await redshift.execute("INSERT INTO chosen VALUES ($1, $2, $1)", [n, v]);
    }
    await redshift.execute("CREATE VIEW chosen_view AS SELECT v FROM chosen WHERE n < 3");
  });

  test.each<[string, number]>([
    ["v = 'it''s'", 1],
    [String.raw`v = 'back\\slash'`, 1],
    ["v = '$$'", 1],
    ["v = '$1'", 1],
    ["v IN ('-- x', '/* y */', ';') -- a comment", 3],
    ["n > 1 /* a comment */ AND n < 4", 2],
    [`"us gross" BETWEEN 1 AND 3`, 3],
    ["n > 1000", 0],
  ])("where %s", async (where, count) => {
    const prefix = place();
    const report = await redshift.unloadTableToS3("sandbox", prefix, "chosen", { where });
    expect(report.rows).toBe(count);
  });

  test("a column that the table does not have is refused, and the nearest named", async () => {
    const unload = redshift.unloadTableToS3("sandbox", place(), "chosen", {
      columns: ["n", "us_gross"],
      execute: false,
    });
    await expect(unload).rejects.toThrow(
      'columns names the column "us_gross", which the table does not have; did you mean "us gross"?',
    );
  });

  test("columns in their order, a view, and a table of which every node has a copy once", async () => {
    const prefix = place();
    const report = await redshift.unloadTableToS3("sandbox", prefix, "chosen", {
      columns: ["us gross", "n"],
      options: "PARALLEL OFF",
    });
    expect(report).toMatchObject({
      rows: 7,
      manifest: undefined,
      files: [{ url: `s3://sandbox/${prefix}000` }],
    });
    const text = await (await sandbox.s3.store.read("sandbox", `${prefix}000`))?.toArray();
    expect(
      Buffer.concat((text ?? []) as Buffer[])
        .toString()
        .split("\n")[1],
    ).toBe('{"us gross":1,"n":1}');
    expect(await redshift.unloadTableToS3("sandbox", place(), "chosen_view")).toMatchObject({ rows: 3 });
  });

  test("an empty table writes no JSON file, and an older manifest is not taken for its own", async () => {
    await redshift.execute("CREATE TABLE nothing (n INT)");
    const prefix = place();
    const before = await redshift.unloadTableToS3("sandbox", prefix, "chosen");
    expect(before.rows).toBe(7);
    const report = await redshift.unloadTableToS3("sandbox", prefix, "nothing");
    expect(report).toMatchObject({ rows: 0, files: [], bytes: 0 });
    expect(report.stale.length).toBeGreaterThan(0);
    expect(warnings()).toEqual([
      expect.stringMatching(/^Beside the files of this unload there are older ones/),
    ]);
  });
});

describe("what is there already", () => {
  beforeAll(async () => {
    await redshift.execute("CREATE TABLE small (n INT); INSERT INTO small VALUES (1), (2)");
  });

  test("overwrite leaves other objects and names them", async () => {
    const prefix = place();
    await redshift.unloadTableToS3("sandbox", prefix, "chosen", { format: "text", existing: "overwrite" });
    await redshift.unloadTableToS3("sandbox", prefix, "small", {
      existing: "overwrite",
      options: "PARALLEL OFF",
    });
    const [message] = warnings();
    expect(message).toContain(`s3://sandbox/${prefix}0000_part_00.gz`);
    expect(message).not.toContain(`s3://sandbox/${prefix}000,`);
  });

  test("refuse names the object and changes nothing", async () => {
    const prefix = place();
    await redshift.unloadTableToS3("sandbox", prefix, "small", { existing: "refuse" });
    const before = await keys(prefix);
    const run = redshift.unloadTableToS3("sandbox", prefix, "small", { existing: "refuse" });
    await expect(run).rejects.toBeInstanceOf(StorageError);
    await expect(run).rejects.toThrow(`There is s3://sandbox/${prefix}0000_part_00.gz already`);
    expect(await keys(prefix)).toEqual(before);
  });

  test("replace leaves only its own", async () => {
    const prefix = place();
    await redshift.unloadTableToS3("sandbox", prefix, "chosen", { format: "csv" });
    await redshift.unloadTableToS3("sandbox", `${prefix}other-`, "chosen");
    const report = await redshift.unloadTableToS3("sandbox", prefix, "small", { existing: "replace" });
    expect(report.stale).toEqual([]);
    expect(await keys(prefix)).toEqual(["0000_part_00.gz", "manifest"]);
  });

  test("replace without a prefix would empty the bucket, and is refused", async () => {
    const prefix = place();
    await redshift.unloadTableToS3("sandbox", prefix, "small");
    const before = await keys(prefix);
    for (const keypath of ["", "/"]) {
      const run = redshift.unloadTableToS3("sandbox", keypath, "small", { existing: "replace" });
      await expect(run).rejects.toBeInstanceOf(OptionsError);
      await expect(run).rejects.toThrow("would delete everything in the bucket sandbox");
    }
    expect(before.length).toBeGreaterThan(0);
    expect(await keys(prefix)).toEqual(before);
  });
});

describe("failures", () => {
  test("a failed unload names the files that it left", async () => {
    const prefix = place();
    sandbox.faults.add({ target: "sql", operation: "after", statement: /^UNLOAD/, action: "drop" });
    const run = redshift.unloadTableToS3("sandbox", prefix, "small");
    await expect(run).rejects.toBeInstanceOf(BatchError);
    await expect(run).rejects.toThrow(
      /It left files, which are not the whole table: s3:\/\/sandbox\/out\/.*; delete them\.$/,
    );
  });

  test("S3 refusing Redshift leaves nothing and is a sentence", async () => {
    const prefix = place();
    sandbox.faults.add({ target: "copy", action: "deny", key: /part/, times: 100 });
    const run = redshift.unloadTableToS3("sandbox", prefix, "small");
    await expect(run).rejects.toThrow(/nothing was kept/);
    sandbox.faults.clear();
    expect(await keys(prefix)).toEqual([]);
  });

  test("keys given to the object are used, and shown nowhere", async () => {
    const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = sandbox.env;
    const shown: unknown[] = [];
    const own = openRedshift(sandbox, { region: "us-east-1", onEvent: (event) => shown.push(event) });
    try {
      own.setAwsCredentials(id, secret);
      shown.push(own.awsCredentials, await own.unloadTableToS3("sandbox", place(), "small"));
      shown.push(await own.copyJsonToTable("sandbox", "k", [{ n: 3 }], null, "small"));
      shown.push(await own.copyJsonToTable("sandbox", "k", [{ n: 3 }], null, "small", { execute: false }));
      own.setAwsCredentials(id, "wrong'secret\\wrong", "session-token-of-mine");
      const authorization = {
        accessKeyId: id,
        secretAccessKey: "wrong'secret\\wrong",
        sessionToken: "session-token-of-mine",
      };
      shown.push(own.awsCredentials);
      shown.push(await own.unloadTableToS3("sandbox", place(), "small", { authorization, execute: false }));
      for (const run of [
        () => own.unloadTableToS3("sandbox", place(), "small"),
        () => own.copyJsonToTable("sandbox", "k", [{ n: 3 }], null, "small"),
        () => redshift.copyJsonToTable("sandbox", "k", [{ n: 3 }], null, "small", { authorization }),
      ]) {
        shown.push(await run().catch((error: unknown) => error));
      }
    } finally {
      await own.close();
    }
    shown.push(events);
    const everything = shown
      .map(
        (value) =>
          `${inspect(value, { depth: 20, showHidden: true })}\n${String(value)}\n${JSON.stringify(value)}`,
      )
      .join("\n");
    expect(everything).toContain("<secret>");
    for (const hidden of [id, secret, "wrong'secret", "secret\\wrong", "session-token-of-mine"]) {
      expect(everything.includes(hidden), hidden).toBe(false);
    }
  });
});
