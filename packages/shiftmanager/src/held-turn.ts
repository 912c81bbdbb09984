import { AsyncLocalStorage } from "node:async_hooks";
import { OptionsError } from "./errors.ts";

/** Knows the calls that are made from within work that holds the turn: they would wait for its end, and it for theirs. */
export class HeldTurn {
  readonly #work = new AsyncLocalStorage<{ ended: boolean }>();

  /** Does work that holds the turn until it ends. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const state = { ended: false };
    try {
      return await this.#work.run(state, work);
    } finally {
      state.ended = true;
    }
  }

  /** @throws OptionsError from within such work */
  refuse(): void {
    if (this.#work.getStore()?.ended !== false) return;
    throw new OptionsError(
      "This call would wait for the end of the Kysely transaction it is made in, and that for the end of this call; inside, use " +
        "the transaction that is given to you, or make the call after it.",
    );
  }
}
