import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "node:http";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import { Faults } from "../../src/faults.ts";
import { startS3, type RunningS3, type S3Options } from "../../src/s3/server.ts";

export const ACCESS_KEY = { id: "AKIDSANDBOXEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+secret" };
export const BUCKET = "sandbox";

export interface Started extends RunningS3 {
  readonly dir: string;
  readonly faults: Faults;
  /** A client with the SDK's defaults; path style unless told otherwise. */
  client(config?: S3ClientConfig): S3Client;
}

/** Starts an endpoint of its own for a test file; `close` it in `afterAll`. */
export async function start(more: Partial<S3Options> = {}): Promise<Started & { close(): Promise<void> }> {
  const dir = more.dir ?? (await mkdtemp(join(tmpdir(), "sandbox-s3-")));
  const faults = new Faults();
  const running = await startS3({
    host: "127.0.0.1",
    port: 0,
    dir,
    region: "us-east-1",
    accessKey: ACCESS_KEY,
    buckets: [BUCKET],
    faults,
    ...more,
  }).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  const clients: S3Client[] = [];
  return {
    ...running,
    dir,
    faults,
    client(config = {}) {
      const client = new S3Client({
        endpoint: running.url,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { accessKeyId: ACCESS_KEY.id, secretAccessKey: ACCESS_KEY.secret },
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** An endpoint that lives as long as the test that asks for it. */
export async function startForTest(more: Partial<S3Options> = {}): Promise<Started> {
  const started = await start(more);
  onTestFinished(() => started.close());
  return started;
}

/** Resolves `bucket.localhost` without the machine's resolver, which on some systems does not know it. */
export const localhostAgent = new Agent({
  lookup: (_name, options, callback) => {
    if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
    else callback(null, "127.0.0.1", 4);
  },
});

/** The error's S3 code, or `none` when there was no error. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof Error) return error.name;
    throw error;
  }
}
