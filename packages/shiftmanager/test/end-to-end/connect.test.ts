import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { inspect } from "node:util";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RedshiftOptions, ShiftmanagerEvent } from "../../src/index.ts";
import { ConnectionError, OptionsError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ tls: true });
});

afterAll(async () => {
  await sandbox?.stop();
});

async function connects(options: RedshiftOptions): Promise<void> {
  const redshift = openRedshift(sandbox, options);
  try {
    await redshift.execute("SELECT 1");
  } finally {
    await redshift.close();
  }
}

describe("TLS", () => {
  test.each<[string, () => RedshiftOptions]>([
    ["disable is plain text", () => ({ ssl: "disable" })],
    ["allow encrypts without verifying", () => ({ ssl: "allow" })],
    ["prefer too", () => ({ ssl: "prefer" })],
    ["require too", () => ({ ssl: "require" })],
    [
      "verify-ca takes the CA that is named",
      () => ({ ssl: "verify-ca", sslRootCert: sandbox.env.PGSSLROOTCERT }),
    ],
    [
      "verify-full takes it and checks the host",
      () => ({ ssl: "verify-full", sslRootCert: sandbox.env.PGSSLROOTCERT }),
    ],
  ])("%s", async (_, options) => {
    await connects(options());
  });

  test("by default an unknown certificate is not trusted", async () => {
    await expect(connects({ ssl: undefined })).rejects.toThrow(
      /^The server's certificate is not trusted \([A-Z_]+\); name its CA with sslRootCert \(PGSSLROOTCERT\), or choose ssl "require"/,
    );
  });

  test("require with a root certificate verifies, as in libpq", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
    try {
      const file = join(folder, "none.pem");
      await expect(connects({ ssl: "require", sslRootCert: file })).rejects.toThrow("cannot be read");
      await writeFile(file, "");
      await expect(connects({ ssl: "require", sslRootCert: file })).rejects.toThrow(ConnectionError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a server that offers no TLS is not spoken to in plain text", async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        received.push(data);
        socket.write("N");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await expect(connects({ port: (server.address() as AddressInfo).port, ssl: "prefer" })).rejects.toThrow(
        'The server offers no TLS and ssl is "prefer"; choose ssl "disable" (PGSSLMODE=disable) only on a network you trust.',
      );
      expect(Buffer.concat(received)).toHaveLength(8); // the request for TLS and nothing after it
    } finally {
      server.close();
    }
  });

  test("a running statement is cancelled over TLS as well", async () => {
    const redshift = openRedshift(sandbox, { ssl: "require" });
    try {
      await redshift.execute("SELECT 1");
      const signal = AbortSignal.timeout(300);
      await expect(
        redshift.execute(
          "SELECT COUNT(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
          undefined,
          { signal },
        ),
      ).rejects.toThrow("The statement (runs SELECT) was stopped");
    } finally {
      await redshift.close();
    }
  });
});

describe("what goes wrong is one sentence with the way out", () => {
  test.each<[string, RedshiftOptions, RegExp]>([
    [
      "a wrong password",
      { password: "hunter2secret" },
      /^The server refused the login of "awsuser" \(.*\); check user and password/,
    ],
    ["an unknown user", { user: "nobody" }, /^The server refused the login of "nobody"/],
    [
      "an unknown database",
      { database: "nowhere" },
      /^There is no database "nowhere" at 127\.0\.0\.1:\d+; check database \(PGDATABASE\)/,
    ],
    [
      "a port where nothing listens",
      { port: 1 },
      /^Nothing answers at 127\.0\.0\.1:1 \(connection refused\); check host and port/,
    ],
    [
      "a host that is not known",
      { host: "no-such-host.invalid" },
      /^The host "no-such-host\.invalid" is not known here/,
    ],
  ])("%s", async (_, options, message) => {
    const error = await connects(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toMatch(message);
    expect(inspect(error, { depth: 10 })).not.toContain("hunter2secret");
  });

  test("a server that never answers ends after the time allowed", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await expect(connects({ port, connectTimeoutMs: 200 })).rejects.toThrow(
        `127.0.0.1:${port} cannot be reached (no answer in time)`,
      );
    } finally {
      server.close();
    }
  });

  test("settings that are missing are named", async () => {
    await expect(connects({ host: undefined, url: "redshift:///dev" })).rejects.toThrow(OptionsError);
  });

  test("after a failed login the next call tries again", async () => {
    const passwords = ["wrong", sandbox.env.PGPASSWORD ?? ""];
    const redshift = openRedshift(sandbox, { password: () => passwords.shift() ?? "" });
    try {
      await expect(redshift.execute("SELECT 1")).rejects.toThrow(ConnectionError);
      await redshift.execute("SELECT 1");
    } finally {
      await redshift.close();
    }
  });
});

describe("~/.pgpass", () => {
  test("gives the password where nothing else does, and is ignored with a warning when others may read it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
    const before = { PGPASSFILE: process.env.PGPASSFILE, PGPASSWORD: process.env.PGPASSWORD };
    const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = sandbox.env;
    try {
      delete process.env.PGPASSWORD;
      process.env.PGPASSFILE = join(folder, "pgpass");
      const line = `${PGHOST}:${PGPORT}:${PGDATABASE}:${PGUSER}:${PGPASSWORD}\n`;
      await writeFile(process.env.PGPASSFILE, line, { mode: 0o600 });
      await connects({ password: undefined });

      process.env.PGPASSFILE = join(folder, "open");
      await writeFile(process.env.PGPASSFILE, line, { mode: 0o644 });
      const events: ShiftmanagerEvent[] = [];
      await expect(connects({ password: undefined, onEvent: (event) => events.push(event) })).rejects.toThrow(
        'The server asks for the password of "awsuser" and none is given; pass password, set PGPASSWORD, or add a line to ~/.pgpass.',
      );
      expect(events).toContainEqual({
        type: "warning",
        message: expect.stringContaining("has group or world access") as string,
      });
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await rm(folder, { recursive: true });
    }
  });
});

describe("askPassword", () => {
  const nothingElse = { ssl: "disable", password: undefined, user: "awsuser" } as const;
  let before: string | undefined;

  beforeAll(() => {
    before = process.env.PGPASSFILE;
    process.env.PGPASSFILE = "/nonexistent";
  });

  afterAll(() => {
    if (before === undefined) delete process.env.PGPASSFILE;
    else process.env.PGPASSFILE = before;
  });

  test("is asked while no connection waits for the answer, and once for all connections of an object", async () => {
    const { PGHOST, PGPORT, PGPASSWORD = "" } = sandbox.env;
    const open = new Set<Socket>();
    let closed = () => undefined as void;
    const proxy = createServer((socket) => {
      open.add(socket);
      const server = connect(Number(PGPORT), PGHOST);
      pipeline(socket, server, socket, () => {
        open.delete(socket);
        closed();
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    let asked = 0;
    const redshift = openRedshift(sandbox, {
      ...nothingElse,
      port: (proxy.address() as AddressInfo).port,
      askPassword: async () => {
        asked += 1;
        while (open.size > 0) await new Promise<void>((resolve) => (closed = resolve));
        return PGPASSWORD;
      },
    });
    try {
      await redshift.execute("SELECT 1");
      const client = await redshift.connection;
      const lost = new Promise<void>((resolve) => client.once("end", resolve));
      for (const socket of open) socket.destroy();
      await lost;
      await redshift.execute("SELECT 1");
      expect(asked).toBe(1);
    } finally {
      await redshift.close();
      proxy.close();
    }
  });

  test("is asked again after an answer that the server refused", async () => {
    const answers = ["wrong", sandbox.env.PGPASSWORD ?? ""];
    const redshift = openRedshift(sandbox, {
      ...nothingElse,
      askPassword: () => Promise.resolve(answers.shift() ?? ""),
    });
    try {
      await expect(redshift.execute("SELECT 1")).rejects.toThrow(/refused the login/);
      await redshift.execute("SELECT 1");
    } finally {
      await redshift.close();
    }
  });
});
