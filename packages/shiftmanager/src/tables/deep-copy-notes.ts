import { describeGrantee } from "../catalog/acl.ts";
import { typeName } from "../ddl/type-name.ts";
import { qualifiedName } from "../sql/quote.ts";
import { uncompared } from "./copied-rows.ts";
import type { DeepCopyPlanFacts } from "./deep-copy-facts.ts";
import { dependentsOf } from "./deep-copy-options.ts";
import type { DeepCopyPlan } from "./deep-copy-plan.ts";
import { inPlaceAlterations } from "./in-place.ts";
import { designNotes } from "./new-table.ts";
import { stagingUri } from "./staging.ts";

/** What a reviewer should know before a deep copy runs, the way without a copy first. */
export function deepCopyNotes(plan: DeepCopyPlan): readonly string[] {
  const { facts, options, rows, outgoing } = plan;
  const { table, columns, privileges, design, dependents, collations, datashares } = facts;
  const name = String(qualifiedName(table));
  const notes: string[] = [
    ...inPlaceNotes(plan),
    ...plan.analysis,
    ...designNotes(facts, name, options),
    ...columnNotes(plan),
  ];
  const comparesText = rows.kind !== "all" && columns.some(({ type }) => /^character/.test(type));
  if (comparesText) {
    notes.push(
      "Trailing blanks do not tell VARCHAR and CHAR values apart, so rows that differ only in them are duplicates.",
    );
  }
  const caseless = columns.filter(({ name: column }) => collations.found.get(column) === "case_insensitive");
  if (rows.kind !== "all" && caseless.length > 0) {
    notes.push(
      `Upper and lower case do not tell values of ${caseless.map((column) => column.name).join(", ")} apart (COLLATE ` +
        "CASE_INSENSITIVE), so rows that differ only in case are duplicates.",
    );
  }
  if (rows.kind === "first of each group" && rows.orderBy === null) {
    notes.push("Which of the rows with the same key is kept is up to the server, as it may be any of them.");
  }
  notes.push(...identityNotes(plan));
  notes.push(
    `Sessions that wait for ${name} meanwhile fail ("table dropped by concurrent transaction"), and readers may see the ` +
      "rename before the commit.",
    design.megabytes === null
      ? "Until the commit the copy needs up to as much space again as the table has; its size cannot be read."
      : `Until the commit the copy needs up to ${design.megabytes} MB more.`,
  );
  if (dependents.lateBinding.length > 0) {
    const views = dependents.lateBinding.map((view) => `${view.schema}.${view.name}`).join(", ");
    notes.push(`Late-binding views follow the name and will read the new table: ${views}.`);
  }
  notes.push(...viewNotes(plan));
  if (dependents.lateBindingOnViews.length > 0 && dependentsOf(options) === "drop") {
    const views = dependents.lateBindingOnViews.map((view) => `${view.schema}.${view.name}`).join(", ");
    notes.push(
      `These late-binding views read views that are dropped, and will fail until those are there again: ${views}.`,
    );
  }
  if (datashares.missing !== undefined) {
    notes.push(
      `${datashares.missing} The consumers of a datashare that it is in lose it with the old table.`,
    );
  }
  if (options.copyPrivileges === false) {
    const readers = facts.views.length + dependents.lateBinding.length;
    notes.push(
      "The grants on the old table are not carried over, as you asked" +
        (readers === 0 ? "." : ", so views on it whose owners are not its owner can no longer read it."),
    );
  } else {
    notes.push(...grantorNotes(facts));
    if (privileges.missing !== undefined) notes.push(`Not all privileges can be seen. ${privileges.missing}`);
    notes.push(...privileges.found.unknown);
  }
  if (options.keepOutgoing === true) {
    const old = String(qualifiedName({ schema: table.schema, name: outgoing }));
    notes.push(`The old table stays, without its keys. When it is no longer wanted: DROP TABLE ${old};`);
  }
  return notes;
}

function inPlaceNotes({
  facts,
  options,
  rows,
  asIs,
  designed,
  carried,
  identities,
}: DeepCopyPlan): readonly string[] {
  if (rows.kind !== "all") return [];
  const name = String(qualifiedName(facts.table));
  if (carried.some(({ kind }) => kind === "computed")) return [];
  const keyed = facts.constraints.keys.flatMap(({ columns }) => columns);
  const pointing = facts.constraints.foreignKeys.flatMap(({ columns }) => columns);
  const alterations = inPlaceAlterations(
    asIs,
    designed,
    new Set([...keyed, ...pointing]),
    new Map(facts.columns.map((column) => [column.name, column.encoding])),
  );
  if (alterations === null) return [];
  const converts =
    options.identity !== "explicit-ids" &&
    identities.some(
      ({ column, next }) =>
        next === null ||
        facts.columns.some((old) => old.name === column.name && old.identity?.kind !== column.identity?.kind),
    );
  if (alterations.length === 0) {
    return converts
      ? []
      : [`Nothing about ${name} changes. A copy sorts and compacts it, which VACUUM does in place.`];
  }
  return [
    `The same design without a copy: ${alterations.map(String).join("; ")}. A copy is needed only to remove duplicates, for an ` +
      "interleaved sort key, or to have the rows sorted at once.",
  ];
}

function viewNotes({ facts, options }: DeepCopyPlan): readonly string[] {
  const { views, materializedViews } = facts;
  const names = (list: typeof views): string =>
    list.map(({ view }) => `${view.schema}.${view.name}`).join(", ");
  if (dependentsOf(options) !== "drop") {
    return views.length === 0
      ? []
      : [`Views are made to read the new table, their owners and grants kept: ${names(views)}.`];
  }
  return materializedViews.length === 0
    ? []
    : [
        `Materialized views are dropped, and created again after the commit with owner, grants and comment: ${names(materializedViews)}. ` +
          "Until then they are not there; should that fail, the error's pending statements are the ones to run.",
      ];
}

/** What becomes of the columns' values. */
function columnNotes({ facts, carried, created, changed, contents }: DeepCopyPlan): readonly string[] {
  const old = new Map(facts.columns.map((column) => [column.name, column]));
  const told = created.columns.flatMap(({ name, type }) => {
    if (!changed.has(name)) return [];
    const before = old.get(name);
    const kind = carried.find((column) => column.name === name)?.kind;
    if (before === undefined) {
      return [`${name} is added (${kind === "computed" ? "computed" : "with its default"})`];
    }
    if (kind === "computed") return [`${name} is computed and its old values are not kept`];
    return before.type === type
      ? []
      : [`${name} becomes ${typeName(type)} instead of ${typeName(before.type)}`];
  });
  const unread = contents ? uncompared(carried) : [];
  return [
    ...(told.length === 0 ? [] : [`Columns: ${told.join("; ")}.`]),
    ...(unread.length === 0
      ? []
      : [`The values of ${unread.join(", ")} are not compared: these types have no hash.`]),
  ];
}

function identityNotes({ facts, identities, staging }: DeepCopyPlan): readonly string[] {
  const notes = identities.map(({ column, next }) => {
    if (next === null)
      return `Every row gets a new number in ${column.name}; what refers to the old ones is not changed.`;
    const converted =
      column.identity?.kind === "by default" &&
      facts.columns.some(({ name, identity }) => name === column.name && identity?.kind === "always");
    return (
      `The column ${column.name} keeps its numbers and goes on beyond the outermost of them` +
      (converted
        ? "; it becomes GENERATED BY DEFAULT AS IDENTITY, which also takes values of one's own."
        : ".")
    );
  });
  if (typeof staging !== "object") return notes;
  return [
    ...notes,
    `The rows go through files under ${stagingUri(staging)}, which are deleted when the batch has run; pasted into psql as a ` +
      "script it leaves them, so delete them then.",
  ];
}

/** Grants are given again as the owner's. */
function grantorNotes({ table, privileges }: DeepCopyPlanFacts): readonly string[] {
  const owner = table.owner.name;
  const others = privileges.found.grants.filter(({ grantor }) => grantor !== null && grantor !== owner);
  const changes = others.map(
    ({ grantee, privilege, grantor }) => `${privilege} of ${describeGrantee(grantee)} (by ${grantor ?? ""})`,
  );
  return changes.length === 0
    ? []
    : [`These grants were given by others and will be ${owner ?? "the owner"}'s: ${changes.join(", ")}.`];
}
