import type { DeepCopyFacts } from "./deep-copy-facts.ts";
import { describeGrantee } from "../catalog/acl.ts";
import { describeGrants } from "../ddl/grants.ts";
import { describeViews } from "./dependent-views.ts";
import { typeName } from "../ddl/type-name.ts";

/** What of a table is no longer as it was reviewed, one sentence each. */
export function factDifferences(reviewed: DeepCopyFacts, now: DeepCopyFacts): readonly string[] {
  if (reviewed.table.id !== now.table.id) {
    return [`The table ${reviewed.table.name} was dropped and created again`];
  }
  const before = describe(reviewed);
  const after = describe(now);
  const differences: string[] = [];
  const order = ({ columns }: DeepCopyFacts): readonly string[] => columns.map(({ name }) => name);
  const [was, is] = [order(reviewed), order(now)];
  // With columns that came or went, that is what there is to say.
  if (was.every((name) => is.includes(name)) && was.length === is.length && was.join() !== is.join()) {
    differences.push(`The order of the columns was ${was.join(", ")} and is ${is.join(", ")}`);
  }
  for (const [what, old] of before) {
    const current = after.get(what);
    if (current === undefined) differences.push(`${what} is gone`);
    else if (current !== old) differences.push(`${what} was ${old} and is ${current}`);
  }
  for (const [what, current] of after) {
    if (!before.has(what)) differences.push(`${what} is new${current === "there" ? "" : ` (${current})`}`);
  }
  return differences;
}

/** Facts in words: what they are about, and how it is. */
function describe(facts: DeepCopyFacts): ReadonlyMap<string, string> {
  const { table, columns, constraints, comments, privileges, design, policies } = facts;
  const known = new Map<string, string>();
  const owner = table.owner.name;
  known.set("The session's user", facts.user.name);
  known.set("The owner", owner ?? `a dropped user (${table.owner.id})`);
  known.set("DISTSTYLE", table.diststyle.toUpperCase());
  known.set("SORTKEY AUTO", String(design.sortkeyAuto));
  known.set("ENCODE AUTO", String(design.encodeAuto));
  known.set("BACKUP", String(design.backup));
  for (const column of columns) {
    const { identity } = column;
    known.set(
      `The column ${column.name}`,
      [
        typeName(column.type),
        ...(identity === null ? [] : [`IDENTITY (${identity.kind}) (${identity.seed}, ${identity.step})`]),
        ...(column.default === null ? [] : [`DEFAULT ${column.default}`]),
        ...(column.notNull ? ["NOT NULL"] : []),
        // Under ENCODE AUTO and SORTKEY AUTO Redshift changes these by itself, and nothing of the copy rests on them.
        ...(design.encodeAuto === true ? [] : [`ENCODE ${column.encoding}`]),
        ...(column.distkey && table.diststyle !== "auto" ? ["DISTKEY"] : []),
        ...(column.sortkeyPosition > 0 && design.sortkeyAuto !== true
          ? [`${column.interleaved ? "INTERLEAVED " : ""}SORTKEY ${column.sortkeyPosition}`]
          : []),
      ].join(" "),
    );
  }
  for (const key of constraints.keys) {
    known.set(`The ${key.kind} ${key.name}`, `(${key.columns.join(", ")})`);
  }
  for (const key of [...constraints.foreignKeys, ...constraints.incoming]) {
    known.set(
      `The foreign key ${key.name} of ${key.table.schema}.${key.table.name}`,
      `(${key.columns.join(", ")}) to ${key.references.schema}.${key.references.name} (${key.referencedColumns.join(", ")})`,
    );
  }
  if (comments.table !== null) known.set("The comment on the table", JSON.stringify(comments.table));
  for (const [kind, list] of [
    ["column", comments.columns],
    ["constraint", comments.constraints],
  ] as const) {
    for (const { name, text } of list) known.set(`The comment on the ${kind} ${name}`, JSON.stringify(text));
  }
  for (const grant of describeGrants(privileges.found, owner)) known.set(`The privilege ${grant}`, "there");
  for (const unknown of privileges.found.unknown) known.set(unknown, "there");
  for (const grantee of facts.defaultGrantees) {
    known.set(`The default privilege of ${describeGrantee(grantee)}`, "there");
  }
  for (const [what, how] of describeViews([...facts.views, ...facts.materializedViews])) known.set(what, how);
  for (const share of facts.datashares.found) known.set(`The datashare ${share}`, "there");
  for (const policy of policies.found) known.set(`The policy ${policy}`, "there");
  return known;
}
