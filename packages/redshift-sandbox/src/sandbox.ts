import { join } from "node:path";
import { AdminQueries } from "./engine/admin-queries.ts";
import { startCluster } from "./engine/cluster.ts";
import type { Cluster } from "./engine/cluster.ts";
import { resetCluster } from "./engine/reset.ts";
import { CLIENT_CONNECTIONS } from "./engine/settings.ts";
import { SandboxError } from "./errors.ts";
import { ADMINISTRATOR, DATABASE, sandboxEnvironment } from "./environment.ts";
import { Faults } from "./faults.ts";
import { explainPort, requireFreePort } from "./free-port.ts";
import { LongNames } from "./long-names.ts";
import { startS3 } from "./s3/server.ts";
import type { ObjectStore } from "./s3/store.ts";
import type { Services } from "./services.ts";
import { shortName } from "./sql/names.ts";
import type { Edition } from "./sql/plan.ts";
import type { Switches } from "./switches.ts";
import { serverCertificate } from "./tls/certificate.ts";
import { createTranslation } from "./translation.ts";
import { startWire } from "./wire/server.ts";

/** The role that COPY and UNLOAD may assume when no other is named. */
export const DEFAULT_IAM_ROLE = "arn:aws:iam::123456789012:role/sandbox";
/** The bucket that is there when no other is named. */
export const DEFAULT_BUCKET = "sandbox";

const HOST = "127.0.0.1";
const REGION = "us-east-1";

export interface SandboxOptions {
  /** Where SQL is spoken, on 127.0.0.1. Default 0: any free port. */
  readonly port?: number;
  /** Where S3 is spoken, on 127.0.0.1. Default 0: any free port. */
  readonly s3Port?: number;
  /** Buckets to make. The first is in the environment. Default `sandbox`. */
  readonly buckets?: readonly string[];
  /** Keeps data, objects, password and certificate between runs; one sandbox at a time. Temporary when absent. */
  readonly dataDir?: string;
  /** Which of Redshift's two kinds to be: `serverless` lets nobody read STL_, STV_, SVL_ and SVCS_ relations. Default `provisioned`. */
  readonly edition?: Edition;
  /** What Redshift does and PostgreSQL does not, on request. Default none. */
  readonly switches?: Switches;
  /** Roles that COPY and UNLOAD may assume; the first is `default`. Default `arn:aws:iam::123456789012:role/sandbox`. */
  readonly iamRoles?: readonly string[];
  /** Makes the AWS keys temporary ones: without this token S3, COPY and UNLOAD refuse them. It never lapses. Default none. */
  readonly sessionToken?: string;
  /** Whether the environment asks clients to use TLS and verify the server. It is offered in any case. Default false. */
  readonly tls?: boolean;
  /** The directory of PostgreSQL 17's programs, where the npm package has none for this system. */
  readonly pgBin?: string;
}

/** The S3 side of a sandbox. */
export interface SandboxS3 {
  /** `http://127.0.0.1:PORT`; clients must use path style, as the SDKs do for an address. */
  readonly url: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly buckets: readonly string[];
  /** The objects without the network: for arranging and checking in tests. */
  readonly store: ObjectStore;
}

/** A running local Redshift. */
export interface Sandbox {
  /** Variables for clients: `PGHOST`, `PGPASSWORD`, `AWS_ENDPOINT_URL_S3` and the others. Holds secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly s3: SandboxS3;
  /** Arms failures: a request that S3 answers with 503, a connection that is cut, and so on. */
  readonly faults: Faults;
  /** The temporary directory of this run. */
  readonly runDir: string;
  /** Resolves to the end of PostgreSQL's log when PostgreSQL ends, asked to or not. */
  readonly exited: Promise<string>;
  /** Remembers an env file that is removed when the sandbox stops, or by the next one if this one is killed. */
  noteEnvFile(path: string): Promise<void>;
  /** Makes a database that belongs to the administrator. */
  createDatabase(name: string): Promise<void>;
  /**
   * Back to a new sandbox in well under a second: databases, users, groups, objects and armed faults are gone, connections are
   * closed. Ports, passwords and keys stay.
   */
  reset(): Promise<void>;
  /** Closes connections, stops PostgreSQL and removes what was temporary. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a local Redshift: PostgreSQL behind a server that speaks Redshift's SQL, and an S3 endpoint beside it.
 * Nothing but 127.0.0.1 is listened to. The first start on a machine takes some seconds, later ones about half of one.
 *
 * @throws SandboxError with one sentence on what is wrong and the way out
 * @example
 * const sandbox = await startSandbox();
 * const { PGPORT, PGPASSWORD } = sandbox.env;
 * await sandbox.stop();
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    port = 0,
    s3Port = 0,
    buckets = [DEFAULT_BUCKET],
    edition = "provisioned",
    iamRoles = [DEFAULT_IAM_ROLE],
    sessionToken,
    tls = false,
    switches = {},
    dataDir,
  } = options;
  if (port !== 0 && port === s3Port)
    throw new SandboxError(`SQL and S3 cannot share port ${port}; choose another with --port or --s3-port.`);
  await requireFreePort(port, "--port");
  await requireFreePort(s3Port, "--s3-port");
  const cluster = await startCluster(options);
  // In the order of starting; stopped in the opposite one.
  const running: (() => Promise<void>)[] = [cluster.stop];
  const stop = once(() => stopAll(running));
  try {
    const { privateDirectory, state } = cluster.data;
    const accessKey = sessionToken === undefined ? state.accessKey : { ...state.accessKey, sessionToken };
    const faults = new Faults();
    const adminQueries = new AdminQueries(cluster);
    const certificate = await serverCertificate(join(privateDirectory, "tls"));
    // The port was free when we looked; another program may have been faster since.
    const s3 = await explainPort(s3Port, "--s3-port", () =>
      startS3({
        host: HOST,
        port: s3Port,
        dir: join(privateDirectory, "s3"),
        accessKey,
        region: REGION,
        faults,
        buckets,
      }),
    );
    running.push(() => s3.stop());
    const services: Services = {
      edition,
      switches,
      region: REGION,
      store: s3.store,
      faults,
      accessKey,
      iamRoles,
      adminQuery: (...query) => adminQueries.run(...query),
    };
    const longNames = new LongNames((...query) => services.adminQuery(...query));
    if (dataDir !== undefined) await longNames.load();
    const translator = await createTranslation(services, longNames, dataDir !== undefined);
    const wire = await explainPort(port, "--port", () =>
      startWire({
        port,
        host: HOST,
        clients: CLIENT_CONNECTIONS,
        socketPath: join(cluster.socketDir, `.s.PGSQL.${cluster.port}`),
        tls: { key: certificate.key, cert: certificate.cert },
        services,
        translator,
        fullNames: (text) => longNames.restore(text),
        shortName,
      }),
    );
    running.push(() => wire.stop());
    return {
      env: sandboxEnvironment({
        port: wire.port,
        password: cluster.password,
        s3Url: s3.url,
        accessKey,
        region: REGION,
        bucket: buckets[0] ?? DEFAULT_BUCKET,
        iamRole: iamRoles[0] ?? DEFAULT_IAM_ROLE,
        ...(tls ? { caPath: certificate.caPath } : {}),
      }),
      s3: {
        url: s3.url,
        port: s3.port,
        region: REGION,
        accessKeyId: accessKey.id,
        secretAccessKey: accessKey.secret,
        buckets,
        store: s3.store,
      },
      faults,
      runDir: cluster.run.path,
      exited: cluster.exited,
      noteEnvFile: (path) => cluster.run.noteEnvFile(path),
      createDatabase: (name) => createDatabase(cluster, name),
      reset: () =>
        wire.holding(async () => {
          faults.clear();
          await resetCluster(cluster);
          longNames.forgetSaved();
          await s3.reset();
        }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createDatabase(cluster: Cluster, name: string): Promise<void> {
  const client = await cluster.connect(DATABASE);
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${ADMINISTRATOR}`);
  } finally {
    await client.end();
  }
}

/** Each part is stopped even when another one fails to. */
async function stopAll(running: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of running.toReversed()) {
    try {
      await stop();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "The sandbox did not stop cleanly");
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
