import type { Column } from "../sql/plan.ts";

/** Type bytes of the protocol's messages that the wire looks at; `to` is the direction they travel. */
export const toServer = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  describe: 0x44,
  execute: 0x45,
  flush: 0x48,
  functionCall: 0x46,
  parse: 0x50,
  password: 0x70,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const;

export const toClient = {
  authentication: 0x52,
  backendKeyData: 0x4b,
  bindComplete: 0x32,
  closeComplete: 0x33,
  commandComplete: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQueryResponse: 0x49,
  errorResponse: 0x45,
  negotiateProtocolVersion: 0x76,
  noData: 0x6e,
  noticeResponse: 0x4e,
  notificationResponse: 0x41,
  parameterDescription: 0x74,
  parameterStatus: 0x53,
  parseComplete: 0x31,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const;

/** `I` idle, `T` in a transaction, `E` in a failed one. */
export type TransactionState = "I" | "T" | "E";

export const parseComplete: Buffer = message(toClient.parseComplete);
export const bindComplete: Buffer = message(toClient.bindComplete);
export const closeComplete: Buffer = message(toClient.closeComplete);
export const noData: Buffer = message(toClient.noData);
export const portalSuspended: Buffer = message(toClient.portalSuspended);
export const emptyQueryResponse: Buffer = message(toClient.emptyQueryResponse);
export const noParameters: Buffer = message(toClient.parameterDescription, Buffer.alloc(2));
export const authenticationOk: Buffer = message(toClient.authentication, Buffer.alloc(4));
export const flush: Buffer = message(toServer.flush);
export const sync: Buffer = message(toServer.sync);
export const copyDone: Buffer = message(toServer.copyDone);

const ready: Readonly<Record<TransactionState, Buffer>> = {
  I: message(toClient.readyForQuery, Buffer.from("I")),
  T: message(toClient.readyForQuery, Buffer.from("T")),
  E: message(toClient.readyForQuery, Buffer.from("E")),
};

/** A message of the given type around a body. */
export function message(type: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const whole = Buffer.allocUnsafe(5 + body.length);
  whole[0] = type;
  whole.writeUInt32BE(4 + body.length, 1);
  whole.set(body, 5);
  return whole;
}

/** The five bytes before a body of that many bytes. */
export function header(type: number, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = type;
  head.writeUInt32BE(4 + bodyBytes, 1);
  return head;
}

/** A message whose body is one text: Query, CommandComplete, CopyFail. */
export function textMessage(type: number, text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const whole = Buffer.allocUnsafe(6 + bytes);
  whole[0] = type;
  whole.writeUInt32BE(5 + bytes, 1);
  whole.write(text, 5, "utf8");
  whole[5 + bytes] = 0;
  return whole;
}

export function readyForQuery(state: TransactionState): Buffer {
  return ready[state];
}

/** Parse, with the parameter types (count and oids) as the client sent them. */
export function parse(name: Uint8Array, sql: string, types: Uint8Array): Buffer {
  const text = Buffer.from(`${sql}\0`, "utf8");
  return message(toServer.parse, Buffer.concat([name, text, types]));
}

/** An ErrorResponse or NoticeResponse from its fields, by letter. */
export function report(
  type: typeof toClient.errorResponse | typeof toClient.noticeResponse,
  fields: Iterable<readonly [string, string]>,
): Buffer {
  let body = "";
  for (const [letter, value] of fields) body += `${letter}${value.replaceAll("\0", "")}\0`;
  return message(type, Buffer.from(`${body}\0`, "utf8"));
}

/** The fields of an ErrorResponse or NoticeResponse, by letter, in the order they came in. */
export function reportFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end === -1) break;
    fields.set(String.fromCharCode(body[at] ?? 0), body.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return fields;
}

/** Bytes of a type's values as `pg_type.typlen` says; -1 for those that vary. */
const typeLengths: Readonly<Record<number, number>> = {
  16: 1,
  18: 1,
  19: 64,
  20: 8,
  21: 2,
  23: 4,
  26: 4,
  700: 4,
  701: 8,
  1082: 4,
  1114: 8,
  1184: 8,
};

/** Types whose binary form is their text, so that a virtual statement can answer either. */
export const textLikeTypes: ReadonlySet<number> = new Set([18, 19, 25, 705, 1042, 1043]);

export function rowDescription(columns: readonly Column[], formats?: readonly number[]): Buffer {
  const parts: Buffer[] = [Buffer.from([columns.length >> 8, columns.length & 0xff])];
  columns.forEach((column, index) => {
    const tail = Buffer.alloc(18);
    tail.writeUInt32BE(column.oid, 6);
    tail.writeInt16BE(typeLengths[column.oid] ?? -1, 10);
    tail.writeInt32BE(-1, 12);
    tail.writeInt16BE(formats?.[index] ?? 0, 16);
    parts.push(Buffer.from(`${column.name}\0`, "utf8"), tail);
  });
  return message(toClient.rowDescription, Buffer.concat(parts));
}

export function dataRow(values: readonly (string | null)[]): Buffer {
  let bytes = 7;
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const row = Buffer.allocUnsafe(bytes);
  row[0] = toClient.dataRow;
  row.writeUInt32BE(bytes - 1, 1);
  row.writeUInt16BE(values.length, 5);
  let at = 7;
  for (const value of values) {
    const length = value === null ? -1 : row.write(value, at + 4, "utf8");
    row.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return row;
}

/** The columns of a RowDescription. */
export function describedColumns(body: Buffer): Column[] {
  const columns: Column[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    const end = body.indexOf(0, at);
    columns.push({ name: body.toString("utf8", at, end), oid: body.readUInt32BE(end + 7) });
    at = end + 19;
  }
  return columns;
}

/** The values of a DataRow in text format. */
export function rowValues(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length === -1) values.push(null);
    else values.push(body.toString("utf8", at, (at += length)));
  }
  return values;
}
