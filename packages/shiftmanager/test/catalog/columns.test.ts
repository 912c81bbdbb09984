import { describe, expect, test } from "vitest";
import { parseIdentity } from "../../src/catalog/columns.ts";
import { findMention } from "../../src/catalog/mention.ts";

describe("parseIdentity", () => {
  test.each([
    [`"identity"(108123, 0, '1,1'::text)`, { kind: "always", seed: 1n, step: 1n }],
    [`"identity"(674435, 0, ('5,3'::character varying)::text)`, { kind: "always", seed: 5n, step: 3n }],
    [`default_identity(963861, 1, '1,2'::text)`, { kind: "by default", seed: 1n, step: 2n }],
    [`"default_identity"(963861, 1, '-10,-2'::text)`, { kind: "by default", seed: -10n, step: -2n }],
    [`'identity(1, 0, ''1,1'')'::character varying`, null],
    [`getdate()`, null],
  ])("%s", (text, identity) => {
    expect(parseIdentity(text)).toEqual(identity);
  });
});

describe("findMention", () => {
  const table = { schema: "public", name: "sales" };
  test.each([
    ["create view v as select * from public.sales with no schema binding", true],
    ['create view v as select * from "public" . "sales"', true],
    ["create view v as select * from sales", true],
    ["create view v as select * from SALES", true],
    ["create view v as select * from other.sales", false],
    ["create view v as select * from public.sales_2024", false],
    ["create view v as select * from presales", false],
  ])("%s", (text, found) => {
    expect(findMention(text, table)).toBe(found);
  });
});
