/** Pages of a heap, from one up to another without it; without `to`, all that follow. */
export interface PageRange {
  readonly from: number;
  readonly to: number | undefined;
}

/** A number of pages one after the other, and what their rows come to. */
export interface Stretch {
  readonly pages: number;
  readonly weight: number;
}

/**
 * Cuts a table into ranges of about equal weight. Every page is in one of them, those beyond the last stretch as well: a
 * table grows while it is read.
 */
export function cutRanges(stretches: readonly Stretch[], count: number): readonly PageRange[] {
  const total = stretches.reduce((sum, { weight }) => sum + weight, 0);
  const cuts: number[] = [0];
  let page = 0;
  let before = 0;
  for (const { pages, weight } of stretches) {
    while (cuts.length < count && weight > 0 && (total * cuts.length) / count <= before + weight) {
      const share = ((total * cuts.length) / count - before) / weight;
      cuts.push(page + Math.round(share * pages));
    }
    page += pages;
    before += weight;
  }
  const distinct = [...new Set(cuts)].filter((cut) => cut === 0 || cut < page);
  return distinct.map((from, i) => ({ from, to: distinct[i + 1] }));
}

/** The condition for rows of a range. @see PostgreSQL's manual, "System Columns" (ddl-system-columns) */
export function inRange(from: string, range: PageRange): string {
  const lower = `ctid >= '(${range.from},0)'::tid`;
  return `${from}\nWHERE ${lower}${range.to === undefined ? "" : ` AND ctid < '(${range.to},0)'::tid`}`;
}
