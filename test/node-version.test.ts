import { expect, test } from "vitest";

const expected = process.env["EXPECT_NODE_MAJOR"];

test(`the tests run on ${expected === undefined ? "Node 20.19 or newer" : `Node ${expected}`}`, () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (expected === undefined) expect(major > 20 || (major === 20 && minor >= 19)).toBe(true);
  else expect(major).toBe(Number(expected));
});
