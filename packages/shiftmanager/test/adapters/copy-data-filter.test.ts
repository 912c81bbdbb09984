import fc from "fast-check";
import { expect, test } from "vitest";
import { CopyDataFilter } from "../../src/adapters/copy-data-filter.ts";

interface Message {
  readonly code: string;
  readonly body: Uint8Array;
}

function encoded({ code, body }: Message): Buffer {
  const header = Buffer.alloc(5);
  header.write(code);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** The wire's bytes, cut at `cuts`. */
function chunks(messages: readonly Message[], cuts: readonly number[]): Buffer[] {
  const whole = Buffer.concat(messages.map(encoded));
  const at = [...new Set(cuts.map((cut) => (whole.length === 0 ? 0 : cut % whole.length)))].sort(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, i) => Buffer.from(whole.subarray(from, at[i] ?? whole.length)));
}

const message = fc.record({
  code: fc.constantFrom("d", "d", "d", "N", "C", "Z"),
  body: fc.uint8Array({ maxLength: 40 }),
});

test("rows go to the sink and everything else to the driver, wherever the chunks are cut", () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const filter = new CopyDataFilter();
      const rows: string[] = [];
      let begun = "";
      const passed: Buffer[] = [];
      filter.sink = {
        add(bytes, ends) {
          const text = begun + bytes.toString("latin1");
          let start = 0;
          for (const end of ends) {
            rows.push(text.slice(start, begun.length + end));
            start = begun.length + end;
          }
          begun = text.slice(start);
        },
      };
      for (const chunk of chunks(messages, cuts))
        filter.read(chunk, (bytes) => passed.push(Buffer.from(bytes)));
      expect(begun).toBe("");
      expect(rows).toEqual(
        messages.filter(({ code }) => code === "d").map(({ body }) => Buffer.from(body).toString("latin1")),
      );
      expect(Buffer.concat(passed)).toEqual(
        Buffer.concat(messages.filter(({ code }) => code !== "d").map(encoded)),
      );
    }),
  );
});

test("without a sink rows go to the driver as well", () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const filter = new CopyDataFilter();
      const passed: Buffer[] = [];
      for (const chunk of chunks(messages, cuts))
        filter.read(chunk, (bytes) => passed.push(Buffer.from(bytes)));
      expect(Buffer.concat(passed)).toEqual(Buffer.concat(messages.map(encoded)));
    }),
  );
});

test("rows reach the sink before the message that follows them", () => {
  const filter = new CopyDataFilter();
  const told: string[] = [];
  filter.sink = { add: (bytes) => told.push(bytes.toString()) };
  const wire = [
    { code: "d", body: Buffer.from("one") },
    { code: "C", body: Buffer.from("end") },
    { code: "d", body: Buffer.from("two") },
  ];
  filter.read(Buffer.concat(wire.map(encoded)), (bytes) => told.push(bytes.toString("latin1", 0, 1)));
  expect(told).toEqual(["one", "C", "two"]);
});
