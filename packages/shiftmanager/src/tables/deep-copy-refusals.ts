import { findMention } from "../catalog/mention.ts";
import { OptionsError } from "../errors.ts";
import { isOwnerOrSuperuser, type DeepCopyPlanFacts } from "./deep-copy-facts.ts";
import { dependentsOf, type DeepCopyOptions } from "./deep-copy-options.ts";
import { option, wording } from "../wording.ts";

/**
 * Refuses a copy that would lose rows, grants or views, or that would fail half way.
 * @throws OptionsError that says what stands in the way, and the way round it.
 */
export function refuseLosses(facts: DeepCopyPlanFacts, options: DeepCopyOptions): void {
  const { table, user, policies, privileges, datashares } = facts;
  const name = `${table.schema}.${table.name}`;
  if (/^pg_temp/.test(table.schema)) {
    throw new OptionsError(
      `${name} is a temporary table, which cannot be renamed and swapped; create it anew instead.`,
    );
  }
  if (table.owner.name === null) {
    throw new OptionsError(
      `The owner of ${name} (user id ${table.owner.id}) no longer exists; give it one first: ALTER TABLE ${name} OWNER TO ….`,
    );
  }
  if (!isOwnerOrSuperuser(facts)) {
    throw new OptionsError(
      `Only its owner ${table.owner.name} or a superuser can deep-copy ${name}, and this session is ${user.name}; connect as one of them.`,
    );
  }
  if (facts.securedScan || policies.found.length > 0) {
    const what =
      policies.found.length === 0 ? "a row-level security or masking policy" : policies.found.join(" and ");
    throw new OptionsError(
      `${name} is under ${what}: a copy would take over only the rows and values that it lets through, and a proof would ` +
        "not see the difference. Detach it first.",
    );
  }
  if (!policies.complete && options.assumeNoPolicies !== true) {
    throw new OptionsError(
      wording`${policies.missing ?? ""} If ${name} is under one, a copy loses rows and no proof can see it. Run it as a superuser, or say ${option("assumeNoPolicies", true)} if you know that there is none.`,
    );
  }
  if (datashares.found.length > 0) {
    throw new OptionsError(
      `${name} is in ${datashares.found.length === 1 ? "the datashare" : "the datashares"} ${datashares.found.join(", ")}, whose ` +
        "consumers would lose it with the old table. Take it out first (ALTER DATASHARE … REMOVE TABLE) and put it back " +
        "afterwards (ADD TABLE).",
    );
  }
  refuseForeignKeys(facts, name);
  refuseViews(facts, options, name);
  if (options.copyPrivileges === false || options.allowPartialPrivileges === true) return;
  const problems = [
    ...(privileges.missing === undefined ? [] : [privileges.missing]),
    ...privileges.found.unknown,
  ];
  if (problems.length > 0) {
    throw new OptionsError(
      wording`The privileges on ${name} cannot be carried over completely. ${problems.join(" ")} Run it as a superuser, or say ${option("allowPartialPrivileges", true)} to lose what cannot be seen.`,
    );
  }
}

/** LOCK and the foreign keys of other tables need what only the owners of those have. */
function refuseForeignKeys({ pointing, user }: DeepCopyPlanFacts, name: string): void {
  const others = pointing.filter(({ owner }) => !user.superuser && owner.id !== user.id);
  if (others.length === 0) return;
  const owned = others.map((table) => `${table.schema}.${table.name} (${table.owner.name ?? "nobody"})`);
  throw new OptionsError(
    `Foreign keys point at ${name} that only the owners of their tables or a superuser can take off and put back, and this ` +
      `session is ${user.name}: ${owned.join(", ")}. Run it as a superuser.`,
  );
}

function refuseViews(facts: DeepCopyPlanFacts, options: DeepCopyOptions, name: string): void {
  const { dependents, views, materializedViews, user } = facts;
  const choice = dependentsOf(options);
  if (dependents.materialized.length > 0 && choice !== "drop") {
    throw new OptionsError(
      wording`Materialized views read ${name} or a view on it, and could not be refreshed after it was renamed: ${names(dependents.materialized)}. Drop them first and create them again afterwards, or say ${option("cascade", true)} to have that done${dependents.views.length === 0 ? "" : " and the regular views dropped"}.`,
    );
  }
  if (dependents.views.length > 0 && choice === "refuse") {
    throw new OptionsError(
      wording`Views read ${name}: ${names(dependents.views)}. Leave ${option("dependents", "refuse")} out to have them read the new table, or say ${option("cascade", true)} to have them dropped.`,
    );
  }
  const others = [...views, ...materializedViews].filter(
    ({ table }) => !user.superuser && table.owner.id !== user.id,
  );
  if (others.length > 0) {
    const owned = others.map(
      ({ view, table }) => `${view.schema}.${view.name} (${table.owner.name ?? "nobody"})`,
    );
    throw new OptionsError(
      `Views read ${name} and only their owners or a superuser can carry them over or drop them, and this session is ${user.name}: ` +
        `${owned.join(", ")}. Run it as a superuser.`,
    );
  }
  const retyped = Object.entries(options.columns ?? {}).filter(
    ([column, { type }]) =>
      type !== undefined && facts.columns.some((own) => own.name === column.toLowerCase()),
  );
  if (choice === "rebind" && views.length > 0 && retyped.length > 0) {
    throw new OptionsError(
      wording`Views read ${name}, whose columns change their types (${retyped.map(([column]) => column).join(", ")}), and a view's columns cannot: ${names(dependents.views)}. Drop them first and create them again afterwards, or say ${option("cascade", true)} to have them dropped.`,
    );
  }
  const onDropped = materializedViews.filter(({ view }) =>
    views.some((read) => findMention(view.text, read.view)),
  );
  if (onDropped.length > 0) {
    throw new OptionsError(
      `Materialized views read views that would be dropped, and could not be created again: ${names(onDropped.map(({ view }) => view))}. ` +
        "Drop them first and create them again afterwards.",
    );
  }
  refusePartialViews(facts, options);
}

/** What is created anew gets only the grants that can be seen; views that are replaced keep theirs. */
function refusePartialViews({ materializedViews }: DeepCopyPlanFacts, options: DeepCopyOptions): void {
  if (options.copyPrivileges === false || options.allowPartialPrivileges === true) return;
  const partial = materializedViews.filter(
    ({ privileges }) => privileges.missing !== undefined || privileges.found.unknown.length > 0,
  );
  if (partial.length === 0) return;
  throw new OptionsError(
    wording`The privileges on ${names(partial.map(({ view }) => view))} cannot be carried over completely. Run it as a superuser, or say ${option("allowPartialPrivileges", true)} to lose what cannot be seen.`,
  );
}

function names(views: readonly { readonly schema: string; readonly name: string }[]): string {
  return views.map(({ schema, name }) => `${schema}.${name}`).join(", ");
}
