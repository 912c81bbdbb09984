// @ts-check
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import pg from "pg";
import { quotedColumns } from "./events-table.mjs";

/**
 * What a run took, and how many bytes it made, compressed.
 * @typedef {{ readonly ms: number, readonly cpuMs: number, readonly bytes: number }} Taken
 */

/**
 * Which of some programs this machine lacks, in words; undefined when it has them all.
 * @param {readonly string[]} programs
 */
export function lacking(programs) {
  const absent = programs.filter((program) => !works(`command -v ${program}`));
  // Only the split of GNU has filters.
  if (programs.includes("split") && !works("split --help | grep -q filter")) absent.push("split --filter");
  return absent.length === 0 ? undefined : `this machine has no ${absent.join(" and no ")}`;
}

/** @param {string} script */
const works = (script) => spawnSync("sh", ["-c", script], { stdio: "ignore" }).status === 0;

/** One half of the table by psql, as CSV. @param {string} where */
const half = (where) => `psql -Xq -v ON_ERROR_STOP=1 "$SOURCE" \\
  -c "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" -c "SET TRANSACTION SNAPSHOT '$SNAPSHOT'" \\
  -c "COPY (SELECT * FROM events WHERE ${where}) TO STDOUT (FORMAT csv, NULL 'null-0123456789abcdef', FORCE_QUOTE (${quotedColumns}))"`;

/**
 * Two sessions of psql under one exported snapshot, each with half of the pages, as CSV through a compressor at its fastest.
 * @param {string} source URL of the server
 * @param {string} compressor `gzip -1` or `zstd -1`
 * @param {string} [endpoint] an S3 that takes unsigned uploads; without one the bytes are only counted
 * @returns {Promise<Taken>}
 */
export async function twoSessions(source, compressor, endpoint) {
  const leader = new pg.Client(source);
  await leader.connect();
  try {
    await leader.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const { rows } = await leader.query(
      "SELECT pg_export_snapshot() AS snapshot, pg_relation_size('events') / current_setting('block_size')::int / 2 AS middle",
    );
    const { snapshot, middle } = rows[0];
    const end = (/** @type {string} */ name) =>
      endpoint === undefined ? "wc -c" : `curl -sSf -o /dev/null -T - "${endpoint}/bench/${name}.csv"`;
    return await bash(
      `first() { ${half(`ctid < '(${middle},0)'`)} | ${compressor} | ${end("first")}; }
       second() { ${half(`ctid >= '(${middle},0)'`)} | ${compressor} | ${end("second")}; }
       first & a=$!; second & b=$!
       wait $a; wait $b`,
      { SOURCE: source, SNAPSHOT: snapshot },
    );
  } finally {
    await leader.end();
  }
}

/**
 * The pipeline that the original ran: JSON by one statement, cut and filtered into files.
 * @param {string} source
 * @param {string} directory takes the files, which the next run overwrites
 */
export function originalFilter(source, directory) {
  return bash(
    String.raw`psql -Xq -v ON_ERROR_STOP=1 "$SOURCE" -c "COPY (SELECT row_to_json(e) FROM events e) TO STDOUT" \
       | split --line-bytes=104857600 --filter='sed "s/\\\\\\\\/\\\\/g" | gzip > $FILE.gz' - "$DIRECTORY/chunk_"
     cat "$DIRECTORY"/chunk_*.gz | wc -c`,
    { SOURCE: source, DIRECTORY: directory },
  );
}

/**
 * Runs a script, which prints numbers of bytes.
 * @param {string} script
 * @param {Record<string, string>} env
 * @returns {Promise<Taken>}
 */
async function bash(script, env) {
  const start = performance.now();
  const shell = spawn("bash", ["-c", `set -e -o pipefail\n${script}\ntimes`], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env, LC_ALL: "C" },
  });
  let heard = "";
  shell.stdout.setEncoding("utf8").on("data", (text) => (heard += text));
  const [code] = await once(shell, "close");
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`A pipeline ended with exit code ${code}.`);
  // The last two lines are what `times` says: the shell's own, and that of all it ran.
  const lines = heard.trim().split("\n");
  const spent = [
    ...lines
      .slice(-2)
      .join(" ")
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return {
    ms,
    cpuMs: spent.reduce(
      (sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds),
      0,
    ),
    bytes: lines.slice(0, -2).reduce((sum, line) => sum + Number(line), 0),
  };
}
