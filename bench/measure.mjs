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

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("There is nothing to take the median of.");
  return middle;
}

/**
 * One kind of work, measured and its baseline; each resolves to its milliseconds, so that it can leave out what it prepares.
 * @typedef {object} Pair
 * @property {string} what
 * @property {() => Promise<number>} measured
 * @property {string} baseline
 * @property {() => Promise<number>} bare
 * @property {string} aim
 */

/**
 * Measures both in turn and prints one line: their medians, and the ratio.
 * @param {number} rounds
 * @param {Pair} pair
 */
export async function compare(rounds, { what, measured, baseline, bare, aim }) {
  const [of = [], to = []] = await inTurn(rounds, [measured, bare]);
  console.log(`  ${what}: ${format(median(of))}; ${against(of, baseline, to)} (aim: ${aim})`);
  return median(of);
}

/**
 * Does several kinds of work in turn, once to warm up and then `rounds` times; the times of each. Each round goes through them in the
 * other direction than the one before, for each finds the caches as its neighbour left them.
 * @param {number} rounds
 * @param {readonly (() => Promise<number>)[]} kinds
 * @returns {Promise<number[][]>}
 */
export async function inTurn(rounds, kinds) {
  /** @type {number[][]} */
  const times = kinds.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    const order = [...kinds.keys()];
    for (const kind of round % 2 === 0 ? order : order.reverse()) {
      const ms = await kinds[kind]?.();
      if (round > 0 && ms !== undefined) times[kind]?.push(ms);
    }
  }
  return times;
}

/**
 * The baseline's median and the ratio. That is the median of the ratios within the rounds, because what else the machine does changes
 * from second to second; between which two of them the middle half lies shows how far to trust it.
 * @param {readonly number[]} measured
 * @param {string} baseline
 * @param {readonly number[]} bare
 */
export function against(measured, baseline, bare) {
  const ratios = measured.map((ms, round) => ms / (bare[round] ?? Number.NaN)).sort((a, b) => a - b);
  const quarter = Math.floor(ratios.length / 4);
  const [low = 0, high = 0] = [ratios[quarter], ratios[ratios.length - 1 - quarter]];
  return `${baseline} ${format(median(bare))}, ratio ${median(ratios).toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)} in ${ratios.length} rounds)`;
}

/**
 * Microseconds below a hundredth of a second, and seconds above one.
 * @param {number} ms
 */
export function format(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${(ms * 1000).toFixed(0)} µs`;
}
