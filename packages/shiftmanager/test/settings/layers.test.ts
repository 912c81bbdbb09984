import { describe, expect, test } from "vitest";
import { layerSettings, layerSource } from "../../src/settings/layers.ts";
import type { RedshiftOptions } from "../../src/settings/options.ts";
import type { Environment } from "../../src/settings/resolve.ts";
import { connectionSettings } from "../../src/settings/resolve.ts";

const dev: RedshiftOptions = {
  host: "dev.example.com",
  database: "dev",
  user: "chad",
  password: "in the file",
};

function layer(options: RedshiftOptions, env: Environment, flags: RedshiftOptions = {}) {
  return layerSettings(flags, { options, from: "the profile dev" }, env);
}

/** The settings that a connection is made with in the end. */
function connection(options: RedshiftOptions, env: Environment) {
  const { host, port, database, user, password, urlPassword } = connectionSettings(
    layer(options, env).options,
    env,
  );
  return { host, port, database, user, password: password ?? urlPassword };
}

test("a profile gives what flags and the environment leave out", () => {
  const { options, origins } = layer(
    { ...dev, iamRole: "default", region: "eu-west-1" },
    { PGDATABASE: "test" },
    { region: "us-east-1" },
  );
  expect(options).toEqual({
    host: "dev.example.com",
    user: "chad",
    password: "in the file",
    iamRole: "default",
    region: "us-east-1",
  });
  expect(
    origins
      .filter(({ value }) => value !== null)
      .map(({ setting, value, from }) => `${setting} ${value}: ${from}`),
  ).toEqual([
    "host dev.example.com: the profile dev",
    "port 5439: default",
    "database test: PGDATABASE",
    "user chad: the profile dev",
    "password <secret>: the profile dev",
    "ssl verify-full: default",
    "connectTimeoutMs 15000: default",
    "iamRole default: the profile dev",
    "region us-east-1: a flag",
  ]);
});

describe("a profile's password goes only to the server and user that the profile names", () => {
  test.each<[what: string, env: Environment]>([
    ["another host", { PGHOST: "localhost" }],
    ["another port than the default one", { PGPORT: "5440" }],
    ["another user", { PGUSER: "bob" }],
    ["another host in a URL", { REDSHIFT_URL: "redshift://localhost/dev" }],
  ])("%s", (_, env) => {
    expect(connection(dev, env).password).toBeUndefined();
    const proofs = { ...dev, pg: { password: "x" }, iam: { workgroupName: "w" } };
    const taken = Object.keys(layer(proofs, env).options);
    expect(taken.filter((name) => ["password", "pg", "iam"].includes(name))).toEqual([]);
    const withheld = layer(dev, env).origins.find(({ setting }) => setting === "password");
    expect(withheld?.from).toMatch(
      /^not set: (?:PG|REDSHIFT_).* names another (?:server|user) than the profile$/,
    );
  });

  test("the same values by other means are the same server", () => {
    const env = { PGHOST: "dev.example.com", PGPORT: "5439", PGUSER: "chad" };
    expect(connection(dev, env).password).toBe("in the file");
  });

  test("a profile that names no server gives it to the environment's", () => {
    expect(connection({ password: "in the file" }, { PGHOST: "localhost", PGUSER: "u" }).password).toBe(
      "in the file",
    );
  });

  test("a login through IAM is not made to a host of the environment", () => {
    const iam = { clusterIdentifier: "main" };
    expect(layer({ database: "dev", iam }, { PGHOST: "localhost" }).options).toEqual({ database: "dev" });
    expect(layer({ database: "dev", iam }, { PGUSER: "x" }).options).toEqual({ database: "dev", iam });
  });
});

test("the environment's URL comes before a profile, whose url comes apart", () => {
  const url = "redshift://chad:inside@dev.example.com:5440/dev?sslmode=require";
  expect(connection({ url }, {})).toEqual({
    host: "dev.example.com",
    port: 5440,
    database: "dev",
    user: "chad",
    password: "inside",
  });
  expect(connection({ url, database: "other" }, {}).database).toBe("other");
  expect(connection({ url }, { REDSHIFT_URL: "redshift://bob:hers@prod.example.com/prod" })).toEqual({
    host: "prod.example.com",
    port: 5440,
    database: "prod",
    user: "bob",
    password: "hers",
  });
});

test("keys are taken from one place", () => {
  const keys = { awsAccessKeyId: "AKIDPROFILE", awsSecretAccessKey: "s", securityToken: "t" };
  expect(layer(keys, { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "e" }).options).toEqual({});
  const { options, origins } = layer(keys, {});
  expect(options).toEqual(keys);
  expect(JSON.stringify(origins)).not.toContain("AKIDPROFILE");
});

test("what gave way to the environment is said", () => {
  expect(layer(dev, { PGHOST: "localhost", PGUSER: "chad", PGDATABASE: "x" }).overridden).toEqual([
    "PGHOST wins over its host",
    "PGDATABASE wins over its database",
  ]);
});

test("a source takes flags, SHIFTMANAGER_SOURCE_URL and the profile's source; PG* never reach it", () => {
  const options = { host: "db.example.com", user: "reader", database: "app", password: "in the file" };
  const source = { options, from: "the source of the profile dev" };
  const env = { PGHOST: "redshift", PGPASSWORD: "x" };
  expect(layerSource({}, source, env).options).toEqual(options);
  expect(layerSource({ database: "other" }, source, env).options).toEqual({ ...options, database: "other" });
  expect(layerSource({ host: "elsewhere" }, source, env).options).toEqual({
    host: "elsewhere",
    user: "reader",
    database: "app",
  });
  const byUrl = { SHIFTMANAGER_SOURCE_URL: "postgresql://bob@elsewhere/shop" };
  expect(layerSource({}, source, byUrl).options).toEqual({});
  expect(layerSource({}, source, { SHIFTMANAGER_SOURCE_PASSWORD: "y" }).options).not.toHaveProperty(
    "password",
  );
});
