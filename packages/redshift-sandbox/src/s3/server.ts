import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Faults } from "../faults.ts";
import type { AccessKey } from "./authenticate.ts";
import { DiskStore } from "./disk-store.ts";
import { Exchanges } from "./exchange.ts";
import { checkBucketName } from "./operations/buckets.ts";
import type { ObjectStore } from "./store.ts";

export interface S3Options {
  /** Nothing but the loopback address: the endpoint is for this machine. */
  readonly host: "127.0.0.1";
  /** 0 for a free one. */
  readonly port: number;
  /** Made when it is not there, mode 0700; must be empty or an earlier endpoint's. Only one endpoint may use it at a time. */
  readonly dir: string;
  readonly region: string;
  readonly accessKey: AccessKey;
  /** Created when they are not there; `reset` brings back exactly these. */
  readonly buckets: readonly string[];
  readonly faults: Faults;
}

/** A running S3 endpoint. */
export interface RunningS3 {
  /** `http://127.0.0.1:PORT`; `http://localhost:PORT` works as well and allows `bucket.localhost`. */
  readonly url: string;
  readonly port: number;
  readonly store: ObjectStore;
  /** Closes every connection, waits until nothing is being written, and lets go of the directory. A second call waits for the first. */
  stop(): Promise<void>;
  /** Removes all objects, uploads and buckets, then creates the buckets of the options. */
  reset(): Promise<void>;
}

/** Starts the S3 endpoint. */
export async function startS3(options: S3Options): Promise<RunningS3> {
  for (const bucket of options.buckets) checkBucketName(bucket);
  const store = await DiskStore.open(options.dir);
  const exchanges = new Exchanges({ ...options, store });
  const server = createServer(
    // A key of 1,024 bytes is up to 3,072 percent-encoded, metadata 2 KB; uploads may take as long as they like.
    { maxHeaderSize: 32 * 1024, requestTimeout: 0, keepAliveTimeout: 60_000 },
    (request, response) => exchanges.answer(request, response, { mustContinue: false }),
  );
  server.on("checkContinue", (request, response) =>
    exchanges.answer(request, response, { mustContinue: true }),
  );
  try {
    for (const bucket of options.buckets) store.createBucket(bucket);
    await listen(server, options);
  } catch (error) {
    await store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await exchanges.settled();
    await store.close();
  };
  return {
    url: `http://${options.host}:${port}`,
    port,
    store,
    stop: () => (stopped ??= stop()),
    reset: () => store.reset(options.buckets),
  };
}

function listen(server: Server, { host, port }: S3Options): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
