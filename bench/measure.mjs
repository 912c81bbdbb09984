// @ts-check

/**
 * Milliseconds of a piece of work.
 * @param {() => Promise<unknown>} work
 */
export async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("There is nothing to take the median of.");
  return middle;
}

/**
 * One line: what was measured, its baseline, and the ratio of the two.
 * @param {string} what
 * @param {number} ms
 * @param {string} baseline
 * @param {number} baselineMs
 * @param {string} aim
 */
export function report(what, ms, baseline, baselineMs, aim) {
  console.log(
    `  ${what}: ${format(ms)}; baseline ${baseline}: ${format(baselineMs)}; ratio ${(ms / baselineMs).toFixed(2)} (aim: ${aim})`,
  );
}

/** @param {number} ms */
function format(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 3 : 0)} ms`;
}
