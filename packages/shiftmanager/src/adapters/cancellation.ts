/** How long a cancelled statement may take to end before its connection is given up. */
export const cancelGraceMs = 10_000;

/** A request that arrives before its statement does is lost without a word, so it is sent again until the statement ends. */
const againMs = 500;

/** What stops one running statement. */
export interface Canceller {
  /** Asks the server to stop it; resolves when the server has read the request. */
  ask(): Promise<void>;
  /** Gives the connection up: the server rolls back when it is gone. */
  giveUp(): void;
}

/** The cancelling of one statement, from the first request until the statement has ended. */
export class Cancellation {
  readonly #canceller: Canceller;
  #asking: Promise<void> | undefined;
  #again: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(canceller: Canceller) {
    this.#canceller = canceller;
  }

  /** May be called more than once. */
  start(): void {
    if (this.#grace !== undefined || this.#ended) return;
    this.#grace = setTimeout(() => this.#canceller.giveUp(), cancelGraceMs);
    this.#ask();
  }

  /** To be called when the statement has ended: a request still on its way would stop the next one, so it is awaited. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#grace);
    clearTimeout(this.#again);
    await this.#asking;
  }

  #ask(): void {
    this.#asking = this.#canceller.ask().then(
      () => {
        if (!this.#ended) this.#again = setTimeout(() => this.#ask(), againMs);
      },
      () => this.#canceller.giveUp(), // A server that cannot be asked to stop is left.
    );
  }
}
