// @ts-check
/**
 * What the bench "slices" runs in a sandbox: `chunkedJsonSlices`, and `copyJsonToTable` up to its last uploaded byte, against
 * JSON.stringify and gzip level 1 of the same documents alone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { chunkedJsonSlices, Redshift } from "../packages/shiftmanager/dist/index.js";
import { against, format, inTurn, median, time } from "./measure.mjs";

const rounds = 5;
const slices = 32;
const sizes = [200_000, 400_000];

/** One made-up document. @param {number} i */
const document = (i) => ({
  id: i,
  uuid: `a81bc81b-dead-4e5d-abff-${String(i).padStart(12, "0")}`,
  at: "2026-01-01 10:00:00",
  amount: ((i * 37) % 100_000) / 100,
  name: `name ${i}`,
  text: `"quoted"\nline \\ größe ${(i * 7919) % 1_000_003}`,
  ok: i % 2 === 0,
  tags: ["a", i % 10, { k: i % 7 }],
  none: null,
});
const columns =
  "id BIGINT, uuid CHAR(36), at TIMESTAMP, amount DECIMAL(12, 2), name VARCHAR(64), text VARCHAR(256), ok BOOLEAN, tags SUPER, none INT";

const directory = await mkdtemp(join(tmpdir(), "bench-slices-"));
const redshift = new Redshift();
const bucket = process.env["REDSHIFT_SANDBOX_BUCKET"] ?? "sandbox";
try {
  await redshift.execute(`CREATE TABLE bench (${columns})`);
  const kinds = sizes.map((size) => workOn(Array.from({ length: size }, (_, i) => document(i))));
  // All sizes within each round, so that what is said of their growth is of the same minutes.
  const times = await inTurn(
    rounds,
    kinds.flatMap(({ bare, chunked, uploaded }) => [bare.run, chunked.run, uploaded.run]),
  );
  const baseline = "JSON.stringify and gzip 1";
  for (const [n, { bare, chunked, uploaded, copies }] of kinds.entries()) {
    const count = (sizes[n] ?? 0).toLocaleString("en");
    const [bareMs = [], chunkedMs = [], uploadedMs = []] = times.slice(3 * n);
    console.log(
      `  chunkedJsonSlices of ${count}: ${format(median(chunkedMs))}; ${against(chunkedMs, baseline, bareMs)} (aim: at most 1.3)`,
    );
    console.log(
      `  copyJsonToTable of ${count}, to the last uploaded byte: ${format(median(uploadedMs))}; ${against(uploadedMs, baseline, bareMs)} (aim: at most 1.6)`,
    );
    console.log(`  its COPY, in the sandbox: ${format(median(copies.slice(1)))}`);
    // What else the machine does shows less in these. The first of each was to warm up.
    const bareCpu = bare.cpuMs.slice(1);
    console.log(
      `  processor time of chunkedJsonSlices: ${against(chunked.cpuMs.slice(1), "baseline", bareCpu)}`,
    );
    console.log(
      `  processor time of copyJsonToTable: ${against(uploaded.cpuMs.slice(1), "baseline", bareCpu)}`,
    );
  }
  for (const [n, what] of ["JSON.stringify and gzip 1", "chunkedJsonSlices", "copyJsonToTable"].entries()) {
    const growth = against(times[3 + n] ?? [], "half of the documents", times[n] ?? []);
    console.log(`  ${what}, twice the documents: ${growth}${n === 0 ? "" : " (aim: at most 2.2)"}`);
  }
} finally {
  await redshift.close();
  await rm(directory, { recursive: true });
}

/** The kinds of work on some documents, and what they took beside their time. @param {readonly { readonly id: number }[]} documents */
function workOn(documents) {
  /** @type {number[]} */
  const copies = [];
  return {
    bare: withCpu(() => time(() => stringifyAndGzip(documents))),
    chunked: withCpu(() => chunk(documents)),
    uploaded: withCpu(async (done) => {
      const { uploadMs, copyMs } = await upload(documents, done);
      copies.push(copyMs);
      return uploadMs;
    }),
    copies,
  };
}

/**
 * Work that resolves to its milliseconds, and what processor time it took; up to its end, or to its call of `done`.
 * @param {(done: () => void) => Promise<number>} work
 */
function withCpu(work) {
  /** @type {number[]} */
  const cpuMs = [];
  const run = async () => {
    const before = process.cpuUsage();
    /** @type {number | undefined} */
    let spent;
    const done = () => {
      const { user, system } = process.cpuUsage(before);
      spent = (user + system) / 1000;
    };
    const ms = await work(done);
    if (spent === undefined) done();
    cpuMs.push(spent ?? Number.NaN);
    return ms;
  };
  return { run, cpuMs };
}

/** The work that cannot be spared, in one stream: the compression runs beside the main thread. @param {readonly object[]} documents */
async function stringifyAndGzip(documents) {
  const gzip = createGzip({ level: 1 });
  const ended = new Promise((resolve) => gzip.on("end", resolve));
  gzip.resume();
  let text = "";
  for (const document of documents) {
    text += `${JSON.stringify(document)}\n`;
    if (text.length < 65_536) continue;
    if (!gzip.write(text)) await new Promise((resolve) => gzip.once("drain", resolve));
    text = "";
  }
  gzip.end(text);
  await ended;
}

/** @param {readonly { readonly id: number }[]} documents */
async function chunk(documents) {
  const start = performance.now();
  const written = await chunkedJsonSlices(documents, slices, { dir: directory });
  const ms = performance.now() - start;
  await written.close();
  return ms;
}

/**
 * @param {readonly { readonly id: number }[]} documents
 * @param {() => void} onUploaded
 */
async function upload(documents, onUploaded) {
  const start = performance.now();
  let uploadedAt = start;
  const own = new Redshift({
    onEvent: (event) => {
      if (event.type !== "progress" || event.done !== true) return;
      uploadedAt = performance.now();
      onUploaded();
    },
  });
  await own.copyJsonToTable(bucket, "bench", documents, null, "bench", { slices });
  const copyMs = performance.now() - uploadedAt;
  await own.close();
  await redshift.execute("TRUNCATE bench");
  return { uploadMs: uploadedAt - start, copyMs };
}
