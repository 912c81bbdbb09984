import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { combineCrc, crc32, crc32c, crc64nvme } from "../../src/s3/crc.ts";

const ALGORITHMS = { CRC32: crc32, CRC32C: crc32c, CRC64NVME: crc64nvme } as const;

function digest(name: keyof typeof ALGORITHMS, ...chunks: readonly Uint8Array[]): Buffer {
  const running = ALGORITHMS[name]();
  for (const chunk of chunks) running.update(chunk);
  return running.digest();
}

describe("the check values that each algorithm's definition gives for 123456789", () => {
  test.each([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
  ] as const)("%s is %s", (name, expected) => {
    expect(digest(name, Buffer.from("123456789")).toString("hex")).toBe(expected);
  });
});

describe.each(["CRC32", "CRC32C", "CRC64NVME"] as const)("%s", (name) => {
  test("does not depend on how the bytes are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const cuts = digest(name, bytes.subarray(0, cut), bytes.subarray(cut));
        expect(cuts).toEqual(digest(name, bytes));
      }),
    );
  });

  test("of two strings joined follows from the checks of each", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        expect(combineCrc(name, digest(name, a), digest(name, b), b.length)).toEqual(digest(name, a, b));
      }),
    );
  });
});
