import fc from "fast-check";
import { expect, test } from "vitest";
import { Framing } from "../../src/wire/framing.ts";
import { message } from "../../src/wire/messages.ts";

const stream = fc.array(fc.tuple(fc.constantFrom(0x44, 0x54, 0x5a), fc.uint8Array({ maxLength: 40 })));

/** The bytes cut into chunks of these sizes, again and again. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test("however a stream is cut, each message comes out once and whole", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent, sizes) => {
      const messages = sent.map(([type, body]) => message(type, body));
      const framing = new Framing(1000);
      const found: Buffer[] = [];
      for (const chunk of cut(Buffer.concat(messages), sizes)) {
        framing.push(chunk);
        while (framing.next()) found.push(Buffer.from(framing.buffer.subarray(framing.start, framing.end)));
      }
      expect(found).toEqual(messages);
      expect(framing.pendingBytes).toBe(0);
    }),
  );
});

test("extended, a message takes its neighbours of the same type with it and no others", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sent, sizes) => {
      const whole = Buffer.concat(sent.map(([type, body]) => message(type, body)));
      const framing = new Framing(1000);
      const found: Buffer[] = [];
      for (const chunk of cut(whole, sizes)) {
        framing.push(chunk);
        while (framing.next()) {
          framing.extend();
          const group = Buffer.from(framing.buffer.subarray(framing.start, framing.end));
          const inside = new Framing(1000);
          inside.push(group);
          while (inside.next()) expect(inside.type).toBe(framing.type);
          expect(inside.pendingBytes).toBe(0);
          found.push(group);
        }
      }
      expect(Buffer.concat(found)).toEqual(whole);
    }),
  );
});

test.each([
  ["less than its own four bytes", Buffer.from([0x44, 0, 0, 0, 3])],
  ["more than is allowed", Buffer.from([0x44, 0, 0, 4, 0])],
  ["more than two gigabytes", Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff])],
])("a length of %s is refused", (_, bytes) => {
  const framing = new Framing(1000);
  framing.push(bytes);
  expect(() => framing.next()).toThrow(RangeError);
  const after = new Framing(1000);
  after.push(Buffer.concat([message(0x44), bytes]));
  expect(after.next()).toBe(true);
  expect(() => after.extend()).toThrow(RangeError);
});
