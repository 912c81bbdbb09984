// @ts-check
/**
 * What the bench "postgres" runs in a sandbox: `copyTableToS3` of a made-up table, against what is done by hand. BENCH_ROWS says how many rows
 * (2,000,000 if not); BENCH_LARGE_ROWS adds a run over so many, whose files are thrown away, or several: 20000000,200000000.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { Redshift } from "../packages/shiftmanager/dist/index.js";
import { startBareEngine } from "./bare-engine.mjs";
import { lacking, originalFilter, twoSessions } from "./by-hand.mjs";
import { fillEvents, halveEvents } from "./events-table.mjs";
import { against, format, inTurn, median, time } from "./measure.mjs";
import { said } from "./said.mjs";

const rounds = 3;
const rows = Number(process.env["BENCH_ROWS"] ?? 2_000_000);
const largerRows = (process.env["BENCH_LARGE_ROWS"] ?? "")
  .split(",")
  .map(Number)
  .filter((count) => count > rows);
// What copyTableToS3 does by itself, and so what it is compared with.
const compressor = "createZstdCompress" in zlib ? "zstd -1" : "gzip -1";
const ofTheOriginal = compressor === "zstd -1" ? "0.33" : "0.45";
const sandboxS3 = process.env["AWS_ENDPOINT_URL_S3"] ?? "";
const bucket = process.env["REDSHIFT_SANDBOX_BUCKET"] ?? "sandbox";

/** @typedef {import("./by-hand.mjs").Taken} Taken */

/**
 * What bench/postgres-export.mjs prints.
 * @typedef {Taken & { readonly rows: number, readonly files: number, readonly idleBytes: number, readonly peakBytes: number }} Exported
 */

const directory = await mkdtemp(join(tmpdir(), "bench-postgres-"));
const discarding = spawn(process.execPath, [pathOf("./discarding-s3.mjs")], {
  stdio: ["pipe", "pipe", "inherit"],
});
const engine = await startBareEngine({ tcp: true, settings: { fsync: "off" } });
const source = `postgresql://rdsdb@127.0.0.1:${engine.port}/postgres?sslmode=disable`;
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"]))
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  const port = (await said(discarding.stdout, "\n")).slice("port ".length).trim();
  const discardingS3 = `http://127.0.0.1:${port}`;
  const made = await time(() => fillEvents(source, 0, rows));
  console.log(`  ${count(rows)} rows of events, made in ${format(made)}`);
  await compareWithHand(discardingS3);
  await compareSizes(discardingS3);
  await shareOfCheck();
  for (const [i, larger] of largerRows.entries()) {
    await fillEvents(source, largerRows[i - 1] ?? rows, larger);
    const large = await copyTableToS3(discardingS3, { rows: larger });
    console.log(`  ${count(larger)} rows in ${format(large.ms)}: ${shape(large)}; ${memory([large])}`);
  }
} finally {
  await cleanUp();
}

/** @param {string} discardingS3 */
async function compareWithHand(discardingS3) {
  const ours = measured(() => copyTableToS3(discardingS3, { rows }));
  const written = measured(() => copyTableToS3(sandboxS3, { rows }));
  const psql = ["bash", "psql", compressor.slice(0, 4)];
  const byHand = [
    {
      what: `two sessions of psql | ${compressor}, which uploads nothing`,
      without: lacking(psql),
      aim: "at most 1.25",
      ...measured(() => twoSessions(source, compressor)),
    },
    {
      what: `the same | curl -T - to the same endpoint`,
      without: lacking([...psql, "curl"]),
      aim: "none",
      ...measured(() => twoSessions(source, compressor, discardingS3)),
    },
    {
      what: "the original's psql row_to_json | split --filter='sed | gzip', which uploads nothing",
      without: lacking(["bash", "psql", "split", "sed", "gzip"]),
      aim: `at most ${ofTheOriginal}`,
      ...measured(() => originalFilter(source, directory)),
    },
  ];
  const there = byHand.filter(({ without }) => without === undefined);
  await inTurn(
    rounds,
    [ours, written, ...there].map(({ run }) => run),
  );
  const wall = times(ours.taken);
  const cpu = cpuTimes(ours.taken);
  console.log(`  copyTableToS3: ${format(median(wall))}; ${shape(last(ours.taken))}`);
  for (const { what, without, aim, taken } of byHand) {
    if (without !== undefined) {
      console.log(`    not compared with ${what}: ${without}`);
      continue;
    }
    console.log(`    ${what}: ${against(wall, "", times(taken)).trim()} (aim: ${aim})`);
    const packed = megabytes(last(taken).bytes);
    console.log(
      `      processor time ${format(median(cpu))} to ${against(cpu, "", cpuTimes(taken)).trim()}${packed === "0.0 MB" ? "" : `; ${packed}`}`,
    );
  }
  console.log(`    ${memory(ours.taken)}`);
  console.log(
    `    to the sandbox's S3, which verifies and writes to disk: ${format(median(times(written.taken)))}; ${memory(written.taken)}`,
  );
}

/** How the time grows with rows, and with files. @param {string} discardingS3 */
async function compareSizes(discardingS3) {
  await halveEvents(source);
  const whole = measured(() => copyTableToS3(discardingS3, { rows }));
  const half = measured(() =>
    copyTableToS3(discardingS3, { rows: Math.floor(rows / 2), pgTableName: "half_of_events" }),
  );
  const few = measured(() => copyTableToS3(discardingS3, { rows, slices: 2 }));
  const many = measured(() => copyTableToS3(discardingS3, { rows, slices: 64 }));
  await inTurn(
    2,
    [whole, half, few, many].map(({ run }) => run),
  );
  const growth = against(times(whole.taken), "half of the rows", times(half.taken));
  console.log(`  all rows: ${format(median(times(whole.taken)))}; ${growth} (aim: at most 2.2)`);
  for (const [slices, { taken }] of /** @type {const} */ ([
    [2, few],
    [64, many],
  ])) {
    const ratio = against(times(taken), "slices: 32", times(whole.taken));
    console.log(`  slices: ${slices}, ${shape(last(taken))}: ${format(median(times(taken)))}; ${ratio}`);
  }
}

/** How much of a whole load into the sandbox the check on the source takes. The COPY is the sandbox's, not Redshift's. */
async function shareOfCheck() {
  const redshift = new Redshift({ source: { url: source } });
  try {
    await redshift.execute(`CREATE TABLE events (
      id BIGINT NOT NULL, key CHAR(36) NOT NULL, at TIMESTAMPTZ NOT NULL, amount DECIMAL(12, 2),
      name VARCHAR(64), note VARCHAR(1000), ok BOOLEAN, details SUPER)`);
    const load = () =>
      redshift.copyTableToRedshift("events", bucket, "bench", { pgTableName: "half_of_events" });
    await load();
    const { phases, rows: loaded } = await load();
    const { check = 0, upload = 0, copy = 0 } = phases;
    const all = Object.values(phases).reduce((sum, seconds) => sum + seconds, 0);
    console.log(
      `  copyTableToRedshift of ${count(loaded)} rows: check ${format(1000 * check)}, upload ${format(1000 * upload)}, the sandbox's COPY ${format(1000 * copy)}; the check is ${(check / all).toFixed(2)} of all (aim: at most a third), ${(check / upload).toFixed(2)} of the upload`,
    );
  } finally {
    await redshift.close();
  }
}

/**
 * One way to do the work, and what it took; the first time, which warms up, is left out.
 * @template {Taken} T
 * @param {() => Promise<T>} work
 */
function measured(work) {
  /** @type {T[]} */
  const taken = [];
  let warm = false;
  const run = async () => {
    const one = await work();
    if (warm) taken.push(one);
    warm = true;
    return one.ms;
  };
  return { taken, run };
}

/**
 * Runs `copyTableToS3` in a process of its own.
 * @param {string} endpoint
 * @param {{ readonly rows: number, readonly pgTableName?: string, readonly slices?: number }} options
 * @returns {Promise<Exported>}
 */
async function copyTableToS3(endpoint, { rows: expected, ...options }) {
  const all = JSON.stringify({ pgTableName: "events", ...options });
  const env = {
    ...process.env,
    SHIFTMANAGER_SOURCE_URL: source,
    AWS_ENDPOINT_URL_S3: endpoint,
    // Else it would be told at each run on Node 20.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const child = spawn(process.execPath, ["--expose-gc", pathOf("./postgres-export.mjs"), bucket, all], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  let heard = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (heard += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`copyTableToS3 ended with exit code ${code}.`);
  /** @type {Exported} */
  const exported = JSON.parse(heard);
  if (exported.rows !== expected) throw new Error(`${exported.rows} rows arrived, not ${expected}.`);
  return exported;
}

/** @param {readonly Exported[]} taken */
function memory(taken) {
  const above = Math.max(...taken.map(({ idleBytes, peakBytes }) => peakBytes - idleBytes));
  return `memory at most ${megabytes(above)} above the idle process (aim: at most 256 MB)`;
}

/** @param {Exported} exported */
function shape({ rows: sent, ms, files, bytes }) {
  const perSecond = count(Math.round(sent / (ms / 1000)));
  return `${perSecond} rows a second, ${files} files of ${megabytes(bytes / files)}`;
}

/** @param {readonly Taken[]} taken */
function times(taken) {
  return taken.map(({ ms }) => ms);
}

/** Of the processes that read and compress, not of the server's. @param {readonly Taken[]} taken */
function cpuTimes(taken) {
  return taken.map(({ cpuMs }) => cpuMs);
}

/** @template T @param {readonly T[]} values @returns {T} */
function last(values) {
  const value = values.at(-1);
  if (value === undefined) throw new Error("Nothing was measured.");
  return value;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param {number} n */
function count(n) {
  return n.toLocaleString("en");
}

/** @param {string} script */
function pathOf(script) {
  return fileURLToPath(new URL(script, import.meta.url));
}

async function cleanUp() {
  discarding.stdin.end();
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
}
