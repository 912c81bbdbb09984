// @ts-check
/**
 * The steps of the demo. Every one runs an installed command, shows what it printed, and checks its numbers against the data file
 * itself; the first that does not agree ends the demo with exit code 1.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

// By path: the package's exports hide its data files.
const moviesFile = fileURLToPath(new URL("../node_modules/vega-datasets/data/movies.json", import.meta.url));
const command = fileURLToPath(new URL("../packages/shiftmanager/bin/shiftmanager.js", import.meta.url));
const bucket = process.env["REDSHIFT_SANDBOX_BUCKET"] ?? "sandbox";

/** @type {Record<string, unknown>[]} */
const movies = JSON.parse(await readFile(moviesFile, "utf8"));
const total = movies.length;
const directors = movies.filter(({ Director }) => Director !== null).length;

/**
 * @typedef {{ stdout: string, stderr: string, code: number | null }} Outcome
 * @typedef {{ env?: NodeJS.ProcessEnv, input?: string, secret?: boolean, quiet?: boolean }} RunOptions
 */

/**
 * Runs `shiftmanager` and shows the command and what it printed.
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
function shiftmanager(args, { env = {}, input, secret = false, quiet = false } = {}) {
  if (!quiet) console.log(`\n$ shiftmanager ${args.map(shown).join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      if (!quiet && !secret) process.stdout.write(indent(text));
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      if (!quiet) process.stdout.write(indent(text));
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (secret) console.log("  (one line on stdout: the generated password)");
      resolve({ stdout, stderr, code });
    });
    child.stdin.end(input ?? "");
  });
}

/** @param {string} argument */
function shown(argument) {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^(?=.)/gm, "  ");
}

/** @param {string} title */
function step(title) {
  console.log(`\n\n== ${title}`);
}

/**
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} expected
 */
function check(what, found, expected) {
  if (found !== expected) {
    console.error(`\nThe demo stops: ${what} is ${String(found)}, and the data says ${String(expected)}.`);
    process.exit(1);
  }
  console.log(`  ✓ ${what}: ${String(found)}`);
}

/**
 * One value of one query.
 * @param {string} text
 */
async function value(text) {
  const { stdout, code, stderr } = await shiftmanager(["exec", "--json", "-c", text], { quiet: true });
  if (code !== 0) throw new Error(`${text}: ${stderr}`);
  const row = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ type }) => type === "row");
  return Object.values(row.row)[0];
}

/**
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
async function mustWork(args, options) {
  const outcome = await shiftmanager(args, options);
  if (outcome.code !== 0) {
    console.error(`\nThe demo stops: the command ended with exit code ${outcome.code}.`);
    process.exit(1);
  }
  return outcome;
}

const started = Date.now();
console.log(`A local Redshift is up on port ${process.env["PGPORT"]}; ${total} movies lie in a JSON file.`);

step("A group, and a user in it with a generated password");
await mustWork(["exec", "--execute", "-c", "CREATE GROUP analysts"]);
await mustWork(["user", "create", "ada", "--generate-password", "--group", "analysts"]);
const { stdout: password } = await mustWork(
  ["user", "create", "ada", "--generate-password", "--group", "analysts", "--execute"],
  { secret: true },
);
check("length of the password", password.trim().length, 64);
check("users named ada", Number(await value("SELECT COUNT(*) FROM pg_user WHERE usename = 'ada'")), 1);

step("A table with a distribution key, a sort key and encodings");
const createTable = `CREATE TABLE movies (
  title VARCHAR(128) ENCODE zstd,
  "us gross" BIGINT ENCODE az64,
  "worldwide gross" BIGINT ENCODE az64,
  "us dvd sales" BIGINT ENCODE az64,
  "production budget" BIGINT ENCODE az64,
  "release date" DATE ENCODE raw,
  "mpaa rating" VARCHAR(16) ENCODE bytedict,
  "running time min" SMALLINT ENCODE az64,
  distributor VARCHAR(64) ENCODE lzo,
  source VARCHAR(64) ENCODE bytedict,
  "major genre" VARCHAR(32) ENCODE bytedict,
  "creative type" VARCHAR(32) ENCODE bytedict,
  director VARCHAR(64) ENCODE lzo,
  "rotten tomatoes rating" SMALLINT ENCODE az64,
  "imdb rating" DECIMAL(3,1) ENCODE az64,
  "imdb votes" INTEGER ENCODE az64
) DISTSTYLE KEY DISTKEY (title) SORTKEY ("release date");
GRANT SELECT ON movies TO GROUP analysts`;
await mustWork(["exec", "--execute", "-"], { input: createTable });
const emptyCount = Number(await value("SELECT COUNT(*) FROM movies"));
check("rows before the load", emptyCount, 0);

const load = ["load", "json", moviesFile, "--table", "movies", "--s3", `s3://${bucket}/loads`];
step("Load the file through S3 and COPY: first what would run, then the run");
await mustWork(load);
await mustWork([...load, "--execute"]);
check("rows after the load", Number(await value("SELECT COUNT(*) FROM movies")), total);
check("movies with a director", Number(await value("SELECT COUNT(director) FROM movies")), directors);
check(
  "worldwide gross, all added up",
  String(await value('SELECT SUM("worldwide gross") FROM movies')),
  String(movies.reduce((sum, movie) => sum + BigInt(Number(movie["Worldwide Gross"] ?? 0)), 0n)),
);
check(
  "the date that the file writes as Jun 12 1998",
  String(await value(`SELECT "release date"::VARCHAR FROM movies WHERE title = 'The Land Girls'`)),
  "1998-06-12",
);

step("The table as the catalog has it");
await mustWork(["table", "show", "movies"]);

step("Load it again: every row is there twice");
await mustWork([...load, "--execute"]);
const doubled = Number(await value("SELECT COUNT(*) FROM movies"));
check("rows", doubled, 2 * total);

const copy = [
  "table",
  "deep-copy",
  "movies",
  "--distinct",
  "--distkey",
  "distributor",
  "--sortkey",
  "release date,title",
];
step(
  "Deep-copy it without duplicates to another distribution and sort key: first what would run, then the run",
);
await mustWork(copy);
await mustWork([...copy, "--execute", "--yes"]);
console.log(`  rows before: ${doubled}`);
check("rows after", Number(await value("SELECT COUNT(*) FROM movies")), total);
const { stdout: definition } = await mustWork(["table", "show", "movies"]);
check("the new distribution key is there", definition.includes("DISTKEY (distributor)"), true);
check("the group still has its grant", /GRANT SELECT ON .*movies TO GROUP analysts/.test(definition), true);

step("Unload it to S3 as JSON");
const unload = ["unload", "movies", `s3://${bucket}/exports/movies-`, "--format", "json"];
await mustWork(unload);
const { stdout: report } = await mustWork([...unload, "--execute", "--json"]);
const last = JSON.parse(report.trim().split("\n").at(-1) ?? "{}");
check("rows unloaded", last.rows, total);
check("files are there", last.files > 0 && last.bytes > 0, true);

step("What the new user may and may not do");
const ada = { PGUSER: "ada", PGPASSWORD: password.trim() };
await mustWork(["exec", "-c", "SELECT COUNT(*) AS movies FROM movies"], { env: ada });
const denied = await shiftmanager(["exec", "--execute", "--yes", "-c", "DELETE FROM movies"], { env: ada });
check("exit code of the refused DELETE", denied.code, 1);
check("rows afterwards", Number(await value("SELECT COUNT(*) FROM movies")), total);

console.log(`\nDone in ${((Date.now() - started) / 1000).toFixed(1)} s; every count is what the data says.`);
