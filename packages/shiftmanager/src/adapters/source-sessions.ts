import { ConnectionError } from "../errors.ts";
import type { SourceSession } from "../session.ts";
import { orAborted } from "./or-aborted.ts";
import type { PgConnection } from "./pg-connection.ts";

/** The connections to one source: the first, which is the caller's too, and others for who reads through several at once. */
export class SourceSessions {
  readonly first: PgConnection;
  readonly #open: () => PgConnection;
  /** Kept between two uses, like the first. */
  readonly #others: PgConnection[] = [];

  constructor(open: () => PgConnection) {
    this.#open = open;
    this.first = open();
  }

  /**
   * Gives `work` up to so many sessions beside the first, for itself; as many as the server lets in. Only who has the first
   * may call it.
   * @param onRefused - told why there are fewer
   */
  async beside<T>(
    count: number,
    work: (sessions: readonly SourceSession[]) => Promise<T>,
    { signal, onRefused }: { readonly signal: AbortSignal; readonly onRefused: (reason: Error) => void },
  ): Promise<T> {
    while (this.#others.length < count) this.#others.push(this.#open());
    const wanted = this.#others.slice(0, count);
    const opening = Promise.allSettled(wanted.map((connection) => connection.client()));
    const opened = await orAborted(opening, signal);
    const refused = opened.find((result) => result.status === "rejected")?.reason as Error | undefined;
    if (refused !== undefined) {
      if (!(refused instanceof ConnectionError)) throw refused;
      onRefused(refused);
    }
    return lend(
      wanted.filter((_, i) => opened[i]?.status === "fulfilled"),
      [],
      work,
      signal,
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.first, ...this.#others].map((connection) => connection.close()));
  }
}

function lend<T>(
  [next, ...others]: readonly PgConnection[],
  lent: readonly SourceSession[],
  work: (sessions: readonly SourceSession[]) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (next === undefined) return work(lent);
  return next.exclusive((session) => lend(others, [...lent, session], work, signal), signal);
}
