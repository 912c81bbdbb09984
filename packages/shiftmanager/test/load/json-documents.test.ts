import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoadError } from "../../src/errors.ts";
import { readJsonDocuments } from "../../src/load/json-documents.ts";

/** The bytes of a text in pieces cut at the given places. */
async function* pieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const bytes = Buffer.from(text);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i += 1) yield bytes.subarray(at[i - 1], at[i]);
}

async function read(text: string, cuts: readonly number[] = []) {
  const found: { text: string; line: number }[] = [];
  for await (const { text: document, line } of readJsonDocuments(pieces(text, cuts), "f.json")) {
    found.push({ text: document, line });
  }
  return found;
}

describe("readJsonDocuments", () => {
  test("documents one a line", async () => {
    expect(await read('{"a":1}\n{"a":2}\n')).toEqual([
      { text: '{"a":1}', line: 1 },
      { text: '{"a":2}', line: 2 },
    ]);
  });

  test("one array that wraps them, spread over lines, with a byte order mark", async () => {
    expect(await read('\ufeff[\n {"a":\n 1},\r\n {"b":"]},"}\n]\n')).toEqual([
      { text: '{"a":  1}', line: 2 },
      { text: '{"b":"]},"}', line: 4 },
    ]);
  });

  test("numbers keep every digit", async () => {
    expect(await read('{"n":12345678901234567890.10}')).toEqual([
      { text: '{"n":12345678901234567890.10}', line: 1 },
    ]);
  });

  test("nothing, white space and an empty array hold no documents", async () => {
    expect(await read("")).toEqual([]);
    expect(await read(" \n")).toEqual([]);
    expect(await read("[]")).toEqual([]);
  });

  test.each([
    ["{}\nnot json\n", 2, "not json"],
    ["{},{}", 1, ",{}"],
    ["[{}{}]", 1, "{}]"],
    ["[{},]", 1, "]"],
    ["[{}] {}", 1, "{}"],
    ["{}\n[{}]", 2, "[{}]"],
  ])("%j is refused by line and text", async (text, line, shown) => {
    const error: unknown = await read(text).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect((error as LoadError).message).toBe(
      `f.json, line ${line} is not JSON where a document should begin: ${shown}. Nothing was loaded; mend the line and run it again.`,
    );
  });

  test("a file that was cut off is refused by the line of its last document", async () => {
    await expect(read('{}\n{"a":')).rejects.toThrow("f.json ends inside the document that begins on line 2");
    await expect(read("[{}")).rejects.toThrow("f.json ends inside its array on line 1");
  });

  test("a document over 4 MB is refused before it is read to its end", async () => {
    const endless = async function* () {
      await Promise.resolve();
      yield Buffer.from('{"a":1}\n{"a":"');
      for (;;) yield Buffer.alloc(64 * 1024, "x");
    };
    const read = async () => {
      for await (const _ of readJsonDocuments(endless(), "f.json"));
    };
    await expect(read()).rejects.toThrow("f.json, line 2: the document that begins there is over 4 MB");
  });

  test("bytes that are not UTF-8 are refused, not replaced", async () => {
    const latin = async function* () {
      await Promise.resolve();
      yield Buffer.from('{"a":1}\n{"a":"gr\u00fcn"}', "latin1");
    };
    const read = async () => {
      for await (const _ of readJsonDocuments(latin(), "f.json"));
    };
    await expect(read()).rejects.toThrow("f.json, line 2: the document that begins there is not UTF-8");
  });

  test.each(["\ufeff", "\ufffe"])(
    "UTF-16 is refused as what it is, in either byte order (%#)",
    async (mark) => {
      const wide = async function* () {
        await Promise.resolve();
        const bytes = Buffer.from(`${mark}{"a":1}\n`, "utf16le");
        yield bytes;
      };
      const read = async () => {
        for await (const _ of readJsonDocuments(wide(), "f.json"));
      };
      await expect(read()).rejects.toThrow("f.json, line 1: the document that begins there is not UTF-8");
    },
  );

  test("a line break inside a text is refused, not turned into a space", async () => {
    await expect(read('{"a":1}\n{"a":"x\ny"}')).rejects.toThrow(
      "f.json, line 2 is not JSON: it ends inside a text, where JSON writes a line break as \\n.",
    );
  });

  test("documents before a line that is not JSON are passed on first", async () => {
    const found: string[] = [];
    const run = async () => {
      for await (const { text } of readJsonDocuments(pieces('{"a":1}\n{"a":2}\noops', []), "f"))
        found.push(text);
    };
    await expect(run()).rejects.toThrow("f, line 3 is not JSON");
    expect(found).toEqual(['{"a":1}', '{"a":2}']);
  });

  test("a reader that stops early closes the source", async () => {
    let closed = false;
    const bytes = async function* () {
      try {
        await Promise.resolve();
        for (;;) yield Buffer.from('{"a":1}\n');
      } finally {
        closed = true;
      }
    };
    for await (const _ of readJsonDocuments(bytes(), "f")) break;
    expect(closed).toBe(true);
  });

  test("what a binary file holds does not reach the terminal", async () => {
    await expect(read("\u001b[2J\u0007x")).rejects.toThrow(
      "line 1 is not JSON where a document should begin: ?[2J?x.",
    );
  });

  test("however the bytes are cut into pieces, the documents are the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
        fc.boolean(),
        fc.array(fc.nat(500), { maxLength: 8 }),
        async (documents, wrapped, cuts) => {
          const texts = documents.map((document) => JSON.stringify(document));
          const text = wrapped ? `[${texts.join(",\n")}]` : texts.join("\n");
          expect((await read(text, cuts)).map((document) => document.text)).toEqual(texts);
        },
      ),
    );
  });
});
