import { notImitated } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { virtual } from "../statements.ts";

const columns = [
  ...["database_name", "schema_name", "table_name", "column_name", "ordinal_position", "column_default"],
  ...[
    "is_nullable",
    "data_type",
    "character_maximum_length",
    "numeric_precision",
    "numeric_scale",
    "remarks",
  ],
  ...["sort_key_type", "sort_key", "dist_key", "encoding", "collation"],
];

/**
 * `SHOW COLUMNS FROM TABLE database.schema.table [ LIKE 'pattern' ] [ LIMIT n ]`: the one place where a column's collation shows.
 * Temporary tables have no rows in it.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMNS.html
 */
export function showColumns(reader: Reader): Plan {
  reader.expect("columns", "from", "table");
  const { regclass, schema } = reader.relation();
  if (schema === undefined) throw notImitated("SHOW COLUMNS of a table without its schema");
  const like = reader.accept("like") ? ` AND a.attname LIKE ${literal(reader.string())}` : "";
  const limit = reader.accept("limit") ? ` LIMIT ${reader.integer()}` : "";
  reader.end();
  const sql = `
    SELECT current_database(), n.nspname, c.relname, a.attname, a.attnum, d.adsrc,
      CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END, pg_catalog.format_type(a.atttypid, NULL),
      CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
      CASE a.atttypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 THEN ((a.atttypmod - 4) >> 16) & 65535 END,
      CASE WHEN a.atttypid IN (20, 21, 23) THEN 0 WHEN a.atttypid = 1700 THEN (a.atttypmod - 4) & 2047 END,
      pg_catalog.col_description(c.oid, a.attnum::integer),
      CASE WHEN a.attsortkeyord < 0 THEN 'INTERLEAVED' WHEN a.attsortkeyord > 0 THEN 'COMPOUND' END,
      abs(a.attsortkeyord), CASE WHEN a.attisdistkey THEN 1 ELSE 0 END,
      pg_catalog.format_encoding(a.attencodingtype::integer),
      CASE WHEN a.atttypid NOT IN (1042, 1043) THEN NULL
        WHEN redshift_sandbox.is_case_insensitive(c.oid, a.attnum::integer) THEN 'case_insensitive' ELSE 'case_sensitive' END
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.oid = ${regclass} AND n.nspname NOT LIKE 'pg\\_temp\\_%'${like}
    ORDER BY a.attnum${limit}`;
  return virtual(
    "SHOW",
    async (backend) => {
      const { rows } = await backend.query(sql);
      for (const row of rows) backend.row(row);
    },
    {
      columns: columns.map((name) => ({
        name,
        // int4 for what counts
        oid: /position|length|precision|scale|^sort_key$|^dist_key$/.test(name) ? 23 : 1043,
      })),
    },
  );
}
