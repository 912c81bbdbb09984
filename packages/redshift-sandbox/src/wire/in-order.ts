import type { Conversation } from "./conversation.ts";
import { errorReport } from "./reports.ts";

/** What the sandbox answers itself in the extended protocol: after everything sent before it has been answered, and not after an error. */
export class InOrder {
  readonly #talk: Conversation;

  constructor(talk: Conversation) {
    this.#talk = talk;
  }

  /** Does it at once when all is answered, else waits; skipped when what came before has failed. */
  run(action: () => Promise<void> | undefined): Promise<void> | undefined {
    const guarded = (): Promise<void> | undefined => {
      const { replies } = this.#talk;
      if (replies.open?.failed === true) return undefined;
      try {
        return action()?.catch((error: unknown) => this.refuse(error));
      } catch (error) {
        return this.refuse(error);
      }
    };
    if (this.#talk.replies.settled) return guarded();
    return this.#talk.settle().then(guarded);
  }

  /** Tells the client; everything up to Sync is skipped, and the transaction is as after an error of PostgreSQL's own. */
  async refuse(error: unknown): Promise<void> {
    const { backend, client, replies, runner, fullNames } = this.#talk;
    if (backend.closed) throw error;
    client.send(errorReport(error, fullNames));
    const group = replies.ensureOpen();
    group.failed = true;
    if (!runner.implicit && backend.state !== "E" && (backend.state === "T" || group.executed))
      await backend.spoil();
  }
}
