import { describe, expect, test } from "vitest";
import { awsSettings, completeSettings, connectionSettings } from "../../src/settings/resolve.ts";

const resolve = connectionSettings;

describe("where to connect", () => {
  test("options come before PG*, PG* before REDSHIFT_URL", () => {
    const env = { PGUSER: "env", PGDATABASE: "envdb", REDSHIFT_URL: "redshift://url:pw@urlhost:1234/urldb" };
    expect(resolve({ user: "option" }, env)).toMatchObject({
      host: "urlhost",
      port: 1234,
      user: "option",
      database: "envdb",
    });
  });

  test("PGPORT is honoured, and the default is Redshift's port", () => {
    expect(resolve({}, { PGPORT: "1234" }).port).toBe(1234);
    expect(resolve({}, {}).port).toBe(5439);
  });

  test("an empty variable says nothing", () => {
    expect(resolve({}, { PGPORT: "", PGHOST: "" })).toMatchObject({ host: undefined, port: 5439 });
  });

  test("DATABASE_URL is never read", () => {
    expect(resolve({}, { DATABASE_URL: "postgres://u:p@elsewhere/d" }).host).toBeUndefined();
  });

  test("REDSHIFT_URL is not read where a host is named: its user and password must not go elsewhere", () => {
    const env = { PGHOST: "here", REDSHIFT_URL: "redshift://url:pw@elsewhere/db" };
    expect(resolve({}, env)).toMatchObject({ host: "here", user: undefined, urlPassword: undefined });
  });

  test("a URL's password is used only for the host and user of that URL", () => {
    const url = "redshift://chad:pw@there/db";
    expect(resolve({ url }, {}).password).toBe("pw");
    expect(resolve({ url, user: "other" }, {}).password).toBeUndefined();
    expect(resolve({ url, host: "elsewhere" }, {}).password).toBeUndefined();
    expect(resolve({ url: "redshift://chad@there/db" }, { PGPASSWORD: "env" }).password).toBe("env");
  });

  test("a URL is percent-decoded and may say how to encrypt", () => {
    expect(
      resolve({ url: "postgres://a%40b:p%2Fw@[::1]:99/d%20b?sslmode=verify-ca&sslrootcert=%2Fca.pem" }, {}),
    ).toMatchObject({
      host: "::1",
      port: 99,
      user: "a@b",
      password: "p/w",
      database: "d b",
      ssl: { mode: "verify-ca", rootCert: "/ca.pem" },
    });
  });

  test.each([
    ["not a url", "The option url is not a URL"],
    ["mysql://u:hunter2@h/d", "The option url starts with mysql://"],
    [
      "redshift://u:hunter2@h/d?application_name=x",
      'The option url sets "application_name", which is not known there',
    ],
    ["redshift://u:%zz@h/d", "The option url holds a % that starts no percent-encoded character"],
  ])("%s is refused without quoting it", (url, message) => {
    expect(() => resolve({ url }, {})).toThrow(message);
    expect(() => resolve({ url }, {})).toThrow(/^(?!.*hunter2)/);
  });

  test.each([
    [{}, {}, "verify-full"],
    [{}, { PGSSLMODE: "require" }, "require"],
    [{}, { PGSSLMODE: "require", PGSSLROOTCERT: "/ca.pem" }, "verify-ca"],
    [{ ssl: false }, { PGSSLMODE: "require" }, "disable"],
    [{ ssl: true }, { PGSSLMODE: "disable" }, "verify-full"],
    [{ ssl: "prefer" as const }, {}, "prefer"],
  ])("%j with %j encrypts as %s", (options, env, mode) => {
    expect(resolve(options, env).ssl.mode).toBe(mode);
  });

  test("a word that is no mode, a port that is none, and a strange timeout are refused", () => {
    expect(() => resolve({}, { PGSSLMODE: "yes" })).toThrow(
      '"yes" is no TLS mode; ssl (PGSSLMODE) is one of',
    );
    expect(() => resolve({ port: 0 }, {})).toThrow('"0" is no port');
    expect(() => resolve({}, { PGPORT: "5439x" })).toThrow('"5439x" is no port');
    expect(() => resolve({}, { PGCONNECT_TIMEOUT: "soon" })).toThrow("PGCONNECT_TIMEOUT, in seconds");
  });

  test("what is missing is named when connecting", () => {
    expect(() => completeSettings(resolve({}, { PGHOST: "h" }))).toThrow(
      "Connecting needs database (PGDATABASE), user (PGUSER); give what is missing in the environment or in new Redshift().",
    );
  });
});

describe("what S3 and COPY are given", () => {
  test("AWS_SESSION_TOKEN wins over AWS_SECURITY_TOKEN", () => {
    const env = {
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "s",
      AWS_SESSION_TOKEN: "new",
      AWS_SECURITY_TOKEN: "old",
    };
    expect(awsSettings({}, env).sessionToken).toBe("new");
    expect(awsSettings({}, { ...env, AWS_SESSION_TOKEN: "" }).sessionToken).toBe("old");
  });

  test("keys are never mixed from two places", () => {
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
    expect(awsSettings({ awsAccessKeyId: "b", awsSecretAccessKey: "c" }, env)).toMatchObject({
      accessKeyId: "b",
      sessionToken: undefined,
    });
    expect(() => awsSettings({ awsAccessKeyId: "b" }, env)).toThrow("belong together");
  });

  test("roles may be chained in the environment", () => {
    expect(awsSettings({}, { REDSHIFT_IAM_ROLE: "arn:a, arn:b" }).iamRole).toEqual(["arn:a", "arn:b"]);
  });

  test("AWS_REGION comes before AWS_DEFAULT_REGION", () => {
    expect(awsSettings({}, { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1" }).region).toBe(
      "eu-west-1",
    );
  });
});
