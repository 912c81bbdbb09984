import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import { unloadTable, type UnloadTableOptions } from "../../src/unload/unload-table.ts";

const target = { bucket: "my-bucket", keypath: "out/sales-", table: { schema: "s", name: "sales" } };
const iamRole = "arn:aws:iam::123456789012:role/r";

function text(options: UnloadTableOptions, region?: string): string {
  return String(unloadTable(target, options, { authorization: { iamRole }, region }));
}

describe("unloadTable", () => {
  test("JSON with a manifest, gzipped, overwriting, as the original by default", () => {
    expect(text({})).toBe(
      `UNLOAD ('SELECT * FROM s.sales')
TO 's3://my-bucket/out/sales-'
IAM_ROLE '${iamRole}'
FORMAT AS JSON
MANIFEST VERBOSE
GZIP
ALLOWOVERWRITE`,
    );
  });

  test("columns are quoted, a condition with quotes and backslashes stays whole inside the literal", () => {
    expect(
      text(
        { columns: ["id", "us gross"], where: String.raw`name = 'it''s a \\ and $$'`, format: "csv" },
        "eu-west-1",
      ),
    ).toBe(
      String.raw`UNLOAD ('SELECT id, "us gross" FROM s.sales WHERE name = ''it''''s a \\\\ and $$''')
TO 's3://my-bucket/out/sales-'
IAM_ROLE '${iamRole}'
FORMAT AS CSV
MANIFEST VERBOSE
GZIP
ALLOWOVERWRITE
REGION 'eu-west-1'`,
    );
  });

  test("text keeps NULL and the empty string apart", () => {
    expect(text({ toJson: false })).toContain(String.raw`DELIMITER '|' ESCAPE NULL AS '\\N'`);
  });

  test("replace cleans the path and says what it destroys; refuse writes neither word", () => {
    const replace = unloadTable(
      target,
      { existing: "replace" },
      { authorization: { iamRole }, region: undefined },
    );
    expect(String(replace)).toMatch(/\nCLEANPATH$/);
    expect(replace.destroys).toEqual(["every object whose name begins with s3://my-bucket/out/sales-"]);
    expect(text({ existing: "refuse" })).toMatch(/\nGZIP$/);
  });

  test("options in SQL replace the defaults", () => {
    expect(text({ options: "PARALLEL OFF ALLOWOVERWRITE" })).toMatch(
      /FORMAT AS JSON\nPARALLEL OFF ALLOWOVERWRITE$/,
    );
  });

  test.each([
    { where: "a = 1; DROP TABLE sales" },
    { where: "a = 'open" },
    { where: "(a = 1" },
    { options: "GZIP;" },
    { columns: [] },
  ])("%j is refused before anything is sent", (options) => {
    expect(() => text(options)).toThrow(OptionsError);
  });
});
