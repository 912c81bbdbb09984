import type { SourceSession } from "../../session.ts";
import type { ColumnTransfer } from "./column-transfer.ts";
import { compressedShare, type Compression } from "./compression.ts";
import { copyOut, type SourceCopy } from "./copy-out-statement.ts";
import { inRange, type Stretch } from "./page-ranges.ts";
import type { SourceExtent } from "./source-extent.ts";
import { pgIdentifier } from "./source-query.ts";

/** What a table comes to when it is written out, judged by a few of its pages. */
export interface TableSample {
  /** Of the whole table; their weights are bytes before compression. */
  readonly stretches: readonly Stretch[];
  readonly rows: number;
  /** How much of the bytes compression leaves, from 0 to 1. */
  readonly compressedShare: number;
}

/** So many rows of a page, and bytes of all pages, are enough to judge by. */
const mostRows = 16;
const mostBytes = 4 * 1024 * 1024;

/**
 * Judges a table by one page out of each of `count` stretches, in two statements.
 * TABLESAMPLE would not do: it says nothing of where in the table its rows are.
 */
export async function sampleTable(
  session: SourceSession,
  copy: SourceCopy,
  extent: SourceExtent,
  count: number,
  compression: Compression,
): Promise<TableSample> {
  const points = spread(Math.max(...extent.pages), count);
  const rowsOf = await countRows(session, copy.query.from, points);
  const rows = points.reduce((sum, { pages }, i) => sum + pages * (rowsOf[i] ?? 0), 0);
  const rowBytes = extent.bytes / Math.max(rows, 1);
  const limit = Math.min(Math.max(Math.floor(mostBytes / (points.length * rowBytes)), 1), mostRows);
  const taken = points.map(() => ({ rows: 0, bytes: 0 }));
  const texts: Uint8Array[] = [];
  const { statement, mark } = sampleStatement(copy, points, limit);
  for await (const { bytes, ends } of session.copyOut(statement)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    texts.push(text);
    let start = 0;
    for (const end of ends) {
      const point = taken[Number(/\d+/.exec(text.toString("latin1", start, start + mark.length + 16))?.[0])];
      if (point !== undefined) {
        point.rows += 1;
        point.bytes += end - start;
      }
      start = end;
    }
  }
  const stretches = points.map(({ pages }, i) => {
    const { rows: of, bytes } = taken[i] ?? { rows: 0, bytes: 0 };
    return { pages, weight: of === 0 ? 0 : (bytes / of) * (rowsOf[i] ?? 0) * pages };
  });
  return { stretches, rows, compressedShare: await compressedShare(Buffer.concat(texts), compression) };
}

/** A stretch of a table and the page that stands for it. */
interface Point {
  readonly page: number;
  readonly pages: number;
}

function spread(pages: number, count: number): readonly Point[] {
  const stretches = Math.min(count, pages);
  return Array.from({ length: stretches }, (_, i) => {
    const from = Math.floor((i * pages) / stretches);
    const to = Math.floor(((i + 1) * pages) / stretches);
    return { page: Math.floor((from + to) / 2), pages: to - from };
  });
}

async function countRows(
  session: SourceSession,
  from: string,
  points: readonly Point[],
): Promise<readonly number[]> {
  const arms = points.map(
    ({ page }, i) =>
      `SELECT ${i} AS point, count(*) AS rows FROM ${inRange(from, { from: page, to: page + 1 })}`,
  );
  const { rows } = await session.query<{ readonly point: number; readonly rows: string | number }>(
    arms.join("\nUNION ALL\n"),
  );
  const counts = points.map(() => 0);
  for (const row of rows) counts[row.point] = Number(row.rows);
  return counts;
}

/** The COPY of the sample. Each row begins with the number of its point. */
function sampleStatement(copy: SourceCopy, points: readonly Point[], limit: number) {
  const names = new Set(copy.columns.map(({ name }) => name));
  let mark = "point";
  while (names.has(mark)) mark += "_";
  const column: ColumnTransfer = {
    name: mark,
    expression: pgIdentifier(mark),
    quoted: false,
    json: true,
    source: { name: mark, type: "int4", modifier: -1, composite: false },
  };
  const arms = points.map(
    ({ page }, i) =>
      `(SELECT ${i} AS ${pgIdentifier(mark)}, * FROM ${inRange(copy.query.from, { from: page, to: page + 1 })} LIMIT ${limit})`,
  );
  const columns = [column, ...copy.columns];
  return {
    mark,
    statement: copyOut({ ...copy, columns }, `(\n${arms.join("\nUNION ALL\n")}\n) AS sample`),
  };
}
