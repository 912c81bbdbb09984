import type { Duplex } from "node:stream";
import pg from "pg";

/** The part of the driver's connection that its types leave out. */
interface Attachable {
  attachListeners(stream: { on(event: string, listener: Listener): unknown }): void;
}

type Listener = (...values: unknown[]) => void;

const base = pg.Connection.prototype as unknown as Attachable;

/**
 * The driver's connection, but a message that its parser does not know (Redshift's authentication code 13) is an error of
 * this connection. The driver lets it escape from the socket's listener, which ends the whole process.
 */
export class GuardedConnection extends pg.Connection {
  /** Called by the driver once it reads from `stream`, plain or encrypted. */
  attachListeners(stream: Duplex): void {
    const on = (event: string, listener: Listener) =>
      stream.on(event, event === "data" ? this.#guard(stream, listener) : listener);
    base.attachListeners.call(this, { on });
  }

  #guard(stream: Duplex, listener: Listener): Listener {
    return (...values) => {
      try {
        listener(...values);
      } catch (error) {
        this.emit("error", error);
        stream.destroy();
      }
    };
  }
}
