import { expect, test } from "vitest";
import { textTable } from "../../src/cli/text-table.ts";

test("columns are aligned, numbers to the right, without tabs", () => {
  expect(
    textTable(
      ["name", "n"],
      [
        { name: "a\tb\nc", n: "7" },
        { name: null, n: "1234" },
      ],
    ),
  ).toBe("name        n\n-------  ----\na\\tb\\nc     7\nNULL     1234");
});

test("without rows the names stand alone", () => {
  expect(textTable(["a", "bc"], [])).toBe("a  bc\n-  --");
});

test("no value commands the terminal: control characters show as their escapes", () => {
  expect(textTable(["a\u001b[2J"], [{ "a\u001b[2J": "red\u001b[31m\u0007\u009b0m\u2028" }])).toBe(
    `a\\u001b[2J\n${"-".repeat(33)}\nred\\u001b[31m\\u0007\\u009b0m\\u2028`,
  );
});

test("wide characters take two columns, accents of their own none", () => {
  expect(
    textTable(
      ["city", "n"],
      [
        { city: "東京", n: 1 },
        { city: "e\u0301", n: 2 },
        { city: "Ulm 🎡", n: 3 },
      ],
    ).split("\n"),
  ).toEqual(["city    n", "------  -", "東京    1", "e\u0301       2", "Ulm 🎡  3"]);
});

test("hundreds of thousands of rows are laid out", () => {
  const rows = Array.from({ length: 300_000 }, (_, n) => ({ n }));
  expect(textTable(["n"], rows).split("\n")).toHaveLength(300_002);
});
