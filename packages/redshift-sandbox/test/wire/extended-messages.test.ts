import fc from "fast-check";
import { expect, test } from "vitest";
import { readBind, readExecute, readNamed, readParse } from "../../src/wire/extended-messages.ts";
import { message, toServer } from "../../src/wire/messages.ts";

const name = fc.string({ unit: "binary", maxLength: 10 }).map((text) => text.replaceAll("\0", ""));

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Between neighbours, as it stands in a chunk. */
function placed(whole: Buffer): { buffer: Buffer; start: number; end: number } {
  return {
    buffer: Buffer.concat([message(toServer.sync), whole, message(toServer.sync)]),
    start: 5,
    end: 5 + whole.length,
  };
}

test("Parse is read where it lies", () => {
  fc.assert(
    fc.property(name, name, fc.array(fc.integer({ min: 0, max: 9999 })), (statement, sql, types) => {
      const body = Buffer.concat([
        Buffer.from(`${statement}\0${sql}\0`),
        int16(types.length),
        ...types.map(int32),
      ]);
      const { buffer, start, end } = placed(message(toServer.parse, body));
      const read = readParse(buffer, start, end);
      expect(read.name).toBe(Buffer.from(statement).toString());
      expect(buffer.toString("utf8", read.nameStart, read.nameEnd)).toBe(`${read.name}\0`);
      expect(buffer.toString("utf8", read.nameEnd, read.textEnd)).toBe(`${Buffer.from(sql).toString()}\0`);
      expect(read.typeCount).toBe(types.length);
    }),
  );
});

test("Bind is read where it lies, NULL among its values", () => {
  const values = fc.array(fc.option(fc.uint8Array({ maxLength: 10 })), { maxLength: 5 });
  fc.assert(
    fc.property(name, name, values, fc.array(fc.constantFrom(0, 1)), (portal, statement, given, formats) => {
      const body = Buffer.concat([
        Buffer.from(`${portal}\0${statement}\0`),
        int16(1),
        int16(0),
        int16(given.length),
        ...given.flatMap((value) => (value === null ? [int32(-1)] : [int32(value.length), value])),
        int16(formats.length),
        ...formats.map(int16),
      ]);
      const { buffer, start, end } = placed(message(toServer.bind, body));
      expect(readBind(buffer, start, end, true)).toEqual({
        portal: Buffer.from(portal).toString(),
        statement: Buffer.from(statement).toString(),
        parameterCount: given.length,
        resultFormats: formats,
      });
    }),
  );
});

test("Describe, Close and Execute are read where they lie", () => {
  const named = placed(message(toServer.describe, Buffer.from("Pportal\0")));
  expect(readNamed(named.buffer, named.start, named.end)).toEqual({ kind: 0x50, name: "portal" });
  const body = Buffer.concat([Buffer.from("portal\0"), Buffer.from([0xff, 0xff, 0xff, 0xfe])]);
  const execute = placed(message(toServer.execute, body));
  expect(readExecute(execute.buffer, execute.start, execute.end)).toEqual({
    portal: "portal",
    maxRows: 0xffff_fffe,
  });
});

test("a message that ends too early is refused, and what follows it is not taken for its own", () => {
  const readers = {
    parse: readParse,
    bind: (buffer: Buffer, start: number, end: number) => readBind(buffer, start, end, true),
    describe: readNamed,
    execute: readExecute,
  };
  const whole = {
    parse: Buffer.from("name\0text\0\0\0"),
    bind: Buffer.from("portal\0name\0\0\0\0\x01\0\0\0\x02ab\0\0"),
    describe: Buffer.from("Sname\0"),
    execute: Buffer.from("portal\0\0\0\0\0"),
  };
  for (const kind of ["parse", "bind", "describe", "execute"] as const)
    for (let size = 0; size < whole[kind].length; size += 1) {
      const { buffer, start, end } = placed(message(toServer[kind], whole[kind].subarray(0, size)));
      expect(() => readers[kind](buffer, start, end), `${kind} of ${size} bytes`).toThrow(RangeError);
    }
});
