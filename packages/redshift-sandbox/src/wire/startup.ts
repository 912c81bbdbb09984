import { SqlError } from "../errors.ts";
import { message, toClient } from "./messages.ts";

/** Codes that stand where a startup packet has its protocol version. */
export const sslRequestCode = 80877103;
export const gssRequestCode = 80877104;
export const cancelRequestCode = 80877102;

/** What a client asked for when it connected. */
export interface Startup {
  readonly user: string;
  readonly database: string;
  /** Settings for the backend, by PostgreSQL's name. */
  readonly settings: ReadonlyMap<string, string>;
  /** The client wants a newer 3.x than 3.0, or sent `_pq_.` options: it is told that it gets 3.0 without them. */
  readonly negotiate: { readonly options: readonly string[] } | undefined;
}

/** Settings that a client may give when it connects, in lower case. Drivers of Redshift send many more; those are dropped. */
const settable = new Set([
  "application_name",
  "datestyle",
  "extra_float_digits",
  "search_path",
  "statement_timeout",
  "timezone",
]);

/** What a client may call UTF-8; `sql_ascii` converts nothing, so it is UTF-8 too. */
const utf8Names = new Set(["utf8", "unicode", "sqlascii"]);

/**
 * Reads a startup packet's body (after its length).
 * @throws SqlError 0A000 for another protocol than 3, 22023 for settings that a cluster refuses, 28000 without a user.
 */
export function readStartup(body: Buffer): Startup {
  const version = body.readUInt32BE(0);
  if (version >>> 16 !== 3)
    throw new SqlError(
      "0A000",
      `unsupported frontend protocol ${version >>> 16}.${version & 0xffff}: server supports 3.0 to 3.0`,
    );
  const given = pairs(body);
  const user = given.get("user") ?? "";
  if (user === "") throw new SqlError("28000", "no PostgreSQL user name specified in startup packet");
  const settings = new Map<string, string>();
  // Redshift rounds floating point numbers to 15 digits unless asked.
  settings.set("extra_float_digits", "0");
  const set = (name: string, value: string): void => {
    const lower = name.toLowerCase();
    if (lower === "extra_float_digits") checkFloatDigits(value);
    if (lower === "search_path") checkSearchPath(value);
    settings.set(lower, value);
  };
  const options: string[] = [];
  for (const [name, value] of given) {
    if (name.startsWith("_pq_.")) options.push(name);
    else if (name === "client_encoding") checkEncoding(value);
    else if (name === "options")
      for (const [option, wanted] of commandLineSettings(value)) {
        if (option === "client_encoding") checkEncoding(wanted);
        else if (settable.has(option)) set(option, wanted);
        else throw new SqlError("42704", `unrecognized configuration parameter "${option}"`);
      }
    else if (settable.has(name.toLowerCase())) set(name, value);
  }
  const wanted = given.get("database") ?? "";
  return {
    user,
    database: wanted === "" ? user : wanted,
    settings,
    negotiate: (version & 0xffff) > 0 || options.length > 0 ? { options } : undefined,
  };
}

/** The startup packet for the backend. */
export function startupPacket(user: string, database: string, settings: ReadonlyMap<string, string>): Buffer {
  let text = `user\0${user}\0database\0${database}\0client_encoding\0UTF8\0`;
  for (const [name, value] of settings) text += `${name}\0${value}\0`;
  const body = Buffer.from(`${text}\0`, "utf8");
  const packet = Buffer.allocUnsafe(8 + body.length);
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt32BE(0x0003_0000, 4);
  packet.set(body, 8);
  return packet;
}

/** The packet that asks a backend to cancel what it does. */
export function cancelPacket(processId: number, secret: number): Buffer {
  const packet = Buffer.allocUnsafe(16);
  packet.writeUInt32BE(16, 0);
  packet.writeUInt32BE(cancelRequestCode, 4);
  packet.writeUInt32BE(processId, 8);
  packet.writeUInt32BE(secret, 12);
  return packet;
}

/** A packet of the time before the login, from its body. */
export function withLength(body: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(4 + body.length);
  packet.writeUInt32BE(packet.length, 0);
  packet.set(body, 4);
  return packet;
}

/** NegotiateProtocolVersion: the client gets protocol 3.0 and none of the options it asked for. */
export function negotiation(options: readonly string[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x0003_0000, 0);
  head.writeUInt32BE(options.length, 4);
  const names = Buffer.from(options.map((option) => `${option}\0`).join(""), "utf8");
  return message(toClient.negotiateProtocolVersion, Buffer.concat([head, names]));
}

function pairs(body: Buffer): Map<string, string> {
  const texts = body.toString("utf8", 4).split("\0");
  const given = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const name = texts[at] ?? "";
    if (name === "") break;
    given.set(name, texts[at + 1] ?? "");
  }
  return given;
}

/** @see facts.md 6.4: a cluster knows -15 to 2 and closes the connection on anything else. */
function checkFloatDigits(value: string): void {
  const digits = /^[+-]?\d{1,9}$/.test(value.trim()) ? Number(value) : undefined;
  if (digits === undefined)
    throw new SqlError("22023", `invalid value for parameter "extra_float_digits": "${value}"`);
  if (digits < -15 || digits > 2)
    throw new SqlError(
      "22023",
      `${digits} is outside the valid range for parameter "extra_float_digits" (-15 .. 2)`,
    );
}

/** A path through the sandbox's own schema would find its tables without naming it. */
function checkSearchPath(value: string): void {
  if (value.toLowerCase().includes("redshift_sandbox"))
    throw new SqlError("42501", "permission denied for schema redshift_sandbox");
}

function checkEncoding(value: string): void {
  const plain = value.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
  if (plain !== "" && !utf8Names.has(plain))
    throw new SqlError("22023", `invalid value for parameter "client_encoding": "${value}"`, {
      hint: "redshift-sandbox speaks UTF-8 only.",
    });
}

/** `-c name=value`, `-cname=value` and `--name=value`, words cut at blanks that no backslash protects. */
function commandLineSettings(options: string): [string, string][] {
  const words = (options.match(/(?:\\[^]|[^\s\\])+/g) ?? []).map((word) => word.replace(/\\([^])/g, "$1"));
  const found: [string, string][] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    let assignment: string | undefined;
    if (word === "-c") assignment = words[(at += 1)];
    else if (word.startsWith("-c")) assignment = word.slice(2);
    else if (word.startsWith("--")) assignment = word.slice(2);
    const match = /^([^=]+)=([^]*)$/.exec(assignment ?? "");
    if (match === null)
      throw new SqlError("42601", `invalid command-line argument for server process: ${word}`);
    found.push([(match[1] ?? "").replaceAll("-", "_").toLowerCase(), match[2] ?? ""]);
  }
  return found;
}
