import { roleWords } from "../sql/role-words.ts";

/**
 * What PostgreSQL has reworded since 8.0, from which Redshift descends: it spoke of relations where PostgreSQL 17 speaks of tables and views.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-examples.html
 */
const reworded: readonly (readonly [RegExp, string])[] = [
  [/^permission denied for (?:table|view|materialized view|sequence) /, "permission denied for relation "],
  [/^must be owner of (?:table|view|materialized view|sequence) /, "must be owner of relation "],
  [
    /^could not determine which collation to use for .*$/,
    "Query with different collations is not supported yet.",
  ],
  [
    /^collation mismatch between (?:implicit|explicit) collations .*$/,
    "Query with different collations is not supported yet.",
  ],
];

/** A message, detail or hint of PostgreSQL's as Redshift words it, as far as that is known. */
export function redshiftWords(text: string): string {
  // SUPER is kept as jsonb.
  const words = roleWords(text).replace(/(\btype |\bto |[(,] ?)jsonb\b/g, "$1super");
  for (const [pattern, replacement] of reworded)
    if (pattern.test(words)) return words.replace(pattern, replacement);
  return words;
}
