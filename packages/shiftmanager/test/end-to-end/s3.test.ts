import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import {
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { OptionsError, StorageError, type Redshift, type ShiftmanagerEvent } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let folder: string;
const events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({ buckets: ["sandbox", "my.dotted.bucket"] });
  folder = await mkdtemp(join(tmpdir(), "s3-test-"));
});

beforeEach(() => {
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    onEvent: (event) => events.push(event),
  });
  events.length = 0;
});

afterEach(async () => {
  await redshift?.close();
  vi.unstubAllEnvs();
  sandbox.faults.clear();
});

afterAll(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true });
});

async function content(key: string, bucket = "sandbox"): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await (await redshift.getBucket(bucket)).get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function openUploads(): Promise<unknown[]> {
  const client = await redshift.getS3Connection();
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: "sandbox" }));
  return Uploads;
}

async function head(key: string) {
  const client = await redshift.getS3Connection();
  return client.send(new HeadObjectCommand({ Bucket: "sandbox", Key: key }));
}

describe("getS3Connection", () => {
  test("is the SDK's client with this object's keys, region and endpoint, the same each time", async () => {
    const client = await redshift.getS3Connection();
    expect(client).toBeInstanceOf(S3Client);
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toContain("sandbox");
    expect(await redshift.getS3Connection()).toBe(client);
    redshift.setAwsCredentials("AKIDOTHER", "secret");
    const other = await redshift.getS3Connection();
    expect(other).not.toBe(client);
    expect(await other.config.credentials()).toMatchObject({ accessKeyId: "AKIDOTHER" });
  });

  test("forcePathStyle says how buckets are addressed; the default is the path where an own endpoint is set", async () => {
    expect((await redshift.getS3Connection()).config.forcePathStyle).toBe(true);
    expect((await redshift.getS3Connection({ forcePathStyle: false })).config.forcePathStyle).toBe(false);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", undefined);
    const plain = openRedshift(sandbox, {
      awsAccessKeyId: "A",
      awsSecretAccessKey: "b",
      region: "eu-west-1",
    });
    expect((await plain.getS3Connection()).config.forcePathStyle).toBe(false);
    await plain.close();
  });
});

describe("getBucket", () => {
  test("a bucket with dots is listed, written, read and emptied", async () => {
    const bucket = await redshift.getBucket("my.dotted.bucket");
    expect(bucket.name).toBe("my.dotted.bucket");
    expect(await bucket.put("a/größe.txt", "größe")).toEqual({ bytes: 7 });
    await bucket.put("b", "x");
    const found: string[] = [];
    for await (const { key, bytes } of bucket.list("a/")) found.push(`${key} ${bytes}`);
    expect(found).toEqual(["a/größe.txt 7"]);
    expect(await bucket.find("b")).toMatchObject({ key: "b", bytes: 1 });
    expect(await bucket.find("nothing")).toBeUndefined();
    expect((await content("a/größe.txt", "my.dotted.bucket")).toString()).toBe("größe");
    await bucket.delete("a/größe.txt", "b", "never was");
    expect(await bucket.find("b")).toBeUndefined();
  });

  test("is looked up once, until close or other keys", async () => {
    const bucket = await redshift.getBucket("sandbox");
    sandbox.faults.add({ target: "s3", operation: "HeadBucket", action: "deny", times: 100 });
    expect(await redshift.getBucket("sandbox")).toBe(bucket);
    await redshift.close();
    await expect(redshift.getBucket("sandbox")).rejects.toThrow(
      /^Access to the bucket sandbox is denied; .*\.$/,
    );
    sandbox.faults.clear();
    expect(await redshift.getBucket("sandbox")).not.toBe(bucket);
  });

  test("one that is not there, and what is no bucket's name, are one sentence", async () => {
    const missing = redshift.getBucket("no-such-bucket");
    await expect(missing).rejects.toBeInstanceOf(StorageError);
    await expect(missing).rejects.toThrow(
      /^There is no bucket named no-such-bucket; create it or correct the name\.$/,
    );
    await expect(redshift.getBucket("No Bucket")).rejects.toBeInstanceOf(OptionsError);
  });
});

describe("writing", () => {
  const text = "größe 😀 – \u0000\n";

  test("text goes as UTF-8, encrypted, with the type and ACL that are asked for", async () => {
    expect(await redshift.writeStringToS3(text, "sandbox", "w/größe ü.txt")).toEqual({
      bucket: "sandbox",
      key: "w/größe ü.txt",
      bytes: Buffer.byteLength(text),
    });
    expect((await content("w/größe ü.txt")).toString()).toBe(text);
    expect(await head("w/größe ü.txt")).toMatchObject({
      ServerSideEncryption: "AES256",
      ContentType: "text/plain; charset=utf-8",
    });
    const options = {
      cannedAcl: "bucket-owner-full-control",
      contentType: "text/csv",
      encryption: "bucket",
    } as const;
    await redshift.writeStringToS3("a,b", await redshift.getBucket("sandbox"), "w/csv", options);
    expect(await head("w/csv")).toMatchObject({ ContentType: "text/csv" });
  });

  test("a dict is written as JSON to a URI or a bucket's key", async () => {
    const data = { b: [1, { c: "größe" }], a: null };
    await redshift.writeDictToKey(data, "s3://sandbox/w/dict.json");
    expect(JSON.parse((await content("w/dict.json")).toString())).toEqual(data);
    expect(await head("w/dict.json")).toMatchObject({
      ContentType: "application/json",
      ServerSideEncryption: "AES256",
    });
    const bucket = await redshift.getBucket("sandbox");
    await redshift.writeDictToKey({ n: 2 }, { bucket, key: "w/dict.json" });
    expect((await content("w/dict.json")).toString()).toBe('{"n":2}');
  });

  test("a stream of unknown length goes in parts, encrypted, and tells its progress", async () => {
    const bytes = randomBytes(12_000_000);
    const chunks = function* () {
      for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001);
    };
    expect(await redshift.writeFileToS3(Readable.from(chunks()), "sandbox", "w/stream")).toMatchObject({
      bytes: bytes.length,
    });
    expect((await content("w/stream")).equals(bytes)).toBe(true);
    expect(await head("w/stream")).toMatchObject({ ServerSideEncryption: "AES256" });
    expect(events).toContainEqual({
      type: "progress",
      task: "Upload to s3://sandbox/w/stream",
      bytes: 10_485_760,
    });
    expect(events.at(-1)).toMatchObject({ bytes: bytes.length, done: true });
  });

  test("bytes, a stream of text, a Blob and an open file", async () => {
    await redshift.writeFileToS3(Buffer.from(text), "sandbox", "w/bytes");
    await redshift.writeFileToS3(Readable.from([text]), "sandbox", "w/text");
    await redshift.writeFileToS3(new Blob([text]), "sandbox", "w/blob");
    const path = join(folder, "file.txt");
    await writeFile(path, text);
    const file = await open(path);
    await redshift.writeFileToS3(file, "sandbox", "w/handle");
    await file.close();
    expect(await redshift.writeFilenameToS3(path, "sandbox", "w/name")).toMatchObject({
      bytes: Buffer.byteLength(text),
    });
    for (const key of ["w/bytes", "w/text", "w/blob", "w/handle", "w/name"]) {
      expect((await content(key)).toString()).toBe(text);
    }
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "a file that is not there",
      () => redshift.writeFilenameToS3("/no/such", "sandbox", "k"),
      /^\/no\/such cannot be read \(ENOENT\); check/,
    ],
    [
      "a directory",
      () => redshift.writeFilenameToS3(folder, "sandbox", "k"),
      /cannot be read \(EISDIR\); check/,
    ],
    ["an empty key", () => redshift.writeStringToS3("x", "sandbox", ""), /^"" is no key of an object/],
    [
      "a key that is too long",
      () => redshift.writeStringToS3("x", "sandbox", "ü".repeat(600)),
      /is no key of an object; S3 takes 1 to 1024 bytes/,
    ],
    ["a bucket that can be none", () => redshift.writeStringToS3("x", "A_B", "k"), /is not a bucket name/],
    [
      "a URI without a key",
      () => redshift.writeDictToKey({}, "s3://sandbox"),
      /names no object; write it as s3:\/\/BUCKET\/KEY/,
    ],
    [
      "NaN",
      () => redshift.writeDictToKey({ a: Number.NaN }, "s3://sandbox/k"),
      /^The value of "a" is NaN, which JSON cannot hold/,
    ],
    [
      "a bigint",
      () => redshift.writeDictToKey({ a: 5n }, "s3://sandbox/k"),
      /^The value of "a" is 5n, which JSON cannot hold/,
    ],
    [
      "undefined",
      () => redshift.writeDictToKey(undefined, "s3://sandbox/k"),
      /^JSON has nothing for undefined/,
    ],
    [
      "half of a surrogate pair",
      () => redshift.writeStringToS3("\ud800", "sandbox", "k"),
      /half of a surrogate pair/,
    ],
    [
      "a bucket that is not there",
      () => redshift.writeStringToS3("x", "no-such-bucket", "k"),
      /^Cannot write s3:\/\/no-such-bucket\/k: there is no bucket/,
    ],
  ])("%s is one sentence, and nothing is written", async (_, write, message) => {
    await expect(write()).rejects.toThrow(message);
    expect(await (await redshift.getBucket("sandbox")).find("k")).toBeUndefined();
  });

  test("a stream that breaks leaves nothing", async () => {
    const broken = async function* () {
      yield randomBytes(6_000_000);
      await Promise.resolve();
      throw new Error("the source broke");
    };
    await expect(redshift.writeFileToS3(broken(), "sandbox", "k")).rejects.toThrow("the source broke");
    expect(await (await redshift.getBucket("sandbox")).find("k")).toBeUndefined();
  });

  test("the signal ends an upload whose stream has gone quiet: nothing is left, and the stream is closed", async () => {
    const quiet = new PassThrough();
    quiet.write(randomBytes(6_000_000));
    const stop = new AbortController();
    const reason = new Error("enough");
    const upload = redshift.writeFileToS3(quiet, "sandbox", "k", { signal: stop.signal });
    await vi.waitFor(() => expect(events.some(({ type }) => type === "progress")).toBe(true));
    stop.abort(reason);
    await expect(upload).rejects.toBe(reason);
    expect(quiet.destroyed).toBe(true);
    const generator = (async function* () {
      yield "first";
      await new Promise(() => undefined);
    })();
    await expect(
      redshift.writeFileToS3(generator, "sandbox", "k", { signal: AbortSignal.timeout(50) }),
    ).rejects.toThrow("timeout");
    expect(await (await redshift.getBucket("sandbox")).find("k")).toBeUndefined();
    expect(await openUploads()).toEqual([]);
  });

  test("with a signal that never comes a stream arrives whole", async () => {
    const { signal } = new AbortController();
    const bytes = randomBytes(6_000_000);
    const pieces = [bytes.subarray(0, 5_500_000), bytes.subarray(5_500_000)];
    await redshift.writeFileToS3(Readable.from(pieces), "sandbox", "w/signal", { signal });
    expect((await content("w/signal")).equals(bytes)).toBe(true);
  });

  test("a stream that has ended, and one of objects, are refused before anything is written", async () => {
    const used = Readable.from(["x"]);
    await used.toArray();
    await expect(redshift.writeFileToS3(used, "sandbox", "k")).rejects.toThrow(
      "The stream was read to its end before, so nothing is left to write; open it again.",
    );
    await expect(redshift.writeFileToS3(Readable.from([{ a: 1 }]), "sandbox", "k")).rejects.toThrow(
      /^The stream gives values of type object, and a file is bytes or text; write them as text first\.$/,
    );
    expect(await (await redshift.getBucket("sandbox")).find("k")).toBeUndefined();
  });
});

describe("without keys the SDK's provider chain serves S3 calls", () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(folder, "home-"));
    for (const name of Object.keys(process.env)) {
      if (/^AWS_|^REDSHIFT_/.test(name)) vi.stubEnv(name, undefined);
    }
    vi.stubEnv("AWS_ENDPOINT_URL_S3", sandbox.env.AWS_ENDPOINT_URL_S3);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", home);
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(home, "credentials"));
    vi.stubEnv("AWS_CONFIG_FILE", join(home, "config"));
  });

  async function profile(name: string): Promise<void> {
    const {
      AWS_ACCESS_KEY_ID: id = "",
      AWS_SECRET_ACCESS_KEY: secret = "",
      AWS_REGION: region = "",
    } = sandbox.env;
    await writeFile(
      join(home, "credentials"),
      `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    );
    await writeFile(join(home, "config"), `[profile ${name}]\nregion = ${region}\n`);
  }

  const documents = [{ n: 1 }, { n: 2 }];

  async function withTable(name: string, options = {}): Promise<Redshift> {
    const own = openRedshift(sandbox, options);
    await own.execute(`CREATE TABLE ${name} (n INT)`);
    return own;
  }

  test("a profile of AWS_PROFILE writes; COPY is still refused, as its keys do not go into SQL unasked", async () => {
    await profile("nightly");
    vi.stubEnv("AWS_PROFILE", "nightly");
    const own = await withTable("by_profile");
    try {
      await own.writeStringToS3("x", "sandbox", "chain/profile");
      expect(own.awsCredentials).toBeUndefined();
      await expect(own.copyJsonToTable("sandbox", "p", documents, null, "by_profile")).rejects.toThrow(
        /^COPY and UNLOAD need a role or keys to reach S3/,
      );
      const role = { iamRole: "default" };
      const report = await own.copyJsonToTable("sandbox", "p", documents, null, "by_profile", {
        authorization: role,
      });
      expect(report.rows).toBe(2);
    } finally {
      await own.close();
    }
  });

  test("with copyWithClientCredentials the long-term keys of a profile are refused, as logs may keep them", async () => {
    await profile("nightly");
    vi.stubEnv("AWS_PROFILE", "nightly");
    const own = await withTable("with_keys", { copyWithClientCredentials: true });
    try {
      await expect(own.copyJsonToTable("sandbox", "p", documents, null, "with_keys")).rejects.toThrow(
        /^The keys that the AWS SDK found are long-term ones, and copyWithClientCredentials: true puts only session keys into/,
      );
      await expect(own.unloadTableToS3("sandbox", "p/out-", "with_keys")).rejects.toThrow(OptionsError);
      own.setAwsCredentials(sandbox.env.AWS_ACCESS_KEY_ID ?? "", sandbox.env.AWS_SECRET_ACCESS_KEY ?? "");
      const { rows } = await own.copyJsonToTable("sandbox", "p", documents, null, "with_keys");
      expect(rows).toBe(2);
    } finally {
      await own.close();
    }
  });

  test("no keys anywhere is one sentence", async () => {
    vi.stubEnv("AWS_REGION", "us-east-1");
    const own = await withTable("no_keys", { copyWithClientCredentials: true });
    try {
      await expect(own.writeStringToS3("x", "sandbox", "k")).rejects.toThrow(
        /^Cannot write s3:\/\/sandbox\/k: no AWS credentials were found; set/,
      );
      await expect(own.copyJsonToTable("sandbox", "p", documents, null, "no_keys")).rejects.toThrow(
        /^No AWS credentials were found \(.*\); set AWS_ACCESS_KEY_ID and .* or give COPY a role \(iamRole\)\.$/s,
      );
    } finally {
      await own.close();
    }
  });
});

test("with copyWithClientCredentials COPY and UNLOAD are given session keys, asked for again just before they run", async () => {
  const temporary = await startSandbox({ sessionToken: "a/session+token==" });
  const { AWS_ACCESS_KEY_ID = "?", AWS_SECRET_ACCESS_KEY = "?", AWS_SESSION_TOKEN = "?" } = temporary.env;
  let asked = 0;
  const endpoint = createServer((request, response) => {
    asked += 1;
    expect(request.headers.authorization).toBe("own-token");
    response.setHeader("content-type", "application/json");
    const keys = { AccessKeyId: AWS_ACCESS_KEY_ID, SecretAccessKey: AWS_SECRET_ACCESS_KEY };
    // Lapsing at once, so that the SDK asks again for each use.
    const Expiration = new Date(Date.now() + 60_000).toISOString();
    response.end(JSON.stringify({ ...keys, Token: AWS_SESSION_TOKEN, Expiration }));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|^REDSHIFT_/.test(name)) vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_ENDPOINT_URL_S3", temporary.env.AWS_ENDPOINT_URL_S3);
  vi.stubEnv("AWS_REGION", temporary.env.AWS_REGION);
  // No profile of whoever runs the tests.
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
  vi.stubEnv(
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/keys`,
  );
  vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "own-token");
  const shown: string[] = [];
  const own = openRedshift(temporary, {
    copyWithClientCredentials: true,
    onEvent: (event: ShiftmanagerEvent) => shown.push(JSON.stringify(event)),
  });
  try {
    await own.execute("CREATE TABLE by_container (n INT)");
    let before = 0;
    const source = function* () {
      yield* [{ n: 1 }, { n: 2 }];
      before = asked;
    };
    const { rows } = await own.copyJsonToTable("sandbox", "p", source(), null, "by_container");
    expect(rows).toBe(2);
    expect(before).toBeGreaterThan(0);
    expect(asked).toBeGreaterThan(before);
    expect((await own.unloadTableToS3("sandbox", "p/out-", "by_container")).rows).toBe(2);
    const batch = await own.unloadTableToS3("sandbox", "p/out-", "by_container", { execute: false });
    expect(String(batch)).toContain(
      "ACCESS_KEY_ID <secret>\nSECRET_ACCESS_KEY <secret>\nSESSION_TOKEN <secret>",
    );
    expect(batch.toSQL({ secrets: "reveal" })).toContain(`SESSION_TOKEN '${AWS_SESSION_TOKEN}'`);
    for (const text of [String(batch), shown.join("\n")]) {
      for (const key of [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN]) {
        expect(text).not.toContain(key);
      }
    }
  } finally {
    await own.close();
    endpoint.close();
    await temporary.stop();
    vi.unstubAllEnvs();
    vi.stubEnv("AWS_ENDPOINT_URL_S3", sandbox.env.AWS_ENDPOINT_URL_S3);
  }
});

describe("shiftmanager s3 put", () => {
  const put = (args: readonly string[], input = "") => runCommand(["s3", "put", ...args], sandbox.env, input);

  test("shows what it would write; with --execute writes it", async () => {
    const path = join(folder, "a.csv");
    await writeFile(path, "a,b\n");
    const shown = await put([path, "s3://sandbox/cli/a.csv"]);
    expect(shown).toMatchObject({ code: 0, stdout: `PUT s3://sandbox/cli/a.csv from ${path} (4 B)\n` });
    expect(shown.stderr).toContain("add --execute");
    expect(await (await redshift.getBucket("sandbox")).find("cli/a.csv")).toBeUndefined();
    const written = await put([path, "s3://sandbox/cli/a.csv", "--content-type", "text/csv", "--execute"]);
    expect(written).toMatchObject({ code: 0, stdout: "Wrote 4 B to s3://sandbox/cli/a.csv.\n" });
    expect(written.stderr).toContain("Upload to s3://sandbox/cli/a.csv: 4 B");
    expect(await head("cli/a.csv")).toMatchObject({
      ContentType: "text/csv",
      ServerSideEncryption: "AES256",
    });
  });

  test("stdin, as JSON", async () => {
    const { code, stdout } = await put(["-", "s3://sandbox/cli/in", "--json", "--execute"], "größe");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ type: "report", bytes: 7, files: 1, url: "s3://sandbox/cli/in" });
    expect((await content("cli/in")).toString()).toBe("größe");
    const preview = await put(["-", "s3://sandbox/cli/in", "--json"]);
    expect(JSON.parse(preview.stdout)).toEqual({
      type: "put",
      executed: false,
      file: "stdin",
      url: "s3://sandbox/cli/in",
    });
  });

  test("an object that is there is not written over without approval", async () => {
    await redshift.writeStringToS3("old", "sandbox", "cli/there");
    const refused = await put(["-", "s3://sandbox/cli/there", "--execute"], "new");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("This destroys the object that is at s3://sandbox/cli/there; add --yes");
    expect((await content("cli/there")).toString()).toBe("old");
    expect((await put(["-", "s3://sandbox/cli/there", "--execute", "--yes"], "new")).code).toBe(0);
    expect((await content("cli/there")).toString()).toBe("new");
  });

  test.each([
    [["/no/such", "s3://sandbox/k"], 1, "The file /no/such cannot be read (ENOENT)"],
    [["-", "s3://sandbox/dir/"], 2, "s3://sandbox/dir/ names no object"],
    [["-", "sandbox/k"], 1, "is not an S3 address"],
    [["-", "s3://no-such-bucket/k", "--execute"], 1, "There is no bucket named no-such-bucket"],
  ])("%j ends with code %i and a sentence", async (args, code, sentence) => {
    const outcome = await put(args, "x");
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(sentence);
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
  });
});
