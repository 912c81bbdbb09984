// @ts-check
/**
 * One run of `copyTableToS3` in a process of its own, which the bench "postgres" starts: the time it takes, the processor time of this process, and
 * the memory it takes beyond what the idle process has. The source is in SHIFTMANAGER_SOURCE_URL, the options are an argument in JSON.
 */
import { Redshift } from "../packages/shiftmanager/dist/index.js";

const [bucket = "", options = "{}"] = process.argv.slice(2);
// The target is never connected to.
const redshift = new Redshift({ host: "127.0.0.1", database: "none", user: "none", password: "none" });
// Loads the drivers, so that they count as idle.
await redshift.pgConnection;
await redshift.copyTableToS3(bucket, "idle", { pgSelectStatement: "SELECT 1 AS n" });
globalThis.gc?.();
const idleBytes = process.memoryUsage().rss;
let peakBytes = idleBytes;
const timer = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
const cpu = process.cpuUsage();
const start = performance.now();
const report = await redshift.copyTableToS3(bucket, "bench", JSON.parse(options));
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
clearInterval(timer);
const { rows, bytes, keys } = report;
console.log(
  JSON.stringify({
    ms,
    cpuMs: (user + system) / 1000,
    rows,
    bytes,
    files: keys.length,
    idleBytes,
    peakBytes,
  }),
);
await redshift.close();
