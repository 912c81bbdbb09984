import { asList, asTree, strings } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { isSelect, listItems } from "./references.ts";
import type { Probe } from "./probe.ts";
import type { TranslatedText } from "./text-edit.ts";
import { untypedAt } from "./untyped.ts";
import type { Untyped } from "./untyped.ts";

/** A literal or a parameter, which gets its type from the values beside it. */
export interface UntypedBeside extends Untyped {
  /** The same for all whose types must be the same, as in what GROUP BY repeats. */
  readonly among: string;
}

/**
 * The literals and parameters for which PostgreSQL takes the type of what stands beside them in CASE, COALESCE, NVL, GREATEST, UNION …,
 * where that may be SUPER. It would read them as documents; Redshift casts them as the strings that they are.
 */
export function untypedBesideOthers(statement: Tree): UntypedBeside[] {
  return groupsOf(statement).flatMap((values) => {
    if (!values.some(mayBeSuper)) return [];
    const among = JSON.stringify(values, (key, value: unknown) => (key === "location" ? undefined : value));
    return values.flatMap(untypedAt).map((value) => ({ ...value, among }));
  });
}

/** The text in which those that are SUPER are strings first. */
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
  const spans = found.map(({ location, parameter, among }) => {
    const token = text.tokens[text.tokenAt(location)];
    return {
      start: token?.start ?? 0,
      end: token?.end ?? 0,
      parameter,
      among: `${token?.text ?? ""} ${among}`,
    };
  });
  const kinds = [...new Set(spans.map(({ among }) => among))];
  // Names may mean different things in two queries of a statement: then each has a number of its own.
  const numberings = [
    ({ among }: { readonly among: string }) => highest + 1 + kinds.indexOf(among),
    (_span: object, index: number) => highest + 1 + index,
  ];
  for (const numbering of numberings) {
    const numbers = spans.map((span, index) => span.parameter ?? numbering(span, index));
    const supers = await probe.superParameters(
      text.replaced(spans.map(({ start, end }, index) => ({ start, end, sql: `$${numbers[index] ?? 0}` }))),
    );
    if (supers === undefined) continue;
    return text.replaced(
      spans.flatMap(({ end }, index) =>
        supers.has(numbers[index] ?? 0)
          ? [{ start: end, end, sql: "::pg_catalog.varchar::pg_catalog.super" }]
          : [],
      ),
    );
  }
  // PostgreSQL finds something wrong with it, which it will say better.
  return text.sql;
}

/** Values of which each has the type of all. */
function groupsOf(statement: Tree): unknown[][] {
  const groups: unknown[][] = [];
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

function groupsAt(node: Tree): unknown[][] {
  if (isSelect(node)) return node["op"] === "SETOP_NONE" ? [] : columns(branches(node));
  const call = asTree(node["FuncCall"]);
  const name = strings(call["funcname"]).at(-1);
  const { args: whens, defresult } = asTree(node["CaseExpr"]);
  return [
    [...asList(whens).map((when) => asTree(asTree(when)["CaseWhen"])["result"]), defresult],
    [...asList(asTree(node["CoalesceExpr"])["args"])],
    [...asList(asTree(node["MinMaxExpr"])["args"])],
    name === "nvl" ? [...asList(call["args"])] : [],
    name === "nvl2" ? asList(call["args"]).slice(1) : [],
  ].filter((group) => group.length > 1);
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
