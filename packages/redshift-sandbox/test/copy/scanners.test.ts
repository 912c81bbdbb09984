import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvScanner } from "../../src/copy/csv-scanner.ts";
import { DelimitedScanner } from "../../src/copy/delimited-scanner.ts";
import { IN_SCRATCH, IS_NULL, PRESENT } from "../../src/copy/fields.ts";
import { autoMapping } from "../../src/copy/json-mapping.ts";
import { parseJsonPaths } from "../../src/copy/json-paths.ts";
import { JsonScanner } from "../../src/copy/json-scanner.ts";
import { readRecords } from "../../src/copy/record-reader.ts";
import type { RecordScanner } from "../../src/copy/record-scanner.ts";

type Scanned = string;

async function scan(
  scanner: RecordScanner,
  chunks: readonly Buffer[],
  header = 0,
): Promise<readonly Scanned[]> {
  const found: Scanned[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      await Promise.resolve();
      yield chunk;
    }
  }
  for await (const _ of readRecords(source(), scanner, header, (buffer, line) => {
    if (scanner.outcome === "bad") {
      found.push(`${String(line)}! ${scanner.complaint?.reason ?? ""}`);
      return;
    }
    const { fields } = scanner;
    const values = [...fields.flags].map((flags, i) => {
      if ((flags & PRESENT) === 0) return "-";
      if ((flags & IS_NULL) !== 0) return "null";
      const source = (flags & IN_SCRATCH) === 0 ? buffer : fields.scratch;
      return `<${source.toString("utf8", fields.starts[i], fields.ends[i])}>`;
    });
    found.push(`${String(line)}: ${values.join(" ")}${fields.count > 0 ? ` (${String(fields.count)})` : ""}`);
  }));
  return found;
}

const whole = (make: () => RecordScanner, text: string, header = 0): Promise<readonly Scanned[]> =>
  scan(make(), [Buffer.from(text)], header);

/** Cut everywhere in two, and into single bytes: the same records must come out. */
async function expectSameHoweverCut(make: () => RecordScanner, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const expected = await scan(make(), [bytes]);
  for (let at = 0; at <= bytes.length; at++) {
    expect(await scan(make(), [bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${String(at)}`).toEqual(
      expected,
    );
  }
  expect(
    await scan(
      make(),
      [...bytes].map((byte) => Buffer.from([byte])),
    ),
  ).toEqual(expected);
}

const json = (...columns: string[]): RecordScanner =>
  new JsonScanner(columns.length, autoMapping(columns, false));
const paths = (width: number, ...list: string[]): RecordScanner =>
  new JsonScanner(
    width,
    parseJsonPaths(
      JSON.stringify({ jsonpaths: list }),
      "s3://b/p",
      Array.from({ length: width }, (_, i) => `c${String(i)}`),
    ),
  );
const csv = (
  width: number,
  more: { quote?: string; delimiter?: string; blank?: boolean } = {},
): RecordScanner =>
  new CsvScanner(width, {
    delimiter: (more.delimiter ?? ",").charCodeAt(0),
    quote: (more.quote ?? '"').charCodeAt(0),
    ignoreBlankLines: more.blank ?? false,
  });
const delimited = (
  width: number,
  more: { escape?: boolean; removeQuotes?: boolean; blank?: boolean; delimiter?: string } = {},
): RecordScanner =>
  new DelimitedScanner(width, {
    delimiter: (more.delimiter ?? "|").charCodeAt(0),
    escape: more.escape ?? false,
    removeQuotes: more.removeQuotes ?? false,
    ignoreBlankLines: more.blank ?? false,
    nullIsBackslashN: true,
  });

describe("JSON records", () => {
  const make = (): RecordScanner => json("a", "b");

  it.each([
    [
      "objects follow each other with white space or nothing between them",
      '{"a":1}{"b":"x"} \n\n {"a":2,"b":3}',
      ["1: <1> -", "1: - <x>", "3: <2> <3>"],
    ],
    [
      "numbers keep their digits",
      '{"a":123456789012345678901234567890.10,"b":-1.50e+07}',
      ["1: <123456789012345678901234567890.10> <-1.50e+07>"],
    ],
    [
      "escapes are decoded",
      String.raw`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`,
      ['1: <"\\/\b\f\n\r\té😀> -'],
    ],
    ["a key may be written with escapes", String.raw`{"\u0061":1}{"\u0061":2}`, ["1: <1> -", "1: <2> -"]],
    ["keys are compared case-sensitively", '{"A":1,"b":2}', ["1: - <2>"]],
    ["null is NULL, true and false are words", '{"a":null,"b":true}', ["1: null <true>"]],
    [
      "objects and arrays are taken as they stand",
      '{"a":{"x": [1, {"y":"}"}]},"b":[ ]}',
      ['1: <{"x": [1, {"y":"}"}]}> <[ ]>'],
    ],
    ["of a key that comes twice the last value counts", '{"a":1,"a":2}', ["1: <2> -"]],
    ["the line of a record is its last", '{\n"a":\n1}\n{"a":2}', ["3: <1> -", "4: <2> -"]],
    [
      "a comma between records is an error, and only that",
      '{"a":1},\n{"a":2}',
      ["1: <1> -", "1! Invalid JSON format: unexpected character 0x2c at location 0", "2: <2> -"],
    ],
    [
      "an outer array is one error",
      '[{"a":1},\n{"a":2}]\n',
      ["2! Invalid JSON format: an array is not a row without a JSONPaths file"],
    ],
    [
      "after a broken record the next line that starts one goes on",
      '{"a":1,}\n{"a":2}\n',
      ["1! Invalid JSON format: unexpected character 0x7d at location 7", "2: <2> -"],
    ],
    [
      "a record that is not closed is an error",
      '{"a":1',
      ["1! Invalid JSON format: unexpected end of the file"],
    ],
    [
      "leading zeros, single quotes and raw control characters are no JSON",
      '{"a":01}\n{\'a\':1}\n{"a":"x\ty"}\n{"a":.5}',
      [
        "1! Invalid JSON format: unexpected character 0x31 at location 6",
        "2! Invalid JSON format: unexpected character 0x27 at location 1",
        "3! Invalid JSON format: unexpected character 0x09 at location 7",
        "4! Invalid JSON format: unexpected character 0x2e at location 5",
      ],
    ],
    ["an empty object is a row of NULLs", "{}", ["1: - -"]],
  ])("%s", async (_title, text, expected) => {
    expect(await whole(make, text)).toEqual(expected);
    await expectSameHoweverCut(make, text);
  });

  it("'auto ignorecase' compares keys without case", async () => {
    const make = (): RecordScanner => new JsonScanner(1, autoMapping(["name"], true));
    expect(await whole(make, '{"NaMe":1}{"name":2}')).toEqual(["1: <1>", "1: <2>"]);
  });

  it("a record over 4 MB is refused and the next one loads", async () => {
    const text = `{"a":"${"x".repeat(4 * 1024 * 1024)}"}\n{"a":1}`;
    const chunks: Buffer[] = [];
    for (let at = 0; at < text.length; at += 65536) chunks.push(Buffer.from(text.slice(at, at + 65536)));
    expect(await scan(json("a"), chunks)).toEqual(["1! Record is larger than the 4 MB limit", "2: <1>"]);
  });

  it("header lines are skipped before the first record", async () => {
    expect(await whole(make, 'x\ny\n{"a":1}', 2)).toEqual(["3: <1> -"]);
  });

  it.each([
    [
      "dot notation, nesting and indexes",
      ["$.a.b", "$.l[1]"],
      '{"l":[1,[2]],"a":{"b":"x","c":1}}',
      ["1: <x> <[2]>"],
    ],
    ["bracket notation", ["$['a']['b c']", "$['x.y']"], '{"a":{"b c":1},"x.y":2}', ["1: <1> <2>"]],
    ["arrays as records", ["$[1]", "$[0]"], '[1,"b"] [3,4]', ["1: <b> <1>", "1: <4> <3>"]],
    ["a missing member is NULL", ["$.a.b", "$.c"], '{"c":1}', ["1: - <1>"]],
    ["a value and something inside it", ["$.a", "$.a.b"], '{"a":{"b":1}}', ['1: <{"b":1}> <1>']],
    [
      "a missing array element is an error",
      ["$.a[2]", "$.b"],
      '{"a":[1,2],"b":1}',
      ["1! Invalid JSONPath format: Not an array or index out of range."],
    ],
    [
      "an index into something else is an error",
      ["$.a[0]", "$.b"],
      '{"a":{},"b":1}',
      ["1! Invalid JSONPath format: Not an array or index out of range."],
    ],
  ])("jsonpaths: %s", async (_title, list, text, expected) => {
    const make = (): RecordScanner => paths(2, ...list);
    expect(await whole(make, text)).toEqual(expected);
    await expectSameHoweverCut(make, text);
  });

  it("any objects come out as JSON.parse reads them, however they are cut", async () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean());
    const object = fc.record({ a: value, other: fc.jsonValue(), b: value }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.array(object, { maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 2 }),
        async (objects, size, indent) => {
          const text = objects.map((each) => JSON.stringify(each, undefined, indent)).join("\n");
          const bytes = Buffer.from(text);
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
          const show = (each: string | number | boolean | undefined): string =>
            each === undefined ? "-" : `<${String(each)}>`;
          const rows = (await scan(make(), chunks)).map((row) => row.replace(/^\d+: /, ""));
          // Lone surrogates are not text; both sides show them as replacement characters.
          const shown = objects.map(({ a, b }) => Buffer.from(`${show(a)} ${show(b)}`).toString());
          if (!/[\ud800-\udfff]/.test(text) && !text.includes("\\ud")) expect(rows).toEqual(shown);
          else expect(rows.length).toBe(shown.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("CSV records", () => {
  it.each([
    ["fields and records", "1,a\n2,b\r\n3,c", ["1: <1> <a> (2)", "2: <2> <b> (2)", "3: <3> <c> (2)"]],
    [
      "quotes keep delimiters, line breaks and doubled quotes",
      '"a,b","x\ny ""z"""\n1,2\n',
      ['1: <a,b> <x\ny "z"> (2)', "3: <1> <2> (2)"],
    ],
    ["white space around quotes is ignored", ' "a" ,\t"b"\t\n', ["1: <a> <b> (2)"]],
    ["a backslash is nothing special", "\\,\\N\n", ["1: <\\> <\\N> (2)"]],
    ["empty fields", ',""\n', ["1: <> <> (2)"]],
    [
      "a quote inside a bare field is an error",
      'a"b,c\nd,e\n',
      ["1! Invalid quote formatting for CSV", "2: <d> <e> (2)"],
    ],
    [
      "text after a closing quote is an error",
      '"a"b,c\nd,e\n',
      ["1! Invalid quote formatting for CSV", "2: <d> <e> (2)"],
    ],
    ["a quote that is not closed is an error", '1,"abc\n', ["1! Invalid quote formatting for CSV"]],
    ["surplus fields are counted", "1,2,3\n", ["1: <1> <2> (3)"]],
    ["a blank line is a record of one empty field", "1,2\n\n", ["1: <1> <2> (2)", "2: <> - (1)"]],
  ])("%s", async (_title, text, expected) => {
    expect(await whole(() => csv(2), text)).toEqual(expected);
    await expectSameHoweverCut(() => csv(2), text);
  });

  it("another quote and another delimiter", async () => {
    expect(await whole(() => csv(2, { quote: "%", delimiter: ";" }), '%a;%%%;"b"\n')).toEqual([
      '1: <a;%> <"b"> (2)',
    ]);
  });

  it("blank lines can be ignored", async () => {
    await expectSameHoweverCut(() => csv(1, { blank: true }), "1\n\n\r\n2\n");
    expect(await whole(() => csv(1, { blank: true }), "1\n\n\r\n2\n")).toEqual(["1: <1> (1)", "4: <2> (1)"]);
  });

  it("any fields that are written come back, however they are cut", async () => {
    const field = fc.string({ unit: fc.constantFrom('"', ",", "\n", "a", "é", "\\", " ") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const text = rows
            .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(","))
            .join("\n");
          const bytes = Buffer.from(text === "" ? "" : `${text}\n`);
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
          const found = (await scan(csv(2), chunks)).map((row) => row.replace(/^\d+: /, ""));
          expect(found).toEqual(rows.map(([a, b]) => `<${a}> <${b}> (2)`));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("delimited records", () => {
  it.each<[string, Parameters<typeof delimited>[1], string, string[]]>([
    ["fields and records", {}, "1|a\n2|b\r\n3|", ["1: <1> <a> (2)", "2: <2> <b> (2)", "3: <3> <> (2)"]],
    ["a delimiter may end the line", {}, "1|a|\n", ["1: <1> <a> (2)"]],
    ["a surplus field is counted", {}, "1|a|b\n", ["1: <1> <a> (3)"]],
    ["without ESCAPE a backslash stays", {}, "\\N|a\\b\n", ["1: <\\N> <a\\b> (2)"]],
    [
      "ESCAPE: AWS's examples",
      { escape: true },
      "1|The quick brown fox\\\njumped\n2| A\\\\B\\\\C\n3| A \\| B\n",
      ["1: <1> <The quick brown fox\njumped> (2)", "3: <2> < A\\B\\C> (2)", "4: <3> < A | B> (2)"],
    ],
    ["ESCAPE: the null string is not unescaped", { escape: true }, "\\N|\\\\N\n", ["1: null <\\N> (2)"]],
    [
      "ESCAPE keeps a carriage return",
      { escape: true },
      "a|b\\\r\nc|d\r\n",
      ["1: <a> <b\r> (2)", "2: <c> <d> (2)"],
    ],
    [
      "REMOVEQUOTES: AWS's table",
      { removeQuotes: true },
      "\"a|b\"|'Black'\nWhite|Blue'\n' ' 'Black' ' '|' '\n",
      ["1: <a|b> <Black> (2)", "2: <White> <Blue'> (2)", "3: < ' 'Black' ' > < > (2)"],
    ],
    [
      "REMOVEQUOTES: a missing end quote is an error",
      { removeQuotes: true },
      "1|'Blue\n2|x\n",
      ["1! Delimited value missing end quote", "2: <2> <x> (2)"],
    ],
    [
      "REMOVEQUOTES with ESCAPE",
      { removeQuotes: true, escape: true },
      "4|'A Night\\'s Dream'\r\n",
      ["1: <4> <A Night's Dream> (2)"],
    ],
    ["blank lines ignored", { blank: true }, "\n1|2\n\r\n3|4\n", ["2: <1> <2> (2)", "4: <3> <4> (2)"]],
    ["another delimiter", { delimiter: "\t" }, "1\ta|b\n", ["1: <1> <a|b> (2)"]],
  ])("%s", async (_title, more, text, expected) => {
    expect(await whole(() => delimited(2, more), text)).toEqual(expected);
    await expectSameHoweverCut(() => delimited(2, more), text);
  });

  it("any fields that are escaped come back, however they are cut", async () => {
    const field = fc.string({ unit: fc.constantFrom("|", "\n", "\r", "\\", "a", "N", "é", "'") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const escape = (text: string): string => text.replace(/[\\|\n\r]/g, "\\$&");
          const bytes = Buffer.from(rows.map((row) => `${row.map(escape).join("|")}\n`).join(""));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
          const found = (await scan(delimited(2, { escape: true }), chunks)).map((row) =>
            row.replace(/^\d+: /, ""),
          );
          expect(found).toEqual(rows.map(([a, b]) => `<${a}> <${b}> (2)`));
        },
      ),
      { numRuns: 200 },
    );
  });
});
