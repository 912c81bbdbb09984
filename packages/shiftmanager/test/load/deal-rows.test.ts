import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { dealRows, type DealOptions } from "../../src/load/deal-rows.ts";
import { eachItem } from "../../src/load/each-item.ts";
import type { SliceFiles } from "../../src/load/slices-under-way.ts";

/** Files in memory that take parts as S3 does, with a place to fail. */
class MemoryFiles implements SliceFiles {
  readonly partBytes: number;
  readonly contents = new Map<number, Buffer>();
  readonly #failing: number | undefined;
  #held = 0;
  mostHeld = 0;

  constructor({ failing, partBytes = 5 * 1024 * 1024 }: { failing?: number; partBytes?: number } = {}) {
    this.#failing = failing;
    this.partBytes = partBytes;
  }

  async write(
    slice: number,
    body: AsyncIterable<Uint8Array>,
    { onSent }: { readonly onSent: (bytes: number) => void },
  ) {
    const chunks: Uint8Array[] = [];
    let open = 0;
    const sent = async (bytes: number) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= bytes;
      this.#held -= bytes;
      onSent(bytes);
    };
    for await (const chunk of body) {
      if (slice === this.#failing) throw new Error("the disk is full");
      chunks.push(chunk);
      open += chunk.byteLength;
      this.#held += chunk.byteLength;
      this.mostHeld = Math.max(this.mostHeld, this.#held);
      while (open >= this.partBytes) await sent(this.partBytes);
    }
    await sent(open);
    const bytes = Buffer.concat(chunks);
    this.contents.set(slice, bytes);
    return { bytes: bytes.length };
  }

  lines(slice: number): readonly { readonly n: number }[] {
    const text = gunzipSync(this.contents.get(slice) ?? Buffer.alloc(0)).toString();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { n: number });
  }
}

async function deal(
  files: MemoryFiles,
  documents: Iterable<object>,
  slices: number,
  more: Partial<DealOptions> = {},
) {
  return dealRows(
    (taker, stopped) => eachItem(documents, stopped, (document) => taker.text(JSON.stringify(document))),
    files,
    { slices, ...more },
  );
}

function* documents(count: number, pad = "") {
  for (let n = 0; n < count; n += 1) yield { n, pad };
}

describe("dealRows", () => {
  test("rows are dealt in turn, so that row r is line (r - 1) / slices + 1 of its file", async () => {
    const files = new MemoryFiles();
    const uploaded = await deal(files, documents(5), 2);
    const numbers = (slice: number) => files.lines(slice).map(({ n }) => n);
    expect(numbers(0)).toEqual([0, 2, 4]);
    expect(numbers(1)).toEqual([1, 3]);
    expect(uploaded.rows).toBe(5);
    expect(uploaded.bytes).toBe([...files.contents.values()].reduce((sum, { length }) => sum + length, 0));
  });

  test("fewer rows than slices make no empty files", async () => {
    const files = new MemoryFiles();
    expect((await deal(files, documents(3), 32)).files).toBe(3);
    expect((await deal(new MemoryFiles(), documents(0), 32)).files).toBe(0);
  });

  test("an upload that fails stops the others and is the error", async () => {
    const files = new MemoryFiles({ failing: 1 });
    await expect(deal(files, documents(20_000, "x".repeat(1000)), 4)).rejects.toThrow("the disk is full");
    expect(files.contents.size).toBe(0);
  });

  test("an upload that fails while blocks are being compressed lets each of them end", async () => {
    const pad = randomBytes(500_000).toString("base64");
    for (let n = 0; n < 5; n += 1) {
      const files = new MemoryFiles({ failing: n });
      await expect(deal(files, documents(60, pad), 5)).rejects.toThrow("the disk is full");
    }
    // What is thrown after that, where nobody awaits, fails the run.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test("ten thousand files take little more memory than their rows", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const files = new MemoryFiles();
    let most = 0;
    const rows = (function* () {
      for (let n = 0; n < 20_000; n += 1) {
        if (n % 1000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        yield { n };
      }
    })();
    expect((await deal(files, rows, 10_000)).files).toBe(10_000);
    expect(most).toBeLessThan(200e6);
  });

  test("a source that fails stops the uploads", async () => {
    const files = new MemoryFiles();
    const rows = (function* () {
      yield { n: 1 };
      throw new Error("the source broke");
    })();
    await expect(deal(files, rows, 4)).rejects.toThrow("the source broke");
    expect(files.contents.size).toBe(0);
  });

  test("past what memory may hold, rows go in blocks of a part; each is still found by file and line", async () => {
    const files = new MemoryFiles({ partBytes: 100_000 });
    const pads = Array.from({ length: 12_000 }, (_, n) => ({ n, pad: randomBytes(300).toString("base64") }));
    const slices = 5;
    const { places, rows } = await deal(files, pads, slices, { mostHeldBytes: 200_000 });
    expect(rows).toBe(pads.length);
    expect(files.mostHeld).toBeLessThan(3_000_000);
    const found: number[] = [];
    for (let slice = 0; slice < slices; slice += 1) {
      for (const [i, { n }] of files.lines(slice).entries()) {
        expect(places.rowAt(slice, i + 1)).toBe(n + 1);
        found.push(n);
      }
    }
    expect(found.sort((a, b) => a - b)).toEqual(pads.map(({ n }) => n));
  });

  test("a signal stops the uploads with its reason", async () => {
    const stop = new AbortController();
    const files = new MemoryFiles();
    const rows = (function* () {
      for (let n = 0; n < 100; n += 1) {
        if (n === 50) stop.abort(new Error("enough"));
        yield { n };
      }
    })();
    const run = deal(files, rows, 2, { signal: stop.signal });
    await expect(run).rejects.toThrow("enough");
    expect(files.contents.size).toBe(0);
  });
});
