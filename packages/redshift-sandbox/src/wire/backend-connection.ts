import type { Socket } from "node:net";
import { SqlError } from "../errors.ts";
import type { Column } from "../sql/plan.ts";
import { Framing } from "./framing.ts";
import type { TransactionState } from "./messages.ts";
import {
  describedColumns,
  header,
  reportFields,
  rowValues,
  textMessage,
  toClient,
  toServer,
} from "./messages.ts";
import { BackendError } from "./reports.ts";
import { withCompact } from "./super-columns.ts";

/** Who hears what the backend sends when no statement of the sandbox's own is running. */
export interface BackendListener {
  /** Bytes for the client, whole messages, as they came. */
  relay(bytes: Buffer): void;
  /** Columns of the rows that come now which the client gets in another form. */
  readonly rewrittenColumns: readonly number[] | undefined;
  /** A message that is not a row. Notices and parameters come here always, also those of inner statements. */
  message(type: number, buffer: Buffer, start: number, end: number): Verdict;
  /** All messages of one chunk have been told. */
  chunkEnd(): void;
  closed(): void;
}

/** What becomes of a message: relayed as it is, left out, or relayed in this form. */
export type Verdict = "keep" | "drop" | Buffer;

/** Rows of an inner statement. */
export interface InnerResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly tag: string;
}

type Collector = (type: number, body: Buffer) => void;

/** PostgreSQL's own limit is 1 GB; a message is held whole only when it is not relayed. */
const largestMessage = 0x4000_0000;

/**
 * The connection to PostgreSQL behind one client. Either it relays, or one operation of the sandbox collects what comes;
 * an operation starts only when the backend has answered everything before it, and ends with its ReadyForQuery.
 */
export class BackendConnection {
  /** As of the last ReadyForQuery, kept up from command tags while a pipeline has not been synchronised. */
  state: TransactionState = "I";
  /** As PostgreSQL last reported it of the session's user. */
  superuser = false;
  readonly #socket: Socket;
  readonly #listener: BackendListener;
  readonly #framing = new Framing(largestMessage);
  #collector: Collector | undefined;
  #onLost: ((error: Error) => void) | undefined;
  #closed = false;
  #muted = false;
  #onChunk: (() => void) | undefined;
  #onNotice: ((body: Buffer) => void) | undefined;

  constructor(socket: Socket, listener: BackendListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("data", (chunk: Buffer) => this.#data(chunk));
    // The reason is in the server's log; what matters here is that it is gone, and "close" follows.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#lost());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** False when the kernel's buffer is full. */
  write(bytes: Uint8Array): boolean {
    return this.#closed || this.#socket.write(bytes);
  }

  /** A message in one system call, its body as it lies; false when the kernel's buffer is full. */
  writeMessage(type: number, body: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#socket.cork();
    this.#socket.write(header(type, body.length));
    const more = this.#socket.write(body);
    this.#socket.uncork();
    return more;
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

  destroy(): void {
    this.#socket.destroy();
  }

  /** Nothing that still comes is for anybody: the login was refused. */
  mute(): void {
    this.#muted = true;
  }

  /**
   * Hands every message to `collector` until the promise settles: the login, and each inner statement. `chunkEnd` is called when all
   * messages that came together have been handed over.
   */
  collect<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => Collector,
    chunkEnd?: () => void,
  ): Promise<T> {
    if (this.#collector !== undefined)
      return Promise.reject(new Error("the backend session is busy with another inner statement"));
    if (this.#closed) return Promise.reject(lostError());
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        this.#collector = undefined;
        this.#onChunk = undefined;
        this.#onLost = undefined;
      };
      this.#onChunk = chunkEnd;
      this.#onLost = (error) => {
        end();
        reject(error);
      };
      this.#collector = start(
        (value) => {
          end();
          resolve(value);
        },
        (error: unknown) => {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** Runs one or more statements by the simple protocol; the rows of the last. */
  query(sql: string): Promise<InnerResult> {
    return this.exchange(textMessage(toServer.query, sql));
  }

  /** Runs statements and gives the details of the notices that come meanwhile, which nobody else hears. */
  async details(sql: string): Promise<readonly string[]> {
    const details: string[] = [];
    this.#onNotice = (body) => details.push(reportFields(body).get("D") ?? "");
    try {
      await this.query(sql);
    } finally {
      this.#onNotice = undefined;
    }
    return details;
  }

  /** Sends bytes that end in one ReadyForQuery and collects what comes before it. */
  exchange(bytes: Buffer): Promise<InnerResult> {
    return this.collect<InnerResult>((resolve, reject) => {
      let columns: Column[] = [];
      let rows: (string | null)[][] = [];
      let described = false;
      let tag = "";
      let error: Error | undefined;
      this.#socket.write(bytes);
      return (type, body) => {
        if (type === toClient.rowDescription) {
          columns = describedColumns(body);
          rows = [];
          described = true;
        } else if (type === toClient.dataRow) rows.push(rowValues(body));
        else if (type === toClient.commandComplete) {
          tag = body.toString("utf8", 0, body.length - 1);
          if (!described) {
            columns = [];
            rows = [];
          }
          described = false;
        } else if (type === toClient.copyInResponse)
          this.#socket.write(textMessage(toServer.copyFail, "COPY needs copyIn"));
        else if (type === toClient.errorResponse) error ??= new BackendError(reportFields(body));
        else if (type === toClient.readyForQuery) {
          if (error === undefined) resolve({ columns, rows, tag });
          else reject(error);
        }
      };
    });
  }

  /** Makes the open transaction a failed one, as PostgreSQL does itself when the error is its own. */
  async spoil(): Promise<void> {
    try {
      await this.query("redshift_sandbox refused the statement");
    } catch (error) {
      // The syntax error is the purpose.
      if (!(error instanceof BackendError) || error.sqlstate !== "42601") throw error;
    }
  }

  #data(chunk: Buffer): void {
    const framing = this.#framing;
    framing.push(chunk);
    // Neighbours that are relayed as they are travel together.
    let region: Buffer | undefined;
    let from = 0;
    let to = 0;
    while (framing.next()) {
      if (
        framing.type === toClient.dataRow &&
        this.#collector === undefined &&
        this.#listener.rewrittenColumns === undefined
      )
        framing.extend();
      const { type, buffer, start, end } = framing;
      const verdict = this.#judge(type, buffer, start, end);
      if (verdict === "keep" && region === buffer && to === start) {
        to = end;
        continue;
      }
      if (region !== undefined) this.#relay(region, from, to);
      region = undefined;
      if (verdict === "keep") {
        region = buffer;
        from = start;
        to = end;
      } else if (verdict !== "drop") this.#listener.relay(verdict);
    }
    if (region !== undefined) this.#relay(region, from, to);
    this.#onChunk?.();
    this.#listener.chunkEnd();
  }

  #relay(buffer: Buffer, from: number, to: number): void {
    this.#listener.relay(from === 0 && to === buffer.length ? buffer : buffer.subarray(from, to));
  }

  #judge(type: number, buffer: Buffer, start: number, end: number): Verdict {
    if (this.#muted) return "drop";
    const collector = this.#collector;
    if (collector === undefined) {
      if (type !== toClient.dataRow) return this.#listener.message(type, buffer, start, end);
      const columns = this.#listener.rewrittenColumns;
      return columns === undefined ? "keep" : withCompact(buffer, start, end, columns);
    }
    if (type === toClient.noticeResponse && this.#onNotice !== undefined) {
      this.#onNotice(buffer.subarray(start + 5, end));
      return "drop";
    }
    if (
      type === toClient.noticeResponse ||
      type === toClient.parameterStatus ||
      type === toClient.notificationResponse
    )
      return this.#listener.message(type, buffer, start, end);
    if (type === toClient.readyForQuery) this.state = stateOf(buffer[start + 5]);
    collector(type, buffer.subarray(start + 5, end));
    return "drop";
  }

  #lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onLost?.(lostError());
    this.#listener.closed();
  }
}

export function stateOf(byte: number | undefined): TransactionState {
  return byte === 0x49 ? "I" : byte === 0x54 ? "T" : "E";
}

function lostError(): SqlError {
  return new SqlError("08006", "connection to the database engine was lost");
}
