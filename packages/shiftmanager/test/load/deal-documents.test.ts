import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoadError } from "../../src/errors.ts";
import { ColumnPlan } from "../../src/load/column-plan.ts";
import { dealDocuments } from "../../src/load/deal-documents.ts";
import { dealRows } from "../../src/load/deal-rows.ts";
import { readJsonDocuments } from "../../src/load/json-documents.ts";
import type { JsonSource } from "../../src/load/json-source.ts";

const table = { schema: "s", name: "t", columns: ["a", "b"].map((name) => ({ name, identity: null })) };

/** The lines of each file, and the rows of the source that they are said to be. */
async function dealt(data: JsonSource, slices: number, plan?: ColumnPlan) {
  const contents: Buffer[] = [];
  const told: number[] = [];
  const { rows, places } = await dealRows(
    (taker, stopped) =>
      dealDocuments(data, taker, stopped, {
        ...(plan === undefined ? {} : { plan }),
        onRows: (count, _, number) => told.push(number, count),
      }),
    {
      partBytes: 0,
      async write(slice, bytes, { onSent }) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of bytes) {
          chunks.push(chunk);
          onSent(chunk.length);
        }
        contents[slice] = Buffer.concat(chunks);
        return { bytes: contents[slice].length };
      },
    },
    { slices },
  );
  const files = contents.map((bytes) => gunzipSync(bytes).toString().split("\n").slice(0, -1));
  const numbered = files.flatMap((lines, slice) =>
    lines.map((line, i) => ({ row: places.rowAt(slice, i + 1), line })),
  );
  numbered.sort((one, other) => one.row - other.row);
  return { rows, files, numbered, told };
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const document = fc.dictionary(fc.constantFrom("a", "b"), fc.jsonValue());
/** What may stand between documents, and what a document looks like when it is spread over lines. */
const gap = fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", " \n", "", " ", "\n\t");
const written = fc
  .tuple(document, fc.constantFrom(undefined, undefined, undefined, 1))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

describe("dealDocuments", () => {
  test.each<[string, () => ColumnPlan | undefined]>([
    ["nothing needs them parsed", () => undefined],
    ["COPY looks for the keys", () => new ColumnPlan(table, "auto", undefined)],
    ["paths are made from the keys", () => new ColumnPlan(table, null, undefined)],
  ])(
    "however a file is laid out and cut, its documents come out one a line, in order, where %s",
    async (_, plan) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(written, gap), { maxLength: 30 }),
          fc.integer({ min: 1, max: 400 }),
          fc.integer({ min: 1, max: 4 }),
          async (parts, size, slices) => {
            // The first decides which keys there may be.
            const texts = ['{"a":1,"b":2}', ...parts.map(([text]) => text)];
            const file = texts.map((text, i) => text + (parts[i]?.[1] ?? "")).join("");
            const source = readJsonDocuments(pieces(Buffer.from(file), size), "f");
            const { rows, numbered, told } = await dealt(source, slices, plan());
            expect(rows).toBe(texts.length);
            expect(numbered.map(({ line }) => JSON.parse(line) as unknown)).toEqual(
              texts.map((text) => JSON.parse(text) as unknown),
            );
            expect(numbered.map(({ row }) => row)).toEqual(texts.map((_, i) => i + 1));
            for (let i = 0; i + 2 < told.length; i += 2)
              expect(told[i + 2]).toBe((told[i] ?? 0) + (told[i + 1] ?? 0));
          },
        ),
      );
    },
  );

  test("documents one a line are passed on byte for byte, numbers and layout included", async () => {
    const texts = Array.from({ length: 2000 }, (_, n) => `{ "a": ${n}.10, "b":"größe \\n 😀 \\u00e4" }`);
    const source = () => pieces(Buffer.from(texts.join("\n")), 10_000);
    const { numbered } = await dealt(source(), 3);
    expect(numbered.map(({ line }) => line)).toEqual(texts);
    const { numbered: parsed } = await dealt(source(), 3, new ColumnPlan(table, null, undefined));
    expect(parsed).toEqual(numbered);
  });

  test("files come out equal, whatever the sizes of rows are, and none is empty", async () => {
    const size = (n: number) => (n % 97 === 0 ? 20_000 : (n * 7919) % 300);
    const rows = Array.from({ length: 10_000 }, (_, n) => ({ a: n, b: "x".repeat(size(n)) }));
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    for (const data of [rows, pieces(Buffer.from(text), 64 * 1024)] satisfies JsonSource[]) {
      const { files } = await dealt(data, 7);
      const bytes = files.map((lines) => lines.join("\n").length);
      expect(files).toHaveLength(7);
      expect(Math.max(...bytes) / Math.min(...bytes)).toBeLessThan(1.15);
    }
  });

  test.each([
    ['{"a":"x\\u0000"}', "f, line 3 holds a NUL character at $['a']"],
    ['{"a":"x\\ud83d y"}', "f, line 3 holds half of a surrogate pair at $['a']"],
    ['{"a":"x\\uDE00 y"}', "f, line 3 holds half of a surrogate pair at $['a']"],
    ['{"a":"x\0y"}', "f, line 3 is not JSON"],
    ['{"a":"x\ny"}', "f, line 3 is not JSON: it ends inside a text"],
    ['{"a":"x\\\ny"}', "f, line 3 is not JSON: it ends inside a text"],
    ["oops", "f, line 3 is not JSON where a document should begin"],
    ['{"a":1}}', "f, line 3 is not JSON where a document should begin"],
    ['{"a":[1}', "f ends inside the document that begins on line 3"],
  ])("%j in a file that is not parsed is refused by file and line", async (bad, message) => {
    const text = ['{"a":1}', '{"a":2}', bad].join("\n");
    const run = dealt(readJsonDocuments(pieces(Buffer.from(text), 7), "f"), 2);
    await expect(run).rejects.toBeInstanceOf(LoadError);
    await expect(run).rejects.toThrow(message);
  });

  test("the first of two faults of a piece is the one that is told", async () => {
    const latin = Buffer.from('{"a":1}\n{"a":"gr\u00fcn"}\n{"a":3}\noops', "latin1");
    const run = dealt(readJsonDocuments(pieces(latin, 1000), "f"), 2);
    await expect(run).rejects.toThrow("f, line 2: the document that begins there is not UTF-8");
  });
});
