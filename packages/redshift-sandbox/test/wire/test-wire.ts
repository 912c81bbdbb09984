import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { startCluster } from "../../src/engine/cluster.ts";
import type { Cluster } from "../../src/engine/cluster.ts";
import { SqlError } from "../../src/errors.ts";
import { Faults } from "../../src/faults.ts";
import type { Services } from "../../src/services.ts";
import type { Backend, Plan, TransactionRule } from "../../src/sql/plan.ts";
import { split } from "../../src/sql/split.ts";
import { serverCertificate } from "../../src/tls/certificate.ts";
import { startWire } from "../../src/wire/server.ts";
import type { Translator } from "../../src/wire/statements.ts";

/** A wire before a real cluster, with a translator that knows a few virtual statements of the tests' own. */
export interface TestWire extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
  readonly caPath: string;
  readonly ca: string;
  readonly faults: Faults;
  readonly cluster: Cluster;
  /** What was reported as nobody's fault but the sandbox's. */
  readonly problems: unknown[];
  /** A statement as `rdsdb`, around the wire. */
  admin(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** A client through the wire, connected. */
  connect(config?: pg.ClientConfig): Promise<pg.Client>;
}

export async function startTestWire(translator: Translator = testTranslator): Promise<TestWire> {
  const cluster = await startCluster();
  const directory = await mkdtemp(join(tmpdir(), "wire-test-"));
  const { key, cert, caPath } = await serverCertificate(directory);
  const faults = new Faults();
  const problems: unknown[] = [];
  const adminSession = await cluster.connect("dev");
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: pg wants it so.
  const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> => {
    const run = async () => (await adminSession.query<Record<string, unknown>>(sql, [...values])).rows;
    const result = last.then(run, run);
    last = result;
    return result;
  };
  const services: Pick<Services, "edition" | "faults" | "adminQuery"> = {
    edition: "provisioned",
    faults,
    adminQuery: (_database, sql, values) => query(sql, values),
  };
  const wire = await startWire({
    port: 0,
    socketPath: join(cluster.socketDir, `.s.PGSQL.${cluster.port}`),
    tls: { key, cert },
    services,
    translator,
    fullNames: (text) => text.replaceAll("shortened…0123456789abcdef", "the name in full"),
    onProblem: (error) => problems.push(error),
  });
  const clients = new Set<pg.Client>();
  return {
    port: wire.port,
    password: cluster.password,
    caPath,
    ca: await readFile(caPath, "utf8"),
    faults,
    cluster,
    problems,
    admin: query,
    async connect(config = {}) {
      const client = new pg.Client({
        host: "127.0.0.1",
        port: wire.port,
        user: "awsuser",
        password: cluster.password,
        database: "dev",
        ...config,
      });
      // A connection that a test breaks on purpose tells it here too.
      client.on("error", () => undefined);
      await client.connect();
      clients.add(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...clients].map((client) => client.end()));
      await wire.stop();
      await adminSession.end();
      await cluster.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * Passes everything on, `getdate()` as `now()`, and answers `VIRTUAL …` itself:
 * `VIRTUAL [joins|commits|forbidden] SQL` runs SQL; the rest are named below.
 */
const testTranslator: Translator = {
  split,
  translate(text, context): Plan {
    const words = /^virtual (\w+)\s*([^]*)$/i.exec(text);
    if (words === null) {
      if (/^refused\b/i.test(text)) throw new SqlError("0A000", "refused by the translator", { position: 1 });
      return { kind: "pass", sql: text.replaceAll(/getdate\(\)/gi, "now()") };
    }
    const [, verb = "", rest = ""] = words;
    if (verb === "sensitive") return shows("sensitive", String(context.caseSensitiveIdentifiers));
    if (verb === "user") return shows("user", context.user);
    return virtualPlan(verb.toLowerCase(), rest);
  },
};

function shows(name: string, value: string): Plan {
  return {
    kind: "virtual",
    tag: "SHOW",
    transaction: "joins",
    columns: [{ name, oid: 1043 }],
    run(backend) {
      backend.row([value]);
      return Promise.resolve(undefined);
    },
  };
}

function virtualPlan(verb: string, rest: string): Plan {
  const plan = (
    run: (backend: Backend) => Promise<string | undefined>,
    more: { readonly transaction?: TransactionRule; readonly columns?: { name: string; oid: number }[] } = {},
  ): Plan => ({ kind: "virtual", tag: `VIRTUAL ${verb.toUpperCase()}`, transaction: "joins", run, ...more });
  switch (verb) {
    case "joins":
    case "commits":
    case "forbidden":
      return plan(async (backend) => void (await backend.query(rest)), { transaction: verb });
    case "rows":
      return plan(
        (backend) => {
          for (let at = 1; at <= Number(rest); at += 1)
            backend.row([String(at), at % 2 === 0 ? null : `row ${at} ✓`]);
          return Promise.resolve(`SHOW ${rest}`);
        },
        {
          columns: [
            { name: "n", oid: 23 },
            { name: "label", oid: 1043 },
          ],
        },
      );
    case "notice":
      return plan((backend) => {
        backend.notice("INFO", rest, "more");
        return Promise.resolve(undefined);
      });
    case "fail":
      return plan(() => Promise.reject(new SqlError("22000", rest, { detail: "why", hint: "try" })));
    case "crash":
      return plan(() => Promise.reject(new TypeError("a slip of ours")));
    case "swallow":
      return plan(async (backend) => {
        await Promise.allSettled([backend.query("SELECT 1/0")]);
        return undefined;
      });
    case "remember":
      return plan((backend) => {
        backend.state.set("last_copy_id", rest);
        return Promise.resolve(undefined);
      });
    case "wait":
      return plan(
        (backend) =>
          new Promise((_resolve, reject) => {
            const stop = (): void => reject(new Error("aborted"));
            if (backend.signal.aborted) stop();
            backend.signal.addEventListener("abort", stop);
          }),
      );
    case "copyin":
      return plan(async (backend) => `COPY ${await backend.copyIn(rest, lines(200_000))}`);
    case "copyinfail":
      return plan(async (backend) => `COPY ${await backend.copyIn(rest, brokenLines())}`);
    case "copyout":
      return plan(async (backend) => {
        let bytes = 0;
        for await (const chunk of backend.copyOut(rest)) {
          bytes += chunk.length;
          if (bytes % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return `UNLOAD ${bytes}`;
      });
    case "copyhead":
      return plan(async (backend) => {
        for await (const chunk of backend.copyOut(rest)) {
          throw new SqlError("XX000", `the reader gave up after ${chunk.length > 0 ? "a" : "no"} row`);
        }
        return "UNLOAD 0";
      });
    default:
      throw new SqlError("42601", `syntax error at or near "${verb}"`);
  }
}

async function* lines(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1000) {
    let text = "";
    for (let line = at; line < at + 1000; line += 1) text += `${line}\tline ${line}\n`;
    yield Buffer.from(text);
    await Promise.resolve();
  }
}

async function* brokenLines(): AsyncGenerator<Uint8Array> {
  yield* lines(2000);
  throw new SqlError("XX000", "the source broke");
}
