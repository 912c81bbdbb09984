/** Lets at most so many callers at a time do something; the others wait in the order they asked. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` in a slot of its own. */
  async in<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The slot passes on: nobody who asks meanwhile gets in between.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
