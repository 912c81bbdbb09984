import type { Socket } from "node:net";

/** Bytes that wait for a slow client before its backend is made to wait. */
const highWater = 256 * 1024;

/** The client's socket: what is sent in one turn goes out in one write. */
export class ClientConnection {
  readonly #socket: Socket;
  #pending: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(bytes: Buffer): void {
    this.#pending.push(bytes);
  }

  /** False when the client is slow: wait for `onDrain`. */
  flush(): boolean {
    const pending = this.#pending;
    if (pending.length === 0) return true;
    this.#pending = [];
    if (!this.#socket.writable) return true;
    const [only] = pending;
    this.#socket.write(pending.length === 1 && only !== undefined ? only : Buffer.concat(pending));
    return this.#socket.writableLength < highWater;
  }

  onDrain(listener: () => void): void {
    this.#socket.once("drain", listener);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what is pending, then closes. */
  end(): void {
    this.flush();
    this.#socket.end();
  }

  /** Closes at once; what is pending is lost, as on a broken line. */
  destroy(): void {
    this.#pending = [];
    this.#socket.destroy();
  }
}
