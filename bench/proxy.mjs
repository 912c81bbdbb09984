// @ts-check
import pg from "pg";
import { startCluster } from "../packages/redshift-sandbox/dist/engine/cluster.js";
import { startSandbox } from "redshift-sandbox";
import { median, report, time } from "./measure.mjs";

const queries = 2000;
const rounds = 5;

/** The cost of one query through the proxy against the same query on the bare engine's socket. */
export async function measureProxy() {
  const sandbox = await startSandbox();
  const cluster = await startCluster();
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = sandbox.env;
  const proxied = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    database: PGDATABASE,
    user: PGUSER,
    password: PGPASSWORD,
    ssl: false,
  });
  const bare = await cluster.connect("dev");
  try {
    await proxied.connect();
    /** @type {Record<string, (client: pg.Client) => Promise<unknown>>} */
    const kinds = {
      "simple query": (client) => client.query("SELECT 1"),
      "query with a parameter": (client) => client.query("SELECT $1::int", [1]),
      "named statement": (client) => client.query({ name: "one", text: "SELECT $1::int", values: [1] }),
      "1,000 rows": (client) => client.query("SELECT * FROM generate_series(1, 1000)"),
    };
    for (const [kind, query] of Object.entries(kinds)) {
      const many = kind === "1,000 rows" ? queries / 10 : queries;
      /** @param {pg.Client} client */
      const repeat = (client) =>
        time(async () => {
          for (let i = 0; i < many; i += 1) await query(client);
        });
      await repeat(proxied);
      await repeat(bare);
      const through = [];
      const direct = [];
      for (let round = 0; round < rounds; round += 1) {
        direct.push(await repeat(bare));
        through.push(await repeat(proxied));
      }
      report(
        `${kind} through the proxy`,
        median(through) / many,
        "bare engine, Unix socket",
        median(direct) / many,
        "at most 2",
      );
    }
  } finally {
    await proxied.end();
    await bare.end();
    await cluster.stop();
    await sandbox.stop();
  }
}
