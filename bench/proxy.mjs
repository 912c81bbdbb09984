// @ts-check
/**
 * What the bench "proxy" runs in a sandbox: one query after the other, through the proxy and on a bare engine with the same settings. The
 * bare engine is reached as clients reach a server, by TCP on this machine; by its Unix socket, as the proxy reaches its own; and
 * through a process that only copies bytes, which is what any proxy in Node costs at least.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { SERVER_SETTINGS } from "../packages/redshift-sandbox/dist/engine/settings.js";
import { startBareEngine } from "./bare-engine.mjs";
import { against, format, inTurn, median, time } from "./measure.mjs";
import { said } from "./said.mjs";

const rounds = 25;

/** Each with the number of times that make a round. @type {Record<string, readonly [number, (client: pg.Client) => Promise<unknown>]>} */
const kinds = {
  "simple query": [300, (client) => client.query("SELECT 1")],
  "query with a parameter": [200, (client) => client.query("SELECT $1::int", [1])],
  "named statement": [300, (client) => client.query({ name: "one", text: "SELECT $1::int", values: [1] })],
  "insert of numbers": [200, (client) => client.query("INSERT INTO bench (id, ratio) VALUES (1, 2.5)")],
  // Here the sandbox's engine works as well: it counts bytes where PostgreSQL counts characters.
  "insert of a VARCHAR": [200, (client) => client.query("INSERT INTO bench (name) VALUES ('a name')")],
  "sum over 1,000 rows": [
    50,
    (client) => client.query("SELECT SUM(i) AS total FROM generate_series(1, 1000) AS t (i)"),
  ],
  "1,000 rows": [
    20,
    (client) => client.query("SELECT i, 'row ' || i AS name FROM generate_series(1, 1000) AS t (i)"),
  ],
};

const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = process.env;
const engine = await startBareEngine({ tcp: true, settings: SERVER_SETTINGS });
const copier = spawn(
  process.execPath,
  [
    fileURLToPath(new URL("./copier.mjs", import.meta.url)),
    join(engine.socketDirectory, `.s.PGSQL.${engine.port}`),
  ],
  { stdio: ["pipe", "pipe", "inherit"] },
);
try {
  const copierPort = Number((await said(copier.stdout, "\n")).slice("port ".length));
  const own = { user: "rdsdb", database: "postgres", ssl: false };
  const clients = [
    new pg.Client({
      host: PGHOST,
      port: Number(PGPORT),
      database: PGDATABASE,
      user: PGUSER,
      password: PGPASSWORD,
      ssl: false,
    }),
    new pg.Client({ ...own, host: "127.0.0.1", port: engine.port }),
    new pg.Client({ ...own, host: engine.socketDirectory, port: engine.port }),
    new pg.Client({ ...own, host: "127.0.0.1", port: copierPort }),
  ];
  for (const client of clients) await client.connect();
  for (const client of clients.slice(0, 2))
    await client.query("CREATE TABLE bench (id INT, name VARCHAR(20), ratio DOUBLE PRECISION)");
  for (const [kind, [times, query]] of Object.entries(kinds)) {
    const [proxied = [], tcp = [], unix = [], copied = []] = await inTurn(
      rounds,
      clients.map((client) => async () => {
        // A query that another process interrupts says nothing of the proxy: the median leaves it out.
        const each = [];
        for (let i = 0; i < times; i += 1) each.push(await time(() => query(client)));
        return median(each);
      }),
    );
    console.log(
      [
        `  ${kind} through the proxy: ${format(median(proxied))}`,
        `${against(proxied, "bare engine by TCP", tcp)} (aim: at most 2)`,
        against(proxied, "by its Unix socket", unix),
        against(proxied, "through a process that only copies bytes", copied),
      ].join("\n    "),
    );
  }
  for (const client of clients) await client.end();
} finally {
  copier.stdin.end();
  if (copier.exitCode === null) await once(copier, "exit");
  await engine.stop();
}
