import { StorageError } from "../../errors.ts";
import { heartbeatMs, type RunOwner } from "./owner.ts";

/** Keeps an `owner.json` up to date for as long as its run lasts; alone, it does not keep the process from ending. */
export class Heartbeat {
  readonly #write: (owner: RunOwner) => Promise<void>;
  #owner: RunOwner;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(owner: RunOwner, write: (owner: RunOwner) => Promise<void>) {
    this.#owner = owner;
    this.#write = write;
  }

  /** Writes the file, then again and again. @throws StorageError when it cannot be written the first time */
  async start(): Promise<void> {
    await this.#write(this.#owner);
    this.#timer = setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  /** When it resolves nothing writes any more, so that what is deleted then stays so. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }

  /** Says that the run has ended and its files are to stay. @throws StorageError */
  async finish(): Promise<void> {
    await this.stop();
    const now = new Date().toISOString();
    await this.#write({ ...this.#owner, heartbeat: now, finished: now });
  }

  #beat(): void {
    this.#owner = { ...this.#owner, heartbeat: new Date().toISOString() };
    const write = () => this.#write(this.#owner);
    this.#writing = this.#writing.then(write).catch((error: unknown) => {
      // One that is missing does no harm: the run itself tells what S3 refuses, and a run is dead only after ten.
      if (!(error instanceof StorageError)) throw error;
    });
  }
}
