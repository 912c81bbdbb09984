// @ts-check
import { gzipSync } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import pg from "pg";
import { startSandbox } from "redshift-sandbox";
import { startCluster } from "../packages/redshift-sandbox/dist/engine/cluster.js";
import { median, report, time } from "./measure.mjs";

const rows = 200_000;
const files = 4;
const rounds = 3;

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

/** COPY of gzipped JSON from S3 against `COPY … FROM STDIN` (what psql's \copy sends) of the same rows into the bare engine. */
export async function measureCopy() {
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
  const sandbox = await startSandbox();
  const cluster = await startCluster();
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, REDSHIFT_SANDBOX_BUCKET = "" } = sandbox.env;
  const client = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    database: PGDATABASE,
    user: PGUSER,
    password: PGPASSWORD,
    ssl: false,
  });
  const bare = await cluster.connect("dev");
  const s3 = new S3Client({
    endpoint: sandbox.s3.url,
    forcePathStyle: true,
    region: sandbox.env["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: sandbox.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: sandbox.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  try {
    await client.connect();
    await client.query(`CREATE TABLE bench (${columns})`);
    await bare.query(`CREATE TABLE public.bench (${columns})`);
    let bytes = 0;
    for (let file = 0; file < files; file += 1) {
      const lines = all.filter((_, i) => i % files === file).map((r) => JSON.stringify(r));
      const body = gzipSync(lines.join("\n"), { level: 1 });
      bytes += body.length;
      await s3.send(
        new PutObjectCommand({ Bucket: REDSHIFT_SANDBOX_BUCKET, Key: `bench/${file}.json.gz`, Body: body }),
      );
    }
    console.log(
      `  ${rows} rows, ${csv.length} bytes of CSV, ${bytes} bytes of gzipped JSON in ${files} files`,
    );
    const copies = [];
    const baselines = [];
    for (let round = 0; round <= rounds; round += 1) {
      await client.query("TRUNCATE bench");
      await bare.query("TRUNCATE public.bench");
      const baseline = await time(() => copyIn(bare, "COPY public.bench FROM STDIN (FORMAT csv)", csv));
      const copy = await time(() =>
        client.query(
          `COPY bench FROM 's3://${REDSHIFT_SANDBOX_BUCKET}/bench/' IAM_ROLE default FORMAT AS JSON 'auto' GZIP`,
        ),
      );
      if (round === 0) continue; // the first warms both up
      baselines.push(baseline);
      copies.push(copy);
    }
    const { rows: counted } = await client.query("SELECT COUNT(*) AS n FROM bench");
    if (Number(counted[0].n) !== rows) throw new Error(`${counted[0].n} rows arrived of ${rows}.`);
    report(
      "COPY of gzipped JSON",
      median(copies),
      "\\copy of the same rows, bare engine",
      median(baselines),
      "at most 3",
    );
    console.log(`  that is ${Math.round(rows / (median(copies) / 1000)).toLocaleString("en")} rows a second`);
  } finally {
    s3.destroy();
    await client.end();
    await bare.end();
    await cluster.stop();
    await sandbox.stop();
  }
}

/**
 * Sends bytes with COPY FROM STDIN; `pg` leaves the data messages to the caller.
 * @param {pg.Client} client
 * @param {string} text
 * @param {Buffer} bytes
 */
function copyIn(client, text, bytes) {
  return new Promise((resolve, reject) => {
    /** @type {any} */ (client).query({
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
