import type { Duplex } from "node:stream";
import pg from "pg";
import { CopyDataFilter, type RowSink } from "./copy-data-filter.ts";

/** The part of the driver's connection that its types leave out. */
interface Attachable {
  attachListeners(stream: { on(event: string, listener: Listener): unknown }): void;
}

type Listener = (...values: unknown[]) => void;

const base = pg.Connection.prototype as unknown as Attachable;

/**
 * The driver's connection, but a message that its parser does not know (Redshift's authentication code 13) is an error of
 * this connection; the driver lets it escape from the socket's listener, which ends the whole process. And the rows of a
 * COPY can be taken past the driver.
 */
export class GuardedConnection extends pg.Connection {
  readonly #filter = new CopyDataFilter();

  /** Gives the rows of the next COPY to `sink` in place of the driver; `undefined` ends that. */
  divertRows(sink: RowSink | undefined): void {
    this.#filter.sink = sink;
  }

  /** Called by the driver once it reads from `stream`, plain or encrypted. */
  attachListeners(stream: Duplex): void {
    const on = (event: string, listener: Listener) =>
      stream.on(event, event === "data" ? this.#guard(stream, listener) : listener);
    base.attachListeners.call(this, { on });
  }

  #guard(stream: Duplex, listener: Listener): Listener {
    return (received) => {
      try {
        this.#filter.read(received as Buffer, listener);
      } catch (error) {
        this.emit("error", error);
        stream.destroy();
      }
    };
  }
}
