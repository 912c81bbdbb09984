import { SqlError } from "../errors.ts";

/**
 * The places for clients. They are counted here and not left to PostgreSQL, which has a few more connections than clients may
 * have: else the last client would leave none for what the sandbox itself asks when somebody logs in or a COPY fails.
 */
export class Seats {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Takes a place until the returned function is called.
   *
   * @throws SqlError 53300 in PostgreSQL's words when all are taken
   */
  take(): () => void {
    if (this.#free === 0) throw new SqlError("53300", "sorry, too many clients already");
    this.#free -= 1;
    let taken = true;
    return () => {
      if (taken) this.#free += 1;
      taken = false;
    };
  }
}
