// @ts-check
/** What the bench "copy" runs in a sandbox: COPY of gzipped JSON from S3, and the same rows by `COPY … FROM STDIN` into a bare engine. */
import { gzipSync } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import pg from "pg";
import { SERVER_SETTINGS } from "../packages/redshift-sandbox/dist/engine/settings.js";
import { startBareEngine } from "./bare-engine.mjs";
import { compare, time } from "./measure.mjs";

const rows = 200_000;
const files = 4;
const rounds = 9;

/** One made-up row; the same in JSON and in CSV. @param {number} i */
const row = (i) => ({
  id: i,
  name: `name ${i} "quoted", with a comma`,
  amount: (i * 37) % 100_000,
  ratio: i / 7,
  day: `20${String(10 + (i % 15))}-0${1 + (i % 9)}-1${i % 10}`,
  note: i % 5 === 0 ? null : `größer als ${i}\\path`,
});

const columns = "id BIGINT, name VARCHAR(64), amount INT, ratio DOUBLE PRECISION, day DATE, note VARCHAR(64)";

const all = Array.from({ length: rows }, (_, i) => row(i));
const csv = Buffer.from(
  all
    .map((r) =>
      Object.values(r)
        .map((v) => (v === null ? "" : typeof v === "string" ? `"${v.replaceAll('"', '""')}"` : v))
        .join(","),
    )
    .join("\n")
    .concat("\n"),
);

const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, REDSHIFT_SANDBOX_BUCKET: bucket } = process.env;
const engine = await startBareEngine({ settings: SERVER_SETTINGS });
const bare = new pg.Client({
  host: engine.socketDirectory,
  port: engine.port,
  user: "rdsdb",
  database: "postgres",
  ssl: false,
});
const client = new pg.Client({
  host: PGHOST,
  port: Number(PGPORT),
  database: PGDATABASE,
  user: PGUSER,
  password: PGPASSWORD,
  ssl: false,
});
// Address, region and keys are in the environment.
const s3 = new S3Client({ forcePathStyle: true });
try {
  await client.connect();
  await bare.connect();
  await client.query(`CREATE TABLE bench (${columns})`);
  await bare.query(`CREATE TABLE public.bench (${columns})`);
  let bytes = 0;
  for (let file = 0; file < files; file += 1) {
    const lines = all.filter((_, i) => i % files === file).map((r) => JSON.stringify(r));
    const body = gzipSync(lines.join("\n"));
    bytes += body.length;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `bench/${file}.json.gz`, Body: body }));
  }
  console.log(`  ${rows} rows, ${csv.length} bytes of CSV, ${bytes} bytes of gzipped JSON in ${files} files`);
  const ms = await compare(rounds, {
    what: "COPY of gzipped JSON",
    measured: async () => {
      await client.query("TRUNCATE bench");
      const sql = `COPY bench FROM 's3://${bucket}/bench/' IAM_ROLE default FORMAT AS JSON 'auto' GZIP`;
      return time(() => client.query(sql));
    },
    baseline: "\\copy of the same rows, bare engine",
    bare: async () => {
      await bare.query("TRUNCATE public.bench");
      return time(() => copyIn(bare, "COPY public.bench FROM STDIN (FORMAT csv)", csv));
    },
    aim: "at most 3",
  });
  await requireSameRows();
  console.log(`  that is ${Math.round(rows / (ms / 1000)).toLocaleString("en")} rows a second`);
} finally {
  s3.destroy();
  await client.end();
  await bare.end();
  await engine.stop();
}

/** Speed counts only if what arrived is the same. */
async function requireSameRows() {
  const [ours, theirs] = await Promise.all(
    [client, bare].map(async (session) => {
      const { rows: found } = await session.query(
        `SELECT COUNT(*) AS n, SUM(id) AS ids, SUM(amount) AS amounts, SUM(ratio)::DECIMAL(20, 4) AS ratios,
                COUNT(note) AS notes, MIN(name) AS first, MAX(note) AS last, MAX(day)::VARCHAR(10) AS day
           FROM bench`,
      );
      return JSON.stringify(found);
    }),
  );
  if (ours !== theirs) throw new Error(`What arrived differs: ${ours}, ${theirs}.`);
}

/**
 * Sends bytes with COPY FROM STDIN, which is what psql's \\copy does; `pg` leaves the data messages to the caller.
 * @param {pg.Client} session
 * @param {string} text
 * @param {Buffer} bytes
 */
function copyIn(session, text, bytes) {
  return new Promise((resolve, reject) => {
    /** @type {any} */ (session).query({
      /** @param {any} connection */
      submit(connection) {
        connection.query(text);
      },
      /** @param {any} connection */
      handleCopyInResponse(connection) {
        for (let at = 0; at < bytes.length; at += 65536) {
          connection.sendCopyFromChunk(bytes.subarray(at, at + 65536));
        }
        connection.endCopyFrom();
      },
      handleCommandComplete() {},
      handleReadyForQuery: resolve,
      handleError: reject,
    });
  });
}
