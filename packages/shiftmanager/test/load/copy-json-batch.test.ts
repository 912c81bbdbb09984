import { describe, expect, test } from "vitest";
import { copyJson } from "../../src/load/copy-json-batch.ts";
import { rowsMark } from "../../src/load/copy-proof.ts";
import { Batch } from "../../src/sql/batch.ts";

const manifest = { bucket: "b", key: "p/run/manifest.json" };
const iamRole = "arn:aws:iam::123456789012:role/loader";

describe("copyJson", () => {
  test("the COPY names its columns, reads a manifest and is followed by the proof of the row count", () => {
    const batch = Batch.transaction(
      copyJson({
        into: { schema: "My", name: "t" },
        columns: ["a", "us gross"],
        manifest,
        mapping: { jsonpaths: { bucket: "b", key: "p/run/jsonpaths.json" } },
        authorization: { iamRole },
        region: "eu-west-1",
        rows: 3,
      }),
    );
    expect(batch.toSQL()).toBe(
      `COPY "My".t (a, "us gross")
FROM 's3://b/p/run/manifest.json'
IAM_ROLE 'arn:aws:iam::123456789012:role/loader'
MANIFEST
FORMAT AS JSON 's3://b/p/run/jsonpaths.json'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto'
REGION 'eu-west-1';
SELECT 1 / CASE WHEN pg_last_copy_count() = 3 THEN 1 ELSE 0 END AS every_row_was_loaded`,
    );
  });

  test("keys are matched by name, and access keys are masked in every shown form", () => {
    const batch = Batch.transaction(
      copyJson({
        into: { name: "t" },
        columns: undefined,
        manifest,
        mapping: { auto: "auto ignorecase" },
        authorization: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "se'cr\\et", sessionToken: "tok" },
        region: undefined,
        rows: rowsMark,
      }),
    );
    expect(batch.toSQL()).toBe(
      `COPY t
FROM 's3://b/p/run/manifest.json'
ACCESS_KEY_ID <secret>
SECRET_ACCESS_KEY <secret>
SESSION_TOKEN <secret>
MANIFEST
FORMAT AS JSON 'auto ignorecase'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto';
SELECT 1 / CASE WHEN pg_last_copy_count() = <rows> THEN 1 ELSE 0 END AS every_row_was_loaded`,
    );
    expect(batch.toSQL({ secrets: "reveal" })).toContain("SECRET_ACCESS_KEY 'se''cr\\\\et'");
  });
});
