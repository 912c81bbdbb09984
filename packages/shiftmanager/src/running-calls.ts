/** The calls of one object that are under way or wait their turn, so that all of them can be stopped at once. */
export class RunningCalls {
  readonly #calls = new Set<AbortController>();

  /** Does `work` with a signal that aborts with the caller's own, and at `cancel`. */
  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = new AbortController();
    this.#calls.add(call);
    try {
      return await work(signal === undefined ? call.signal : AbortSignal.any([signal, call.signal]));
    } finally {
      this.#calls.delete(call);
    }
  }

  cancel(): void {
    const reason = new DOMException("The call was cancelled.", "AbortError");
    for (const call of this.#calls) call.abort(reason);
  }
}
