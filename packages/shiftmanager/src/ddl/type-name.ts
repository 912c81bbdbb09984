import type { Fragment } from "../sql/fragment.ts";
import { raw } from "../sql/quote.ts";

const shortNames: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^character varying(\(\d+\))?$/, "VARCHAR$1"],
  [/^character(\(\d+\))?$/, "CHAR$1"],
  [/^binary varying(\(\d+\))?$/, "VARBYTE$1"],
  [/^numeric(\(\d+,\d+\))?$/, "DECIMAL$1"],
  [/^timestamp without time zone$/, "TIMESTAMP"],
  [/^timestamp with time zone$/, "TIMESTAMPTZ"],
  [/^time without time zone$/, "TIME"],
  [/^time with time zone$/, "TIMETZ"],
];

/** Writes a type of the catalog as the manual spells it: `character varying(256)` as `VARCHAR(256)`. @see facts.md 4 */
export function typeName(formatted: string): string {
  for (const [pattern, name] of shortNames) {
    if (pattern.test(formatted)) return formatted.replace(pattern, name);
  }
  return formatted.toUpperCase();
}

/** The same as SQL. The catalog's text is safe: Redshift has no types of users' making. */
export function typeFragment(formatted: string): Fragment {
  return raw(typeName(formatted));
}
