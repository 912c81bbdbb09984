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
  /** @type {{ chunked: number[][], uploaded: number[][] }} */
  const bySize = { chunked: [], uploaded: [] };
  for (const size of sizes) {
    const documents = Array.from({ length: size }, (_, i) => document(i));
    /** @type {number[]} */
    const copies = [];
    /** @type {{ bare: number[], chunked: number[], uploaded: number[] }} */
    const cpu = { bare: [], chunked: [], uploaded: [] };
    const [bare = [], chunked = [], uploaded = []] = await inTurn(rounds, [
      async () => {
        const before = cpuMs();
        const ms = await time(() => stringifyAndGzip(documents));
        cpu.bare.push(cpuMs() - before);
        return ms;
      },
      async () => {
        const before = cpuMs();
        const ms = await chunk(documents);
        cpu.chunked.push(cpuMs() - before);
        return ms;
      },
      async () => {
        const { uploadMs, uploadCpuMs, copyMs } = await upload(documents);
        cpu.uploaded.push(uploadCpuMs);
        copies.push(copyMs);
        return uploadMs;
      },
    ]);
    // The first of each was to warm up.
    const bareCpu = cpu.bare.slice(1);
    const baseline = "JSON.stringify and gzip 1";
    const count = size.toLocaleString("en");
    console.log(
      `  chunkedJsonSlices of ${count}: ${format(median(chunked))}; ${against(chunked, baseline, bare)} (aim: at most 1.3)`,
    );
    console.log(
      `  copyJsonToTable of ${count}, to the last uploaded byte: ${format(median(uploaded))}; ${against(uploaded, baseline, bare)} (aim: at most 1.6)`,
    );
    console.log(`  its COPY, in the sandbox: ${format(median(copies.slice(1)))}`);
    // What else the machine does shows less in these.
    console.log(
      `  processor time of chunkedJsonSlices: ${against(cpu.chunked.slice(1), "baseline", bareCpu)}`,
    );
    console.log(
      `  processor time of copyJsonToTable: ${against(cpu.uploaded.slice(1), "baseline", bareCpu)}`,
    );
    bySize.chunked.push(chunked);
    bySize.uploaded.push(uploaded);
  }
  for (const [what, [one = [], two = []]] of Object.entries(bySize)) {
    const growth = (median(two) / median(one)).toFixed(2);
    console.log(`  ${what}: twice the documents take ${growth} times as long (aim: at most 2.2)`);
  }
} finally {
  await redshift.close();
  await rm(directory, { recursive: true });
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

/** @param {readonly { readonly id: number }[]} documents */
async function upload(documents) {
  const start = performance.now();
  const cpuBefore = cpuMs();
  let uploadedAt = start;
  let uploadCpuMs = 0;
  const own = new Redshift({
    onEvent: (event) => {
      if (event.type !== "progress" || event.done !== true) return;
      uploadedAt = performance.now();
      uploadCpuMs = cpuMs() - cpuBefore;
    },
  });
  await own.copyJsonToTable(bucket, "bench", documents, null, "bench", { slices });
  const copyMs = performance.now() - uploadedAt;
  await own.close();
  await redshift.execute("TRUNCATE bench");
  return { uploadMs: uploadedAt - start, uploadCpuMs, copyMs };
}

/** Of this process, all its threads. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
