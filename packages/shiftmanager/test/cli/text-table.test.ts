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
