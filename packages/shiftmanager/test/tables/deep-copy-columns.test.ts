import { describe, expect, test } from "vitest";
import type { ColumnOverrides } from "../../src/tables/column-overrides.ts";
import { deepCopy } from "../../src/tables/deep-copy.ts";
import type { DeepCopyOptions } from "../../src/tables/deep-copy-options.ts";
import { column, planFacts } from "../table-facts.ts";

const columns = [
  column("id", { notNull: true }),
  column("price", { type: "numeric(10,2)" }),
  column("email", { type: "character varying(256)", encoding: "lzo" }),
  column("code", { type: "character(8)", encoding: "lzo" }),
  column("at", { type: "timestamp without time zone" }),
  column("doc", { type: "super", encoding: "zstd" }),
];

function build(options: DeepCopyOptions) {
  return deepCopy(planFacts({ columns }), options);
}

/** From the creation to the proof of the rows, without owner and grants. */
function copying(options: DeepCopyOptions): string {
  const texts = build(options).statements.map(({ sql }) => String(sql));
  const from = texts.findIndex((text) => text.startsWith("GRANT ALL"));
  const to = texts.findIndex((text) => text.startsWith("DROP TABLE"));
  return texts.slice(from + 1, to).join(";\n");
}

describe("a deep copy with other columns", () => {
  test("carries values over, computes them, or leaves them to their default", () => {
    const batch = build({
      columns: {
        id: { type: "bigint" },
        price: { type: "decimal(12,0)" },
        email: { type: "varchar(40)" },
        code: { value: "UPPER(sales.code)" },
        source: { type: "varchar(10)", default: "'old'", after: "id" },
        day: { type: "date", value: "TRUNC(at)" },
      },
    });
    expect(copying({ columns: batchColumns })).toBe(
      `SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_value_is_changed
FROM public.sales$outgoing AS sales
WHERE CAST(CAST(price AS DECIMAL(12,0)) AS DECIMAL(10,2)) <> price;
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_value_is_changed
FROM public.sales$outgoing AS sales
WHERE OCTET_LENGTH(email) > 40;
INSERT INTO public.sales (id, price, email, code, at, doc, day)
SELECT id, CAST(price AS DECIMAL(12,0)), email, (UPPER(sales.code)), at, doc, (TRUNC(at))
FROM public.sales$outgoing AS sales;
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM public.sales$outgoing) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b`,
    );
    expect(batch.destroys).toEqual(["the old table public.sales$outgoing, with the values of code"]);
    expect(batch.notes).toContain(
      "Columns: id becomes BIGINT instead of INTEGER; source is added (with its default); price becomes DECIMAL(12,0) instead of DECIMAL(10,2); email becomes VARCHAR(40) instead of VARCHAR(256); code is computed and its old values are not kept; day is added (computed).",
    );
  });
  const batchColumns: ColumnOverrides = {
    id: { type: "bigint" },
    price: { type: "decimal(12,0)" },
    email: { type: "varchar(40)" },
    code: { value: "UPPER(sales.code)" },
    source: { type: "varchar(10)", default: "'old'", after: "id" },
    day: { type: "date", value: "TRUNC(at)" },
  };

  test("settles which rows are duplicates on the old values", () => {
    expect(
      copying({
        deduplicatePartitionBy: ["id"],
        deduplicateOrderBy: "at",
        columns: { id: { type: "bigint" } },
      }),
    ).toBe(`INSERT INTO public.sales (id, price, email, code, at, doc)
SELECT id, price, email, code, at, doc
FROM (
SELECT id, price, email, code, at, doc
FROM (
  SELECT
    id, price, email, code, at, doc,
    ROW_NUMBER() OVER (PARTITION BY id ORDER BY at) AS row_of_key
  FROM public.sales$outgoing AS sales
) AS numbered
WHERE numbered.row_of_key = 1
) AS sales;
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM public.sales$outgoing AS sales GROUP BY id) AS taken) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b`);
  });

  test.each<[string, string, string | null]>([
    ["id", "bigint", null],
    ["id", "decimal(10,0)", null],
    ["id", "decimal(10,1)", "CAST(CAST(id AS DECIMAL(10,1)) AS INTEGER) <> id"],
    ["id", "smallint", "CAST(CAST(id AS SMALLINT) AS INTEGER) <> id"],
    ["id", "double precision", null],
    ["id", "real", "CAST(CAST(id AS REAL) AS INTEGER) <> id"],
    ["id", "varchar(5)", "CAST(CAST(id AS VARCHAR(5)) AS INTEGER) <> id"],
    ["price", "decimal(12,4)", null],
    ["price", "decimal(10,4)", "CAST(CAST(price AS DECIMAL(10,4)) AS DECIMAL(10,2)) <> price"],
    ["price", "integer", "CAST(CAST(price AS INTEGER) AS DECIMAL(10,2)) <> price"],
    ["email", "varchar(max)", null],
    ["email", "text", null],
    ["email", "integer", "CAST(CAST(email AS INTEGER) AS VARCHAR(256)) <> email"],
    ["email", "char(300)", "OCTET_LENGTH(RTRIM(email)) > 300"],
    ["code", "varchar(4)", "OCTET_LENGTH(RTRIM(code)) > 4"],
    ["at", "date", "CAST(CAST(at AS DATE) AS TIMESTAMP) <> at"],
  ])("%s to %s is proved by %s", (name, type, proof) => {
    const text = copying({ columns: { [name]: { type } } });
    expect(/no_value_is_changed\nFROM .*\nWHERE (.*);/.exec(text)?.[1] ?? null).toBe(proof);
  });

  test.each<[ColumnOverrides, string]>([
    [
      { at: { type: "timestamptz" } },
      "columns.at.type: no conversion of TIMESTAMP to TIMESTAMPTZ is known to keep every value; say how with columns.at.value, an SQL expression.",
    ],
    [{ doc: { type: "varchar(100)" } }, "no conversion of SUPER to VARCHAR(100) is known"],
    [{ flag: { type: "boolean", notNull: true } }, "columns.flag is NOT NULL and nothing fills it"],
    [{ code: { value: "a; b" } }, 'columns.code.value holds a ";"'],
  ])("%j is refused", (overrides, message) => {
    expect(() => build({ columns: overrides })).toThrow(message);
  });

  test("is proposed in place where ALTER TABLE does as much", () => {
    const [note] = build({
      columns: { email: { type: "varchar(300)" }, extra: { type: "int", default: "0", notNull: true } },
      sortkey: "auto",
      diststyle: "auto",
    }).notes;
    expect(note).toBe(
      "The same design without a copy: ALTER TABLE public.sales ALTER COLUMN email TYPE VARCHAR(300); ALTER TABLE public.sales ADD COLUMN extra INTEGER DEFAULT 0 ENCODE az64 NOT NULL; ALTER TABLE public.sales ALTER DISTSTYLE AUTO. A copy is needed only to remove duplicates, for an interleaved sort key, or to have the rows sorted at once.",
    );
    expect(build({ columns: { id: { type: "bigint" } } }).notes[0]).not.toContain("without a copy");
  });
});
