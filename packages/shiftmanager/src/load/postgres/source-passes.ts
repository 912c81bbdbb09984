import type { Snapshot } from "./snapshot.ts";
import type { SourceQuery } from "./source-query.ts";
import { cutRanges, inRange } from "./page-ranges.ts";

/** What passes need of a snapshot. */
export type Readers = Pick<Snapshot, "sessions" | "extent" | "inEach">;

/** Ranges for each session: one that is done takes another, for pages do not cost alike. */
const rangesEach = 4;

/**
 * Runs one statement of aggregates over the whole source: over ranges of its pages in all sessions at once where it can be
 * read so, else in one. The first row of each comes back, for the caller to put together.
 * @param statement - writes it for what stands after FROM
 */
export async function inPasses<Row>(
  { sessions, extent, inEach }: Readers,
  { from }: Pick<SourceQuery, "from">,
  statement: (from: string) => string,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  const parts = [from];
  if (extent !== undefined && sessions.length > 1) {
    const pages = Math.max(...extent.pages);
    const ranges = cutRanges([{ pages, weight: pages }], rangesEach * sessions.length);
    parts.splice(0, 1, ...ranges.map((range) => inRange(from, range)));
  }
  const left = parts.values();
  await inEach(async (session) => {
    // The iterator is shared: whoever is done takes the next part.
    for (const part of left) {
      const { rows } = await session.query<Row>(statement(part));
      found.push(...rows.slice(0, 1));
    }
  });
  return found;
}
