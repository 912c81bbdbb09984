import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { connect as connectTcp } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serverCertificate } from "../../src/tls/certificate.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "certificate-test-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test.each(["localhost", "127.0.0.1", "::1"])(
  "a client that trusts the authority verifies the server under the name %s",
  async (name) => {
    const { key, cert, caPath } = await serverCertificate(join(directory, "tls"));
    const server = createServer({ key, cert }, (socket) => socket.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ca = await readFile(caPath);
    // `host` is only what the certificate is held against; the socket goes to where the server listens.
    const client = connect({ socket: connectTcp({ port, host: "127.0.0.1" }), host: name, ca });
    await once(client, "secureConnect");
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  },
);

test("a client that does not trust the authority refuses the server", async () => {
  const { key, cert } = await serverCertificate(join(directory, "tls"));
  const server = createServer({ key, cert });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ socket: connectTcp({ port, host: "127.0.0.1" }), host: "localhost" });
  await expect(once(client, "secureConnect")).rejects.toThrow("unable to verify the first certificate");
  server.close();
});

test("the same directory gives the same certificate again", async () => {
  const first = await serverCertificate(join(directory, "tls"));
  expect(await serverCertificate(join(directory, "tls"))).toEqual(first);
});

test("the key is readable by its owner only, and the authority's key is kept nowhere", async () => {
  const { key, caPath } = await serverCertificate(join(directory, "tls"));
  expect((await stat(join(directory, "tls", "server.key"))).mode & 0o777).toBe(0o600);
  expect(await readFile(caPath, "utf8")).not.toContain("PRIVATE");
  expect(await readFile(join(directory, "tls", "server.key"), "utf8")).toBe(key);
});
