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

  /** Aborts them all; false when there was none that was not stopping already. */
  cancel(): boolean {
    const reason = new DOMException("The call was cancelled.", "AbortError");
    const running = [...this.#calls].filter(({ signal }) => !signal.aborted);
    for (const call of running) call.abort(reason);
    return running.length > 0;
  }
}
