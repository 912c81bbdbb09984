import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RawClient, frame, packet, startup } from "./raw-client.ts";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";

let wire: TestWire;
const raws: RawClient[] = [];
beforeAll(async () => {
  wire = await startTestWire();
});
afterAll(() => wire[Symbol.asyncDispose]());
afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});

function newRaw(): RawClient {
  const raw = new RawClient(wire.port);
  raws.push(raw);
  return raw;
}

test("a client hears what a cluster reports of itself, and no more", async () => {
  const told = await newRaw().logIn("awsuser", wire.password, { client_encoding: "UTF8" });
  expect(told.filter((line) => line.startsWith("S ")).sort()).toEqual([
    "S DateStyle=ISO, MDY",
    "S TimeZone=UTC",
    "S client_encoding=UNICODE",
    "S integer_datetimes=on",
    "S is_superuser=on",
    "S server_encoding=UNICODE",
    "S server_version=8.0.2",
    "S session_authorization=awsuser",
  ]);
  expect(told.filter((line) => !line.startsWith("S "))).toEqual(["R 5", "R 0", "K", "Z I"]);
});

test("what drivers of Redshift send beside the user is dropped", async () => {
  const told = await newRaw().logIn("awsuser", wire.password, {
    application_name: "app",
    client_protocol_version: "2",
    driver_version: "Redshift Python Driver 2.1",
    os_version: "Linux",
    plugin_name: "none",
    replication: "database",
  });
  expect(told.slice(-1)).toEqual(["Z I"]);
});

test("settings come from the startup packet and its options", async () => {
  const client = await wire.connect({
    options: "-c search_path=pg_catalog,\\ public --statement-timeout=12345 -cextra_float_digits=2",
  });
  const { rows } = await client.query(
    "SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_setting('extra_float_digits') AS digits",
  );
  expect(rows).toEqual([{ path: "pg_catalog, public", timeout: "12345ms", digits: "2" }]);
});

test("floating point numbers have 15 digits unless more are asked for", async () => {
  const client = await wire.connect();
  expect((await client.query("SELECT (0.1::float8 + 0.2::float8)::text AS sum")).rows).toEqual([
    { sum: "0.3" },
  ]);
});

test.each([
  [
    { extra_float_digits: "3" },
    "22023",
    '3 is outside the valid range for parameter "extra_float_digits" (-15 .. 2)',
  ],
  [{ extra_float_digits: "many" }, "22023", 'invalid value for parameter "extra_float_digits": "many"'],
  [{ client_encoding: "LATIN1" }, "22023", 'invalid value for parameter "client_encoding": "LATIN1"'],
  [
    { options: "-c session_replication_role=replica" },
    "42704",
    'unrecognized configuration parameter "session_replication_role"',
  ],
  [{ options: "-c role=rdsdb" }, "42704", 'unrecognized configuration parameter "role"'],
  [{ options: "-F" }, "42601", "invalid command-line argument for server process: -F"],
])("startup with %j is refused", async (parameters, code, text) => {
  expect(await newRaw().logIn("awsuser", wire.password, parameters)).toEqual([`E FATAL ${code} ${text}`]);
});

test.each(["awsuser", "nobody_at_all", "rdsdb", "group/etl", "x".repeat(200)])(
  "a wrong password of %s is refused in the same words",
  async (user) => {
    await wire.admin('DROP ROLE IF EXISTS "group/etl"; CREATE ROLE "group/etl" LOGIN PASSWORD \'wrong\'');
    const told = await newRaw().logIn(user, user === "rdsdb" ? wire.cluster.adminPassword : "wrong");
    expect(told).toEqual(["R 5", `E FATAL 28P01 password authentication failed for user "${user}"`]);
  },
);

test("an unknown database is named after the password was right", async () => {
  for (const database of ["nosuch", "template1", "template0", "postgres"]) {
    expect(await newRaw().logIn("awsuser", wire.password, { database })).toEqual([
      "R 5",
      "R 0",
      `E FATAL 3D000 database "${database}" does not exist`,
    ]);
    expect(await newRaw().logIn("awsuser", "wrong", { database })).toEqual([
      "R 5",
      'E FATAL 28P01 password authentication failed for user "awsuser"',
    ]);
  }
});

test("without a database the user's name is the database", async () => {
  const raw = newRaw();
  raw.send(startup({ user: "somebody" }));
  expect(await raw.take(1)).toEqual(["R 5"]);
});

test("GSS encryption is declined, an old protocol refused, a newer one negotiated", async () => {
  const gss = newRaw();
  gss.send(packet(80877104));
  const [answer] = (await new Promise<Buffer>((resolve) => gss.socket.once("data", resolve))).toString();
  expect(answer).toBe("N");
  const old = newRaw();
  old.send(packet(0x0002_0000));
  expect(await old.until("E")).toEqual([
    "E FATAL 0A000 unsupported frontend protocol 2.0: server supports 3.0 to 3.0",
  ]);
  const newer = newRaw();
  newer.send(startup({ user: "awsuser", database: "dev", "_pq_.shiny": "1" }, 0x0003_0002));
  const found = await newer.next();
  expect(found?.type).toBe("v");
  expect(found?.body.subarray(0, 8).toString("hex")).toBe("0003000000000001");
  expect(await newer.take(1)).toEqual(["R 5"]);
});

test("nonsense before the login is refused", async () => {
  const long = newRaw();
  long.send(Buffer.from([0x7f, 0xff, 0xff, 0xff]), Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  expect(await long.until("E")).toEqual(["E FATAL 08P01 invalid length of startup packet"]);
  const anonymous = newRaw();
  anonymous.send(startup({ database: "dev" }));
  expect(await anonymous.until("E")).toEqual([
    "E FATAL 28000 no PostgreSQL user name specified in startup packet",
  ]);
  const query = newRaw();
  query.send(startup({ user: "awsuser", database: "dev" }), frame("Q", "SELECT 1\0"));
  expect(await query.until("E")).toEqual([
    "R 5",
    "E FATAL 08P01 expected password response, got message type 81",
  ]);
});

test("bytes sent in clear behind an SSLRequest end the connection", async () => {
  const raw = newRaw();
  raw.send(packet(80877103), startup({ user: "awsuser" }));
  expect(await raw.until("-")).toEqual(["closed"]);
});

test("TLS is offered to those who ask, and the certificate verifies", async () => {
  const client = await wire.connect({ ssl: { ca: wire.ca, servername: "localhost" } });
  expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  expect((await client.query("SELECT repeat('x', 1000000) AS s")).rows).toEqual([
    { s: "x".repeat(1_000_000) },
  ]);
  expect((await client.query("VIRTUAL rows 1")).rows).toEqual([{ n: 1, label: "row 1 ✓" }]);
  await client.end();
});

test("a client that does not trust the certificate breaks off, and others go on", async () => {
  await expect(wire.connect({ ssl: true })).rejects.toThrow(/self-signed|unable to verify|issuer/);
  const client = await wire.connect();
  expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});

const salt = Buffer.from("c721bff5d9042cf541ff7b9d48fa8a6e545c19a763e3710151f9513038b0f6c6", "hex");

async function makeDigestUser(name: string): Promise<void> {
  const digest = createHash("sha256").update("Mypassword1").update(salt).digest("hex");
  await wire.admin(`DROP ROLE IF EXISTS ${name}; CREATE ROLE ${name} LOGIN`);
  for (const [option, value] of [
    ["password_kind", "sha256"],
    ["sha256_digest", digest],
    ["sha256_salt", salt.toString("hex")],
  ])
    await wire.admin(`SELECT redshift_sandbox.set_user_option('${name}', '${option}', '${value}')`);
}

/** As AWS's own drivers answer authentication code 13. */
function digestReply(request: Buffer, password: string): Buffer {
  const saltLength = request.readUInt32BE(8);
  const found = request.subarray(12, 12 + saltLength);
  const nonce = request.subarray(16 + saltLength, 16 + saltLength + request.readUInt32BE(12 + saltLength));
  const clientNonce = Buffer.from("1732320000000");
  const inner = createHash("sha256").update(password).update(found).digest();
  const digest = createHash("sha256").update(inner).update(nonce).update(clientNonce).digest();
  const length = (bytes: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length, 0);
    return head;
  };
  return frame("d", Buffer.concat([length(digest), digest, length(clientNonce), clientNonce]));
}

async function digestLogin(user: string, password: string): Promise<readonly string[]> {
  const raw = newRaw();
  raw.send(startup({ user, database: "dev" }));
  const request = await raw.next();
  expect(request?.type).toBe("R");
  if (request === undefined) return [];
  expect(request.body.subarray(0, 8).toString("hex")).toBe("0000000d00000000");
  raw.send(digestReply(request.body, password));
  const told: string[] = [];
  for (;;) {
    const [line = "closed"] = await raw.take(1);
    told.push(line);
    if (/^(Z|E|closed)/.test(line)) return told.filter((found) => !/^[SK]/.test(found));
  }
}

test("a sha256 user logs in with authentication code 13 and the right password only", async () => {
  await makeDigestUser("digested");
  expect(await digestLogin("digested", "Mypassword1")).toEqual(["R 0", "Z I"]);
  expect(await digestLogin("digested", "Mypassword1")).toEqual(["R 0", "Z I"]);
  expect(await digestLogin("digested", "Mypassword2")).toEqual([
    'E FATAL 28P01 password authentication failed for user "digested"',
  ]);
  // ALTER USER takes the role's password away; the wire gives it one again.
  await wire.admin("ALTER ROLE digested PASSWORD NULL");
  expect(await Promise.all([1, 2, 3].map(() => digestLogin("digested", "Mypassword1")))).toEqual(
    [1, 2, 3].map(() => ["R 0", "Z I"]),
  );
});

test("pg does not know authentication code 13 and says so, as with a cluster", async () => {
  await makeDigestUser("digested");
  // pg throws where nobody can catch it, so it gets a process of its own.
  const script = `import pg from "pg";
    await new pg.Client({ host: "127.0.0.1", port: ${wire.port}, user: "digested", password: "Mypassword1", database: "dev" }).connect();`;
  const found = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]).catch(
    (error: unknown) => error,
  );
  expect(found).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Unknown authenticationOk message type 13") as string,
  });
});

test("a user whose password is disabled cannot log in, even with the role's own password", async () => {
  await wire.admin("DROP ROLE IF EXISTS disabled; CREATE ROLE disabled LOGIN PASSWORD 'Secret1x'");
  expect((await newRaw().logIn("disabled", "Secret1x")).slice(-1)).toEqual(["Z I"]);
  await wire.admin("SELECT redshift_sandbox.set_user_option('disabled', 'password_kind', 'disabled')");
  expect(await newRaw().logIn("disabled", "Secret1x")).toEqual([
    "R 5",
    'E FATAL 28P01 password authentication failed for user "disabled"',
  ]);
});

test("SESSION TIMEOUT ends a session that is idle for so long", async () => {
  await wire.admin("DROP ROLE IF EXISTS sleepy; CREATE ROLE sleepy LOGIN PASSWORD 'Secret1x'");
  await wire.admin("SELECT redshift_sandbox.set_user_option('sleepy', 'session_timeout', '1')");
  const raw = newRaw();
  await raw.logIn("sleepy", "Secret1x");
  expect(await raw.until("-")).toEqual([
    "E FATAL 57P05 terminating connection due to idle-session timeout",
    "closed",
  ]);
});

test("nothing of all this was a slip of the sandbox", () => {
  expect(wire.problems).toEqual([]);
});
