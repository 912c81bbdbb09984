/**
 * Lets one caller at a time have something, in the order they asked: what keeps two transactions of one `Redshift`
 * object from mixing.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Waits for the turn; the caller gives it back with the function it gets. @throws the signal's reason while waiting */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#taken) {
      await new Promise<void>((resolve, reject) => {
        const start = () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        const stop = () => {
          this.#waiting.splice(this.#waiting.indexOf(start), 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener("abort", stop, { once: true });
        this.#waiting.push(start);
      });
    }
    this.#taken = true;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      // `#taken` stays true while the turn passes on, so that nobody who asks meanwhile gets in between.
      if (next === undefined) this.#taken = false;
      else next();
    };
  }
}
