// @ts-check
import pg from "pg";

/**
 * A made-up table with a column of each kind that loads meet: numbers, times, short and long texts with all that CSV has to quote, JSON, NULLs.
 * Unlogged, because nothing of it is to survive.
 */
const create = `
  CREATE UNLOGGED TABLE events (
    id BIGINT NOT NULL, key UUID NOT NULL, at TIMESTAMPTZ NOT NULL, amount NUMERIC(12, 2),
    name VARCHAR(64), note TEXT, ok BOOLEAN, details JSONB)`;

/** Columns whose values CSV always quotes. */
export const quotedColumns = "name, note, details";

const fill = `
  INSERT INTO events
  SELECT i,
         md5(i::text)::uuid,
         '2026-01-01'::timestamptz + i * interval '1.25 seconds',
         CASE WHEN i % 11 > 0 THEN (i * 7919 % 10000000) / 100.0 END,
         'name ' || i % 50021,
         CASE WHEN i % 7 > 0 THEN 'said "no", then' || chr(10) || 'went to C:\\dir\\' || i * 31 % 1000003 || ', größer als 日本' END,
         CASE WHEN i % 13 > 0 THEN i % 2 = 0 END,
         ('{"k": ' || i % 97 || ', "tags": ["a", "b' || i % 1009 || '"], "none": null}')::jsonb
    FROM generate_series($1::bigint, $2::bigint) AS i`;

/**
 * Brings the table to a number of rows, in two sessions at once.
 * @param {string} url of the server
 * @param {number} from how many rows are there; with 0 the table is made
 * @param {number} to
 */
export async function fillEvents(url, from, to) {
  const clients = [new pg.Client(url), new pg.Client(url)];
  const [first, second] = /** @type {[pg.Client, pg.Client]} */ (clients);
  try {
    for (const client of clients) await client.connect();
    if (from === 0) await first.query(create);
    const middle = Math.floor((from + to) / 2);
    await Promise.all([first.query(fill, [from + 1, middle]), second.query(fill, [middle + 1, to])]);
    // Else the first who reads would write, to note which rows are committed.
    await first.query("VACUUM ANALYZE events");
  } finally {
    for (const client of clients) await client.end();
  }
}

/** Makes `half_of_events`, a table of every other row. @param {string} url */
export async function halveEvents(url) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query("CREATE UNLOGGED TABLE half_of_events AS SELECT * FROM events WHERE id % 2 = 0");
    await client.query("VACUUM ANALYZE half_of_events");
  } finally {
    await client.end();
  }
}
