import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import type { UnloadTableOptions } from "../../src/unload/unload-options.ts";
import { unloadTable } from "../../src/unload/unload-table.ts";

const target = {
  bucket: "my-bucket",
  keypath: "out/sales-",
  table: {
    schema: "s",
    name: "sales",
    columns: [
      { name: "id", type: "integer" },
      { name: "us gross", type: "character varying(20)" },
    ],
  },
};
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
      String.raw`SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_text_reads_as_null
FROM (SELECT id, "us gross" FROM s.sales WHERE name = 'it''s a \\ and $$') AS unloaded
WHERE "us gross" = '\\N';
UNLOAD ('SELECT id, "us gross" FROM s.sales WHERE name = ''it''''s a \\\\ and $$''')
TO 's3://my-bucket/out/sales-'
IAM_ROLE '${iamRole}'
FORMAT AS CSV NULL AS '\\N'
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

  test.each<[string, UnloadTableOptions]>([
    ["", { existing: "replace" }],
    ["/", { existing: "replace" }],
    ["", { options: "MANIFEST CLEANPATH" }],
  ])("with the prefix %j, %j would empty the bucket, and is refused", (keypath, options) => {
    const build = () =>
      unloadTable({ ...target, keypath }, options, { authorization: { iamRole }, region: undefined });
    expect(build).toThrow(OptionsError);
    expect(build).toThrow(
      "without a key prefix would delete everything in the bucket my-bucket; name a prefix",
    );
  });

  test("options in SQL replace the defaults", () => {
    expect(text({ options: "PARALLEL OFF ALLOWOVERWRITE" })).toMatch(
      /FORMAT AS JSON\nPARALLEL OFF ALLOWOVERWRITE$/,
    );
  });

  test("options in SQL that clean the path say what they destroy; their own REGION is the only one", () => {
    const options = { options: "cleanpath region 'eu-west-2'" };
    const batch = unloadTable(target, options, { authorization: { iamRole }, region: "us-east-1" });
    expect(batch.destroys).toEqual(["every object whose name begins with s3://my-bucket/out/sales-"]);
    expect(String(batch)).not.toContain("us-east-1");
    expect(text({ options: "MANIFEST", existing: "overwrite" })).toMatch(/MANIFEST\nALLOWOVERWRITE$/);
  });

  test.each<[UnloadTableOptions, boolean]>([
    [{ format: "json" }, false],
    [{ format: "text" }, true],
    [{ format: "text", nullAs: "none" }, true],
    [{ format: "csv" }, true],
    [{ format: "csv", nullAs: "" }, false],
    [{ format: "csv", columns: ["id"] }, false],
    [{ format: "csv", columns: ["US Gross"] }, true],
  ])("%j: that no text reads as NULL is proved where it could", (options, proved) => {
    expect(text(options).startsWith("SELECT 1 / CASE")).toBe(proved);
  });

  test.each<UnloadTableOptions>([
    { where: "a = 1; DROP TABLE sales" },
    { where: "a = 'open" },
    { where: "(a = 1" },
    { options: "GZIP;" },
    { options: "GZIP IAM_ROLE 'arn:aws:iam::123456789012:role/x'" },
    { options: "MANIFEST SECRET_ACCESS_KEY 'x'" },
    { options: "CLEANPATH", existing: "overwrite" },
    { nullAs: "", format: "json" },
    { nullAs: "0", format: "csv" },
    { nullAs: "a\nb", format: "text" },
    { nullAs: "|", format: "text" },
    { nullAs: "none, really", format: "csv" },
    { nullAs: 'the "none"', format: "csv" },
    { columns: [] },
  ])("%j is refused before anything is sent", (options) => {
    expect(() => text(options)).toThrow(OptionsError);
  });
});
