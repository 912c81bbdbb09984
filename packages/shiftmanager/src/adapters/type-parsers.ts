import pg from "pg";

/**
 * The types that JavaScript holds exactly and without a time zone of its own: everything else stays the text the server
 * sent. So int8 and numeric keep every digit, dates and timestamps are not moved into this machine's zone, and SUPER is
 * its JSON text.
 */
const parsed: ReadonlySet<number> = new Set([
  16, // bool
  17, // bytea
  21, // int2
  23, // int4
  26, // oid
  700, // float4
  701, // float8
  1000, // bool[]
  1005, // int2[]
  1007, // int4[]
  1009, // text[]
  1015, // varchar[]
  1021, // float4[]
  1022, // float8[]
]);

const asText = (value: string): string => value;

/** The `types` option of `pg`. */
export const typeParsers = {
  getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
    if (format === "binary" || !parsed.has(oid)) return asText;
    return pg.types.getTypeParser(oid, "text") as (value: string) => unknown;
  },
};
