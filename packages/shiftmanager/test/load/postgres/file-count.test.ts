import { expect, test } from "vitest";
import { fileCount } from "../../../src/load/postgres/file-count.ts";

const MB = 1024 * 1024;

test.each([
  ["nothing", 0, 32, 2, 1],
  ["less than two files of the least size", 2 * MB, 32, 2, 1],
  ["not enough for one a slice", 10 * MB, 32, 2, 8],
  ["just enough for one a slice", 40 * MB, 32, 2, 32],
  ["what one a slice takes", 110 * MB, 32, 2, 32],
  ["more than one a slice should take", 20_000 * MB, 32, 2, 96],
  ["few slices and several writers", 110 * MB, 2, 4, 8],
  ["few slices and little for several writers", 6 * MB, 2, 4, 4],
])("%s", (_, bytes, slices, writers, count) => {
  expect(fileCount(bytes, slices, writers)).toBe(count);
});
