import { SqlError } from "../../errors.ts";
import { asTree, onlyStatement } from "../guard/tree.ts";
import type { LookupSession, QueryPlace } from "../plan.ts";
import { Probe } from "./probe.ts";

/** A node of PostgreSQL's analysed tree: what it is, and its fields in their order. */
interface Node {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, readonly Value[]>;
}
type Value = string | Node | readonly Value[];

/**
 * Refuses a query in which something compares a case-insensitive column with a case-sensitive one. PostgreSQL sees the conflict while it
 * reads the query, keeps it in the tree, and complains only once there is a row; Redshift refuses the query.
 * @param sql the whole statement, `place` where its query stands
 * @throws SqlError 42P22
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html
 */
export async function refuseCollationConflicts(
  sql: string,
  place: QueryPlace,
  session: LookupSession,
): Promise<void> {
  const statement = onlyStatement(sql.slice(place.prefixLength));
  const trees = await new Probe(session, place).within((probe) =>
    // What SELECT … INTO selects is only analysed, and not run, in an EXPLAIN.
    probe.trees(sql, Object.hasOwn(asTree(statement["SelectStmt"]), "intoClause") ? "EXPLAIN" : "PREPARE"),
  );
  if (!trees.some((tree) => conflicts(readTree(tree)))) return;
  throw new SqlError("42P22", "Query with different collations is not supported yet.");
}

/** `{KIND :field value …}`, `(value …)`, and words, in which a backslash keeps the next character as it is. */
function readTree(text: string): Value[] {
  const tokens = text.match(/[(){}]|(?:\\[^]|[^\s(){}\\])+/g) ?? [];
  let at = 0;
  const values = (end: string | undefined): Value[] => {
    const found: Value[] = [];
    while (at < tokens.length && tokens[at] !== end) found.push(value());
    at += 1;
    return found;
  };
  const value = (): Value => {
    const token = tokens[at] ?? "";
    at += 1;
    if (token === "(") return values(")");
    return token === "{" ? node() : token;
  };
  const node = (): Node => {
    const [kind, ...rest] = values("}");
    const fields = new Map<string, Value[]>();
    let field: Value[] = [];
    for (const part of rest) {
      if (typeof part === "string" && part.startsWith(":")) fields.set(part.slice(1), (field = []));
      else field.push(part);
    }
    return { kind: typeof kind === "string" ? kind : "", fields };
  };
  return values(undefined);
}

function conflicts(value: Value): boolean {
  if (typeof value === "string") return false;
  if (isList(value)) return value.some(conflicts);
  return isConflict(value) || [...value.fields.values()].some(conflicts);
}

/** The collation with which a node works has no number although what it works on has. */
function isConflict({ kind, fields }: Node): boolean {
  const works = ["inputcollid", "casecollid", "coalescecollid"].some((name) => fields.get(name)?.[0] === "0");
  if (!works) return false;
  const operands = ["args", "defresult"].flatMap((name) => nodesOf(fields.get(name) ?? []));
  const results = kind === "CASEEXPR" ? operands.flatMap(resultsOf) : operands;
  return results.some(isCollated);
}

function nodesOf(value: Value): Node[] {
  if (typeof value === "string") return [];
  return isList(value) ? value.flatMap(nodesOf) : [value];
}

/** What a branch of CASE gives; the default is one itself. */
function resultsOf(branch: Node): Node[] {
  return branch.kind === "CASEWHEN" ? nodesOf(branch.fields.get("result") ?? []) : [branch];
}

function isCollated(node: Node): boolean {
  if (node.kind === "TARGETENTRY") return nodesOf(node.fields.get("expr") ?? []).some(isCollated);
  return [...node.fields].some(
    ([name, [number]]) => /collid$|^collOid$/.test(name) && name !== "inputcollid" && number !== "0",
  );
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
