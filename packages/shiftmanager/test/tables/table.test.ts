import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import { mergeOverrides, type TableOverrides } from "../../src/tables/design-overrides.ts";
import { newTable } from "../../src/tables/table.ts";
import { tableDefinition } from "../../src/tables/table-definition.ts";
import { column, facts } from "../table-facts.ts";

const text = (overrides: TableOverrides): string => String(newTable(facts(), overrides));

describe("a reflected table", () => {
  test("has its overrides in its definition", () => {
    const table = newTable(facts(), {
      distkey: "id",
      interleavedSortkey: ["price", "note"],
      encodings: { price: "zstd" },
      columns: {
        price: { type: "decimal(12, 4)", default: "0", notNull: true },
        note: { type: "Varchar(100)", after: "id", collation: "case_insensitive" },
        loaded: { type: "timestamptz", default: "getdate()" },
      },
    });
    expect(String(tableDefinition(table, { copyPrivileges: false }))).toBe(`CREATE TABLE public.sales (
  id INTEGER ENCODE az64 NOT NULL,
  note VARCHAR(100) ENCODE raw COLLATE CASE_INSENSITIVE,
  price DECIMAL(12,4) DEFAULT 0 ENCODE zstd NOT NULL,
  loaded TIMESTAMPTZ DEFAULT getdate() ENCODE az64
)
DISTSTYLE KEY
DISTKEY (id)
INTERLEAVED SORTKEY (price, note)`);
    expect(table).toMatchObject({ schema: "public", name: "sales", owner: "alice", distkey: "id" });
    expect(table.columns[1]).toEqual({
      name: "note",
      type: "VARCHAR(100)",
      notNull: false,
      default: null,
      identity: null,
      encoding: "none",
      collation: "case_insensitive",
    });
  });

  test.each<[TableOverrides, string]>([
    [{ diststyle: "all" }, "DISTSTYLE ALL\nSORTKEY AUTO"],
    [{ diststyle: "auto" }, "DISTSTYLE AUTO\nSORTKEY AUTO"],
    [{ distkey: "id", diststyle: "key" }, "DISTSTYLE KEY\nDISTKEY (id)\nSORTKEY AUTO"],
    [{ sortkey: "price" }, "DISTSTYLE EVEN\nCOMPOUND SORTKEY (price)"],
    [{ sortkey: ["PRICE", "id"] }, "DISTSTYLE EVEN\nCOMPOUND SORTKEY (price, id)"],
    [{ interleavedSortkey: "id" }, "DISTSTYLE EVEN\nINTERLEAVED SORTKEY (id)"],
    [{ encodings: "auto" }, "DISTSTYLE EVEN\nSORTKEY AUTO\nENCODE AUTO"],
  ])("%j ends in %s", (overrides, end) => {
    expect(text(overrides).split("\n)\n")[1]).toBe(end);
  });

  test("cannot be changed, and gives another with more overrides", () => {
    const table = newTable(facts(), { distkey: "id", encodings: { id: "lzo" }, sortkey: ["id"] });
    expect(() => Object.assign(table, { name: "other" })).toThrow(TypeError);
    expect(() => Object.assign(table.columns[0] ?? {}, { name: "other" })).toThrow(TypeError);
    expect(() => Object.assign(table.overrides, { distkey: "price" })).toThrow(TypeError);
    const more = table.with({
      diststyle: "all",
      interleavedSortkey: ["price"],
      encodings: { price: "zstd" },
    });
    expect(more.overrides).toEqual({
      diststyle: "all",
      interleavedSortkey: ["price"],
      encodings: { id: "lzo", price: "zstd" },
    });
    expect(table.distkey).toBe("id");
    expect(mergeOverrides({ encodings: "auto" }, { encodings: { id: "raw" } })).toEqual({
      encodings: { id: "raw" },
    });
  });

  test("under ENCODE AUTO one named encoding brings today's for the others, and its type's for a new type", () => {
    const auto = facts({
      design: { ...facts().design, encodeAuto: true },
      columns: [
        column("id", { encoding: "bytedict" }),
        column("email", { type: "character varying(10)", encoding: "zstd" }),
      ],
    });
    expect(String(newTable(auto, { columns: { extra: { type: "int" } } }))).not.toContain("ENCODE az64");
    expect(
      String(
        newTable(auto, {
          encodings: { id: "raw" },
          columns: { email: { type: "date" }, extra: { type: "super" } },
        }),
      ),
    ).toBe(
      `CREATE TABLE public.sales (
  id INTEGER ENCODE raw,
  email DATE ENCODE az64,
  extra SUPER
)
DISTSTYLE EVEN
SORTKEY AUTO`,
    );
  });

  test.each<[TableOverrides, string]>([
    [
      { distkey: "pirce" },
      'distkey names the column "pirce", which the table does not have; did you mean "price"?',
    ],
    [
      { sortkey: ["idd"] },
      'sortkey names the column "idd", which the table does not have; did you mean "id"?',
    ],
    [{ interleavedSortkey: ["pric"] }, 'did you mean "price"?'],
    [
      { encodings: { prices: "raw" } },
      'encodings names the column "prices", which the table does not have; did you mean "price"?',
    ],
    [
      { columns: { pirce: { type: "int" } } },
      'columns names the column "pirce", which the table does not have; did you mean "price"? To add a column of that name say add: true.',
    ],
    [
      { columns: { other: {} } },
      'columns names the column "other", which the table does not have; it has id, price. To add it give its type.',
    ],
    [{ columns: { other: { add: true } } }, "columns.other is to be added and has no type"],
    [
      { columns: { price: { type: "int", add: true } } },
      "columns.price.add is for a column to be added, and the table has price already",
    ],
    [{ columns: { price: { type: "int", after: "id" } } }, "columns.price.after is for a column to be added"],
    [{ columns: { other: { type: "int", after: "pirce" } } }, 'columns.other.after names the column "pirce"'],
    [
      { columns: { price: { type: "money" } } },
      'columns.price.type is "money", which is none of Redshift\'s types',
    ],
    [{ columns: { price: { type: "int); DROP TABLE x; --" } } }, "which is none of Redshift's types"],
    [{ columns: { price: { type: "varchar(70000)" } } }, "VARCHAR takes a length from 1 to 65535 bytes."],
    [{ columns: { price: { type: "decimal(40)" } } }, "DECIMAL takes a precision from 1 to 38"],
    [{ columns: { price: { default: "0; DROP TABLE x" } } }, 'columns.price.default holds a ";"'],
    [{ columns: { price: { encoding: "best" as "raw" } } }, 'columns.price.encoding is "best"'],
    [
      { columns: { price: { collation: "case_insensitive" } } },
      "columns.price.collation is for CHAR and VARCHAR",
    ],
    [{ encodings: "auto", columns: { price: { encoding: "raw" } } }, "leave one of them out"],
  ])("%j is refused", (overrides, message) => {
    expect(() => text(overrides)).toThrow(OptionsError);
    expect(() => text(overrides)).toThrow(message);
  });

  test("a default of the old type is not taken over into another", () => {
    const table = facts({ columns: [column("email", { type: "character varying(9)", default: "'x'" })] });
    expect(() => newTable(table, { columns: { email: { type: "int" } } })).toThrow(
      "columns.email changes its type and its default is 'x'; give a default of the new type, or null for none.",
    );
    expect(String(newTable(table, { columns: { email: { type: "int", default: "0" } } }))).toContain(
      "email INTEGER DEFAULT 0",
    );
    expect(String(newTable(table, { columns: { email: { default: null } } }))).not.toContain("DEFAULT");
  });

  test("what ANALYZE COMPRESSION recommends leaves sort keys, and what was named, alone", () => {
    const table = newTable(
      facts({
        design: { ...facts().design, encodeAuto: true },
        columns: ["a", "b", "c", "d", "e"].map((name, i) =>
          column(name, { sortkeyPosition: i === 0 ? 1 : 0 }),
        ),
      }),
      { sortkey: ["b"], encodings: { c: "lzo" } },
    );
    const batch = tableDefinition(
      table,
      { analyzeCompression: true },
      {
        recommended: ["a", "b", "c", "d", "e"].map((name) => ({
          column: name,
          encoding: name === "e" ? "magic" : "zstd",
        })),
      },
    );
    expect(String(batch)).toContain(`  a INTEGER ENCODE az64,
  b INTEGER ENCODE az64,
  c INTEGER ENCODE lzo,
  d INTEGER ENCODE zstd,
  e INTEGER ENCODE az64
)`);
    expect(batch.notes.slice(0, 2)).toEqual([
      "Encodings are those that ANALYZE COMPRESSION recommends for today's rows, but for the sort key (a, b); it locked public.sales exclusively while it looked. Naming them turns ENCODE AUTO off.",
      "ANALYZE COMPRESSION recommends what this version does not know, so it is left: e (magic).",
    ]);
  });
});
