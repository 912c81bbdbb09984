import { inspect } from "node:util";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { IamOptions, RedshiftOptions, ShiftmanagerEvent } from "../../src/index.ts";
import { ConnectionError, OptionsError, Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { AwsEndpoint } from "./aws-endpoint.ts";

const password = "Temp0rary/+=Word";
const aws = new AwsEndpoint();
let sandbox: Sandbox;
let events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  await aws.start();
  sandbox = await startSandbox({ tls: true });
  const admin = openRedshift(sandbox);
  try {
    // The clear password may have no slash; a verifier stands for any.
    for (const name of ["IAM:bob", "IAMR:deployer", "IAMA:bob:etl"]) {
      await admin.createUser(name, password, { passwordHash: "md5", execute: true });
    }
  } finally {
    await admin.close();
  }
});

beforeEach(() => {
  for (const name of [
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "REDSHIFT_URL",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
  ]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_ENDPOINT_URL_REDSHIFT", aws.url);
  vi.stubEnv("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", aws.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test");
  vi.stubEnv("AWS_REGION", "eu-central-1");
  events = [];
  aws.calls.length = 0;
});

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  await aws.stop();
  await sandbox?.stop();
});

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

/** Answers with a password for `user`, and with the sandbox as the cluster's and workgroup's endpoint. */
function answerWith(user: string, expires: () => Date = () => inMinutes(15)): void {
  const port = Number(sandbox.env.PGPORT);
  aws.answer = ({ service, action }) => {
    if (action === "DescribeClusters") {
      const Endpoint = { Address: "127.0.0.1", Port: port };
      return { Clusters: { Cluster: { ClusterIdentifier: "main", ClusterStatus: "available", Endpoint } } };
    }
    if (action === "GetWorkgroup") {
      return {
        workgroup: { workgroupName: "wg", status: "AVAILABLE", endpoint: { address: "127.0.0.1", port } },
      };
    }
    const Expiration = expires();
    return service === "redshift"
      ? { DbUser: user, DbPassword: password, Expiration }
      : { dbUser: user, dbPassword: password, expiration: Expiration };
  };
}

function connect(iam: IamOptions, options: RedshiftOptions = {}): Redshift {
  return new Redshift({
    database: sandbox.env.PGDATABASE,
    ssl: "verify-full",
    sslRootCert: sandbox.env.PGSSLROOTCERT,
    onEvent: (event) => events.push(event),
    iam,
    ...options,
  });
}

async function whoAmI(redshift: Redshift): Promise<unknown> {
  const [result] = await redshift.execute("SELECT current_user AS name");
  return result?.rows[0]?.name;
}

async function loginAs(iam: IamOptions, options: RedshiftOptions = {}): Promise<unknown> {
  const redshift = connect(iam, options);
  try {
    return await whoAmI(redshift);
  } finally {
    await redshift.close();
  }
}

describe("a login through IAM", () => {
  test("to a cluster is that of the identity itself, where the cluster is", async () => {
    answerWith("IAMR:deployer");
    expect(await loginAs({ clusterIdentifier: "main" })).toBe("IAMR:deployer");
    expect(aws.calls).toMatchObject([
      { action: "DescribeClusters", parameters: { ClusterIdentifier: "main" } },
      { action: "GetClusterCredentialsWithIAM", parameters: { ClusterIdentifier: "main", DbName: "dev" } },
    ]);
    expect(aws.calls[1]?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d+\/eu-central-1\/redshift\/aws4_request/,
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "connecting",
        user: "IAMR:deployer",
        port: Number(sandbox.env.PGPORT),
      }),
    );
  });

  test("as a database user uses the name that AWS returns, not the one that was asked for", async () => {
    answerWith("IAMA:bob:etl");
    const iam = {
      clusterIdentifier: "main",
      dbUser: "bob",
      autoCreate: true,
      dbGroups: ["etl"],
      durationSeconds: 1800,
    };
    expect(await loginAs(iam)).toBe("IAMA:bob:etl");
    expect(aws.calls[1]).toMatchObject({
      action: "GetClusterCredentials",
      parameters: {
        DbUser: "bob",
        AutoCreate: "true",
        "DbGroups.DbGroup.1": "etl",
        DurationSeconds: "1800",
      },
    });
  });

  test("to a Serverless workgroup", async () => {
    answerWith("IAM:bob");
    expect(await loginAs({ workgroupName: "wg", durationSeconds: 900 })).toBe("IAM:bob");
    expect(aws.calls).toMatchObject([
      { service: "redshift-serverless", action: "GetWorkgroup", parameters: { workgroupName: "wg" } },
      {
        service: "redshift-serverless",
        action: "GetCredentials",
        parameters: { workgroupName: "wg", dbName: "dev", durationSeconds: 900 },
      },
    ]);
  });

  test("asks for no endpoint where the host is given, and signs with the keys that are given", async () => {
    answerWith("IAM:bob");
    await loginAs(
      { clusterIdentifier: "main" },
      {
        host: sandbox.env.PGHOST,
        port: Number(sandbox.env.PGPORT),
        region: "us-west-2",
        awsAccessKeyId: "AKIAOTHER",
        awsSecretAccessKey: "other",
      },
    );
    expect(aws.calls.map(({ action }) => action)).toEqual(["GetClusterCredentialsWithIAM"]);
    expect(aws.calls[0]?.authorization).toMatch(/Credential=AKIAOTHER\/\d+\/us-west-2\//);
  });

  test("PGUSER, PGPASSWORD and REDSHIFT_URL are for other logins", async () => {
    vi.stubEnv("PGUSER", "awsuser");
    vi.stubEnv("PGPASSWORD", "wrong");
    vi.stubEnv("REDSHIFT_URL", "redshift://awsuser:wrong@elsewhere.invalid/prod");
    answerWith("IAM:bob");
    expect(await loginAs({ clusterIdentifier: "main" })).toBe("IAM:bob");
  });
});

describe("a temporary password", () => {
  const passwords = () => aws.calls.filter(({ action }) => action.includes("Credentials")).length;

  /** Two connections of one object: the first is lost in between. */
  async function twice(): Promise<void> {
    const redshift = connect({ clusterIdentifier: "main" });
    try {
      await whoAmI(redshift);
      sandbox.faults.add({ target: "sql", statement: "let go", action: "drop" });
      await expect(redshift.execute("SELECT 'let go'")).rejects.toThrow("The connection was lost");
      expect(await whoAmI(redshift)).toBe("IAM:bob");
    } finally {
      await redshift.close();
    }
  }

  test("is used again while it holds", async () => {
    answerWith("IAM:bob");
    await twice();
    expect(passwords()).toBe(1);
  });

  test("is renewed before it lapses", async () => {
    answerWith("IAM:bob", () => inMinutes(0.5));
    await twice();
    expect(passwords()).toBe(2);
  });

  test("that the server refuses is not used again", async () => {
    const redshift = connect({ clusterIdentifier: "main", dbUser: "ghost" });
    try {
      answerWith("IAM:ghost");
      const error: unknown = await whoAmI(redshift).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConnectionError);
      expect((error as Error).message).toMatch(
        /^The server refused the temporary password that AWS gave for "IAM:ghost" \(.*\); check that the host is that of main and that the database user "ghost" exists, or set iam\.autoCreate\.$/,
      );
      expect(inspect(error, { depth: 10 })).not.toContain(password);
      answerWith("IAM:bob");
      expect(await whoAmI(redshift)).toBe("IAM:bob");
      expect(inspect(redshift, { depth: 10 })).not.toContain(password);
    } finally {
      await redshift.close();
    }
  });
});

describe("what AWS refuses is one sentence with the way out", () => {
  const cluster: IamOptions = { clusterIdentifier: "main", dbUser: "bob", autoCreate: true };
  test.each<[string, IamOptions, number, string, string]>([
    [
      "no such cluster",
      cluster,
      404,
      "ClusterNotFound",
      "No login for main through IAM: there is no such cluster in eu-central-1; check its name, the region (AWS_REGION) and the account.",
    ],
    [
      "no such workgroup",
      { workgroupName: "wg" },
      400,
      "ResourceNotFoundException",
      "No login for wg through IAM: there is no such workgroup in eu-central-1; check its name, the region (AWS_REGION) and the account.",
    ],
    [
      "no permission for a cluster",
      cluster,
      403,
      "AccessDenied",
      "No login for main through IAM: access is denied; the IAM identity needs redshift:GetClusterCredentials, redshift:CreateClusterUser and, where no host is given, redshift:DescribeClusters.",
    ],
    [
      "no permission for a workgroup",
      { workgroupName: "wg" },
      400,
      "AccessDeniedException",
      "No login for wg through IAM: access is denied; the IAM identity needs redshift-serverless:GetCredentials and, where no host is given, redshift-serverless:GetWorkgroup.",
    ],
    [
      "keys that have expired",
      cluster,
      403,
      "ExpiredToken",
      "No login for main through IAM: AWS does not accept the credentials (ExpiredToken); renew them, or check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ],
    [
      "anything else",
      cluster,
      400,
      "UnsupportedOperation",
      "No login for main through IAM: as AWS says it (UnsupportedOperationFault); check the iam settings.",
    ],
  ])("%s", async (_, iam, status, code, message) => {
    aws.answer = () => ({ refusal: { status, code, message: "as AWS says it." } });
    const error: unknown = await loginAs(iam).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toBe(message);
  });

  test("a cluster without an endpoint says in what state it is", async () => {
    aws.answer = () => ({ Clusters: { Cluster: { ClusterIdentifier: "main", ClusterStatus: "paused" } } });
    await expect(loginAs({ clusterIdentifier: "main" })).rejects.toThrow(
      "The cluster main has no endpoint (it is paused); wait until it is available, or resume it.",
    );
  });

  test("an endpoint that never answers ends after the time allowed", async () => {
    aws.answer = () => undefined;
    await expect(loginAs({ clusterIdentifier: "main" }, { connectTimeoutMs: 200 })).rejects.toThrow(
      "No login for main through IAM: AWS did not answer in time; check the network, the proxy and connectTimeoutMs.",
    );
  });
});

describe("refused before anything is sent", () => {
  test.each<[string, RedshiftOptions, string]>([
    ["plain text", { ssl: "disable", iam: { clusterIdentifier: "main" } }, "An IAM login needs TLS"],
    [
      "plain text by the driver's option",
      { pg: { ssl: false }, iam: { clusterIdentifier: "main" } },
      "needs TLS",
    ],
    [
      "a user of one's own",
      { user: "bob", iam: { clusterIdentifier: "main" } },
      "leave out user and password",
    ],
    [
      "a URL's user",
      { url: "redshift://bob@h/dev", iam: { workgroupName: "wg" } },
      "leave out user and password",
    ],
    ["no cluster", { iam: {} as IamOptions }, "either a clusterIdentifier or a workgroupName"],
    [
      "a database user on Serverless",
      { iam: { workgroupName: "wg", dbUser: "bob" } as unknown as IamOptions },
      "iam.dbUser cannot go with a workgroupName",
    ],
    [
      "groups without a database user",
      { iam: { clusterIdentifier: "main", dbGroups: ["etl"] } },
      "iam.dbGroups goes with iam.dbUser",
    ],
    [
      "a group with capitals",
      { iam: { clusterIdentifier: "main", dbUser: "bob", dbGroups: ["ETL"] } },
      "lower case only",
    ],
    [
      "a password for a day",
      { iam: { clusterIdentifier: "main", durationSeconds: 86_400 } },
      "whole seconds from 900 to 3600",
    ],
  ])("%s", (_, options, message) => {
    expect(() => new Redshift({ database: "dev", ...options })).toThrow(OptionsError);
    expect(() => new Redshift({ database: "dev", ...options })).toThrow(message);
    expect(aws.calls).toEqual([]);
  });

  test("a login without a database", async () => {
    await expect(loginAs({ clusterIdentifier: "main" }, { database: undefined })).rejects.toThrow(
      "Connecting needs database (PGDATABASE)",
    );
  });
});
