import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { RunObjects } from "../../src/load/run-objects.ts";
import { uploadSlices, type SliceOptions } from "../../src/load/slice-uploads.ts";
import type { ObjectStore, PutOptions } from "../../src/session.ts";

/** A store in memory that takes parts as S3 does, with a place to fail. */
class MemoryStore implements ObjectStore {
  readonly partBytes: number;
  readonly objects = new Map<string, Buffer>();
  readonly #failing: string | undefined;
  #held = 0;
  mostHeld = 0;

  constructor({ failing, partBytes = 5 * 1024 * 1024 }: { failing?: string; partBytes?: number } = {}) {
    this.#failing = failing;
    this.partBytes = partBytes;
  }

  async put(
    { key }: { readonly key: string },
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    { onSent }: PutOptions = {},
  ) {
    const chunks: Uint8Array[] = [];
    let open = 0;
    const sent = async (bytes: number) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= bytes;
      this.#held -= bytes;
      onSent?.(bytes);
    };
    if (typeof body === "string") chunks.push(Buffer.from(body));
    else if (body instanceof Uint8Array) chunks.push(body);
    else {
      for await (const chunk of body) {
        if (key === this.#failing) throw new Error("the disk is full");
        chunks.push(chunk);
        open += chunk.byteLength;
        this.#held += chunk.byteLength;
        this.mostHeld = Math.max(this.mostHeld, this.#held);
        while (open >= this.partBytes) await sent(this.partBytes);
      }
    }
    await sent(open);
    const bytes = Buffer.concat(chunks);
    this.objects.set(key, bytes);
    return { bytes: bytes.length };
  }

  get(): Promise<AsyncIterable<Uint8Array>> {
    throw new Error("An upload reads nothing.");
  }

  list(): AsyncIterable<never> {
    throw new Error("An upload lists nothing.");
  }

  delete(): Promise<void> {
    throw new Error("An upload deletes nothing.");
  }
}

const placeOf = (slice: number) => ({ bucket: "b", key: `part-${slice}` });

async function upload(
  store: MemoryStore,
  documents: Iterable<object>,
  slices: number,
  more: Partial<SliceOptions> = {},
) {
  return uploadSlices(() => texts(documents), new RunObjects(store, "b"), { placeOf, slices, ...more });
}

async function* texts(documents: Iterable<object>): AsyncGenerator<string> {
  await Promise.resolve();
  for (const document of documents) yield JSON.stringify(document);
}

function* documents(count: number, pad = "") {
  for (let n = 0; n < count; n += 1) yield { n, pad };
}

describe("uploadSlices", () => {
  test("rows are dealt in turn, so that row r is line (r - 1) / slices + 1 of its file", async () => {
    const store = new MemoryStore();
    const uploaded = await upload(store, documents(5), 2);
    const lines = (key: string) =>
      gunzipSync(store.objects.get(key) ?? Buffer.alloc(0))
        .toString()
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { n: number }).n);
    expect(lines("part-0")).toEqual([0, 2, 4]);
    expect(lines("part-1")).toEqual([1, 3]);
    expect(uploaded.rows).toBe(5);
    expect(uploaded.bytes).toBe([...store.objects.values()].reduce((sum, { length }) => sum + length, 0));
  });

  test("fewer rows than slices make no empty files", async () => {
    const store = new MemoryStore();
    expect((await upload(store, documents(3), 32)).files).toHaveLength(3);
    expect((await upload(new MemoryStore(), documents(0), 32)).files).toHaveLength(0);
  });

  test("an upload that fails stops the others and is the error", async () => {
    const store = new MemoryStore({ failing: "part-1" });
    await expect(upload(store, documents(20_000, "x".repeat(1000)), 4)).rejects.toThrow("the disk is full");
    expect(store.objects.size).toBe(0);
  });

  test("a source that fails stops the uploads", async () => {
    const store = new MemoryStore();
    const rows = (function* () {
      yield { n: 1 };
      throw new Error("the source broke");
    })();
    await expect(upload(store, rows, 4)).rejects.toThrow("the source broke");
    expect(store.objects.size).toBe(0);
  });

  test("past what memory may hold, rows go in blocks of a part; each is still found by file and line", async () => {
    const store = new MemoryStore({ partBytes: 100_000 });
    const pads = Array.from({ length: 12_000 }, (_, n) => ({ n, pad: randomBytes(300).toString("base64") }));
    const slices = 5;
    const { places, rows } = await upload(store, pads, slices, { mostHeldBytes: 200_000 });
    expect(rows).toBe(pads.length);
    expect(store.mostHeld).toBeLessThan(3_000_000);
    const found: number[] = [];
    for (let slice = 0; slice < slices; slice += 1) {
      const lines = gunzipSync(store.objects.get(`part-${slice}`) ?? "")
        .toString()
        .trimEnd()
        .split("\n");
      for (const [i, line] of lines.entries()) {
        const { n } = JSON.parse(line) as { readonly n: number };
        expect(places.rowAt(slice, i + 1)).toBe(n + 1);
        found.push(n);
      }
    }
    expect(found.sort((a, b) => a - b)).toEqual(pads.map(({ n }) => n));
  });

  test("a signal stops the uploads with its reason", async () => {
    const stop = new AbortController();
    const store = new MemoryStore();
    const rows = (function* () {
      for (let n = 0; n < 100; n += 1) {
        if (n === 50) stop.abort(new Error("enough"));
        yield { n };
      }
    })();
    const run = upload(store, rows, 2, { signal: stop.signal });
    await expect(run).rejects.toThrow("enough");
    expect(store.objects.size).toBe(0);
  });
});
