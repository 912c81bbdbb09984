import { connect } from "node:net";
import type { Socket } from "node:net";
import { createHash } from "node:crypto";
import { Framing } from "../../src/wire/framing.ts";
import { reportFields } from "../../src/wire/messages.ts";

/** A message as a test compares it: its type letter, and what of its body tells something. */
export type Told = string;

/** A client that sends exactly the bytes it is told to. */
export class RawClient {
  readonly socket: Socket;
  readonly #framing = new Framing(1 << 30);
  #wake: () => void = () => undefined;
  #ended = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk: Buffer) => {
      this.#framing.push(chunk);
      this.#wake();
    });
    // A reset is an end like any other here.
    this.socket.on("error", () => this.socket.destroy());
    this.socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(...messages: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The next message; undefined when the connection is closed. */
  async next(): Promise<{ readonly type: string; readonly body: Buffer } | undefined> {
    while (!this.#framing.next()) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const { type, buffer, start, end } = this.#framing;
    return { type: String.fromCharCode(type), body: Buffer.from(buffer.subarray(start + 5, end)) };
  }

  /** Messages up to and with the last of that type, told. */
  async until(type: string): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (;;) {
      const found = await this.next();
      if (found === undefined) return [...told, "closed"];
      told.push(tell(found.type, found.body));
      if (found.type === type) return told;
    }
  }

  /** Exactly so many messages, told. */
  async take(count: number): Promise<readonly Told[]> {
    const told: Told[] = [];
    while (told.length < count) {
      const found = await this.next();
      if (found === undefined) return [...told, "closed"];
      told.push(tell(found.type, found.body));
    }
    return told;
  }

  async logIn(
    user: string,
    password: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<readonly Told[]> {
    this.send(startup({ user, database: "dev", ...more }));
    const told: Told[] = [];
    for (;;) {
      const found = await this.next();
      if (found === undefined) return [...told, "closed"];
      told.push(tell(found.type, found.body));
      if (found.type === "R" && found.body.readUInt32BE(0) === 5) {
        const inner = md5(Buffer.from(password + user));
        const reply = md5(Buffer.concat([Buffer.from(inner), found.body.subarray(4, 8)]));
        this.send(frame("p", `md5${reply}\0`));
      }
      if (found.type === "Z" || found.type === "E") return told;
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

export function startup(parameters: Readonly<Record<string, string>>, version = 0x0003_0000): Buffer {
  let text = "";
  for (const [name, value] of Object.entries(parameters)) text += `${name}\0${value}\0`;
  return packet(version, Buffer.from(`${text}\0`));
}

/** A packet without a type, as before the login. */
export function packet(code: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

export function frame(type: string, body: string | Uint8Array = ""): Buffer {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export const query = (sql: string): Buffer => frame("Q", `${sql}\0`);
export const parse = (sql: string, name = "", types: readonly number[] = []): Buffer =>
  frame("P", Buffer.concat([Buffer.from(`${name}\0${sql}\0`), int16(types.length), ...types.map(int32)]));
export const describe = (kind: "S" | "P", name = ""): Buffer => frame("D", `${kind}${name}\0`);
export const close = (kind: "S" | "P", name = ""): Buffer => frame("C", `${kind}${name}\0`);
export const flush: Buffer = frame("H");
export const sync: Buffer = frame("S");
export const terminate: Buffer = frame("X");

export function bind(
  options: {
    readonly portal?: string;
    readonly statement?: string;
    readonly values?: readonly string[];
    readonly formats?: readonly number[];
  } = {},
): Buffer {
  const { portal = "", statement = "", values = [], formats = [] } = options;
  const parts = [Buffer.from(`${portal}\0${statement}\0`), int16(0), int16(values.length)];
  for (const value of values) parts.push(int32(Buffer.byteLength(value)), Buffer.from(value));
  parts.push(int16(formats.length), ...formats.map(int16));
  return frame("B", Buffer.concat(parts));
}

export function execute(portal = "", maxRows = 0): Buffer {
  return frame("E", Buffer.concat([Buffer.from(`${portal}\0`), int32(maxRows)]));
}

function tell(type: string, body: Buffer): Told {
  if (type === "E" || type === "N") {
    const fields = reportFields(body);
    return `${type} ${fields.get("S")} ${fields.get("C")} ${fields.get("M")}`;
  }
  if (type === "D") return `D ${values(body).join("|")}`;
  if (type === "T") return `T ${columns(body).join("|")}`;
  if (type === "t") return ["t", body.readUInt16BE(0), ...parameterTypes(body)].join(" ");
  if (type === "R") return `R ${body.readUInt32BE(0)}`;
  if (type === "K") return "K";
  return `${type} ${body.toString("utf8").replace(/\0$/, "").replaceAll("\0", "=")}`.trim();
}

function parameterTypes(body: Buffer): number[] {
  return Array.from({ length: body.readUInt16BE(0) }, (_, index) => body.readUInt32BE(2 + 4 * index));
}

function columns(body: Buffer): string[] {
  const found: string[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    const end = body.indexOf(0, at);
    found.push(
      `${body.toString("utf8", at, end)}:${body.readUInt32BE(end + 7)}:${body.readInt16BE(end + 17)}`,
    );
    at = end + 19;
  }
  return found;
}

function values(body: Buffer): string[] {
  const found: string[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    const length = body.readInt32BE(at);
    found.push(length === -1 ? "NULL" : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(length, 0);
  }
  return found;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
