import { notImitated } from "../../errors.ts";
import { asList, asTree, onlyStatement, strings } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import type { LookupSession } from "../plan.ts";
import { isSelect, listItems, locationOf } from "./references.ts";
import { Probe } from "./probe.ts";
import { TranslatedText } from "./text-edit.ts";
import { untypedAt } from "./untyped.ts";
import type { Untyped } from "./untyped.ts";

/** A literal or a parameter, which gets its type from the values beside it. */
export interface UntypedBeside extends Untyped {
  /** The same for all whose types must be the same, as in what GROUP BY repeats. */
  readonly among: string;
  /** GREATEST or LEAST, where nothing untyped stands at the location but the word itself: a parameter among its values will tell their type. */
  readonly refused?: string;
}

/** Values of which each has the type of all. */
interface Group {
  readonly values: readonly unknown[];
  /** What has no meaning that AWS tells when they are SUPER, and where its word stands. */
  readonly refused?: { readonly name: string; readonly location: number };
}

/**
 * The literals and parameters for which PostgreSQL takes the type of what stands beside them in CASE, COALESCE, NVL, UNION …, where that
 * may be SUPER. It would read them as documents; Redshift casts them as the strings that they are. With them GREATEST and LEAST, which
 * take "a common data type": no page tells which of two SUPER values is the greater one when they are of different kinds.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_GREATEST_LEAST.html
 */
export function untypedBesideOthers(statement: Tree): UntypedBeside[] {
  return groupsOf(statement).flatMap(({ values, refused }) => {
    if (!values.some(mayBeSuper)) return [];
    const among = JSON.stringify(values, (key, value: unknown) => (key === "location" ? undefined : value));
    const untyped = values.flatMap(untypedAt).map((value) => ({ ...value, among }));
    return refused === undefined
      ? untyped
      : [...untyped, { location: refused.location, among, refused: refused.name }];
  });
}

/** The text in which those that are SUPER are strings first. @throws SqlError 0A000 for GREATEST and LEAST of SUPER */
export async function withStringsBeside(
  text: TranslatedText,
  found: readonly UntypedBeside[],
  probe: Probe,
): Promise<string> {
  const highest = Math.max(
    0,
    ...text.tokens.flatMap(({ kind, value }) =>
      kind === "parameter" ? [Number(value.replace("$", ""))] : [],
    ),
  );
  const spans = found.map(({ location, parameter, among, refused }) => {
    const at = text.tokenAt(location);
    const token = text.tokens[at];
    const bracket = text.tokens[at + 1];
    const ends = { start: token?.start ?? 0, end: token?.end ?? 0 };
    return {
      ...(refused === undefined ? ends : { start: bracket?.end ?? 0, end: bracket?.end ?? 0 }),
      parameter,
      refused,
      among: `${token?.text ?? ""} ${among}`,
    };
  });
  const unnumbered = spans.filter(({ parameter }) => parameter === undefined);
  const kinds = [...new Set(unnumbered.map(({ among }) => among))];
  // Names may mean different things in two queries of a statement: then each has a number of its own. None is left out, for PostgreSQL
  // would not know its type.
  const numberings = [
    (span: (typeof spans)[number]) => highest + 1 + kinds.indexOf(span.among),
    (span: (typeof spans)[number]) => highest + 1 + unnumbered.indexOf(span),
  ];
  for (const numbering of numberings) {
    const numbers = spans.map((span) => span.parameter ?? numbering(span));
    const supers = await probe.superParameters(
      text.replaced(
        spans.map(({ start, end, refused }, index) => ({
          start,
          end,
          sql: `$${numbers[index] ?? 0}${refused === undefined ? "" : ", "}`,
        })),
      ),
    );
    if (supers === undefined) continue;
    const those = spans.filter((_, index) => supers.has(numbers[index] ?? 0));
    const refused = those.find((span) => span.refused !== undefined)?.refused;
    if (refused !== undefined) throw notImitated(`${refused} of SUPER values`);
    return text.replaced(
      those.map(({ end }) => ({ start: end, end, sql: "::pg_catalog.varchar::pg_catalog.super" })),
    );
  }
  // PostgreSQL finds something wrong with it, which it will say better.
  return text.sql;
}

/** The same for a statement that no `Lookup` goes before. */
export async function withStringsBesideIn(sql: string, session: LookupSession): Promise<string> {
  const found = untypedBesideOthers(onlyStatement(sql));
  if (found.length === 0) return sql;
  return new Probe(session, { prefixLength: 0 }).within((probe) =>
    withStringsBeside(new TranslatedText(sql), found, probe),
  );
}

function groupsOf(statement: Tree): Group[] {
  const groups: Group[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== "object" || value === null) return;
    const node = asTree(value);
    groups.push(...groupsAt(node));
    for (const child of Object.values(node)) visit(child);
  };
  visit(statement);
  return groups;
}

function groupsAt(node: Tree): Group[] {
  if (isSelect(node))
    return node["op"] === "SETOP_NONE" ? [] : columns(branches(node)).map((values) => ({ values }));
  const call = asTree(node["FuncCall"]);
  const name = strings(call["funcname"]).at(-1);
  const { args: whens, defresult } = asTree(node["CaseExpr"]);
  const extreme = asTree(node["MinMaxExpr"]);
  const groups: Group[] = [
    { values: [...asList(whens).map((when) => asTree(asTree(when)["CaseWhen"])["result"]), defresult] },
    { values: asList(asTree(node["CoalesceExpr"])["args"]) },
    {
      values: asList(extreme["args"]),
      refused: {
        name: extreme["op"] === "IS_LEAST" ? "LEAST" : "GREATEST",
        location: locationOf(extreme),
      },
    },
    { values: name === "nvl" ? asList(call["args"]) : [] },
    { values: name === "nvl2" ? asList(call["args"]).slice(1) : [] },
  ];
  return groups.filter(({ values, refused }) => values.length > (refused === undefined ? 1 : 0));
}

/** The SELECT lists of a UNION, or of one query. */
function branches(select: Tree): unknown[][] {
  if (select["op"] !== "SETOP_NONE")
    return [select["larg"], select["rarg"]].flatMap((side) =>
      branches(asTree(asTree(side)["SelectStmt"] ?? side)),
    );
  return [listItems(select).map(({ val }) => val)];
}

/** The values of each column; all in one where a `*` stands for a number of columns that is not known. */
function columns(rows: readonly (readonly unknown[])[]): unknown[][] {
  if (rows.some((row) => row.some(isStar))) return [rows.flat()];
  return (rows[0] ?? []).map((_, index) => rows.map((row) => row[index]));
}

function isStar(value: unknown): boolean {
  return asList(asTree(asTree(value)["ColumnRef"])["fields"]).some((field) =>
    Object.hasOwn(asTree(field), "A_Star"),
  );
}

/** Constants, and what is cast to another type, are none. */
function mayBeSuper(value: unknown): boolean {
  const { A_Const: constant, ParamRef: parameter, TypeCast: cast } = asTree(value);
  if (value === undefined || constant !== undefined || parameter !== undefined) return false;
  return cast === undefined || strings(asTree(asTree(cast)["typeName"])["names"]).at(-1) === "super";
}
