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
  const words = roleWords(text);
  for (const [pattern, replacement] of reworded)
    if (pattern.test(words)) return words.replace(pattern, replacement);
  return words;
}

/** How SQL writes the operators that its words become. */
const spelled: ReadonlyMap<string, string> = new Map([
  ["~~", "LIKE"],
  ["!~~", "NOT LIKE"],
  ["~~*", "ILIKE"],
  ["!~~*", "NOT ILIKE"],
]);

/**
 * What PostgreSQL lacks for SUPER and Redshift has, or may have: the guard has let pass only what Redshift knows. Undefined for other
 * errors; also for comparisons, which are missing for dates and times only, there too.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html
 */
export function missingForSuper(message: string): string | undefined {
  const [, one, other, last] =
    /^operator does not exist: (?:super (\S+)|\S.* (\S+) super$|(\S+) super$)/.exec(message) ?? [];
  const operator = one ?? other ?? last;
  if (operator !== undefined && !/^[<>=]/.test(operator))
    return `operator ${spelled.get(operator) ?? operator} of SUPER values`;
  const [, name] = /^function (?:pg_catalog\.)?(\w+)\((?:.*, )?super[,)]/.exec(message) ?? [];
  if (name !== undefined) return `function ${name} of SUPER values`;
  if (message.startsWith("could not determine interpretation of row comparison operator"))
    return "SUPER values in a comparison of rows";
  const [, construct] = /^(\S+) types (?:super and .*|.* and super) cannot be matched$/.exec(message) ?? [];
  return construct === undefined ? undefined : `${construct} of SUPER and other values`;
}
