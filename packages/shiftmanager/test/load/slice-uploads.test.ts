import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { jsonRows } from "../../src/load/json-rows.ts";
import { uploadSlices } from "../../src/load/slice-uploads.ts";
import type { ObjectStore } from "../../src/session.ts";

/** A store in memory, with a place to fail. */
class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  readonly #failing: string | undefined;
  aborted = 0;

  constructor(failing?: string) {
    this.#failing = failing;
  }

  async put(
    { key }: { readonly key: string },
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ) {
    const chunks: Uint8Array[] = [];
    if (typeof body === "string") chunks.push(Buffer.from(body));
    else if (body instanceof Uint8Array) chunks.push(body);
    else {
      try {
        for await (const chunk of body) {
          if (key === this.#failing) throw new Error("the disk is full");
          chunks.push(chunk);
        }
      } finally {
        if (signal?.aborted === true) this.aborted += 1;
      }
    }
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

const keyOf = (slice: number) => `part-${slice}`;

async function upload(store: MemoryStore, documents: Iterable<{ n: number; pad?: string }>, slices: number) {
  return uploadSlices(jsonRows(documents), store, { bucket: "b", keyOf, slices });
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
    const store = new MemoryStore("part-1");
    await expect(upload(store, documents(20_000, "x".repeat(1000)), 4)).rejects.toThrow("the disk is full");
    expect(store.objects.size).toBe(0);
  });

  test("a row that is refused stops the uploads", async () => {
    const store = new MemoryStore();
    const rows = [{ n: 1 }, { n: Number.NaN }];
    await expect(upload(store, rows, 4)).rejects.toThrow("Row 2 holds NaN");
    expect(store.objects.size).toBe(0);
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
    const run = uploadSlices(jsonRows(rows), store, { bucket: "b", keyOf, slices: 2, signal: stop.signal });
    await expect(run).rejects.toThrow("enough");
    expect(store.objects.size).toBe(0);
  });
});
