import { readColumns, type Column } from "../catalog/columns.ts";
import { readPrivileges } from "../catalog/privileges.ts";
import { readSessionUser } from "../catalog/session-user.ts";
import { readSystemViews } from "../catalog/system-views.ts";
import { getTable } from "../catalog/tables.ts";
import type { NewColumn } from "../ddl/create-table.ts";
import { privilegeDifferences } from "../ddl/grants.ts";
import { typeName } from "../ddl/type-name.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { DeepCopyPlanFacts } from "./deep-copy-facts.ts";

/** What the new table must be like. */
export interface Likeness {
  readonly facts: DeepCopyPlanFacts;
  readonly created: readonly NewColumn[];
  /** The columns that are otherwise than in the old table. */
  readonly changed: ReadonlySet<string>;
  readonly privileges: boolean;
  readonly outgoing: string;
}

/** Reads both tables with the same readers, and stops the batch unless columns and privileges are as they should be. */
export function likenessCheck(likeness: Likeness): (session: Session) => Promise<void> {
  const { table: reviewed } = likeness.facts;
  return async (session) => {
    const old = await getTable(session, { schema: reviewed.schema, name: likeness.outgoing });
    const now = await getTable(session, { schema: reviewed.schema, name: reviewed.name });
    const columns = columnDifferences(
      await readColumns(session, old.id),
      await readColumns(session, now.id),
      likeness,
    );
    if (columns.length > 0) {
      throw new StatementError(`The new table does not have the old one's columns: ${columns.join("; ")}`);
    }
    if (!likeness.privileges) return;
    const views = await readSystemViews(session);
    const user = await readSessionUser(session);
    const before = (await readPrivileges(session, old, user, views)).found;
    const after = (await readPrivileges(session, now, user, views)).found;
    const differences = [...privilegeDifferences(before, after, reviewed.owner.name)];
    if (now.owner.id !== old.owner.id) {
      differences.unshift(`the owner is ${now.owner.name ?? String(now.owner.id)}`);
    }
    if (differences.length > 0) {
      throw new StatementError(
        `The new table does not have the old one's privileges: ${differences.join("; ")}`,
      );
    }
  };
}

/** What a server made of the definition it was given: a default may be read back otherwise than it was written. */
function columnDifferences(
  before: readonly Column[],
  after: readonly Column[],
  { created, changed }: Likeness,
): readonly string[] {
  const wanted = [
    ...before.filter(({ name }) => !changed.has(name)),
    ...created.filter(({ name }) => changed.has(name)),
  ];
  // The text of a default that was written anew is the server's to choose.
  const said = ({ name, type, notNull, default: value, identity }: NewColumn): string =>
    [
      typeName(type),
      ...(identity === null ? [] : ["IDENTITY"]),
      ...(value === null ? [] : [changed.has(name) ? "with a DEFAULT" : `DEFAULT ${value}`]),
      ...(notNull ? ["NOT NULL"] : []),
    ].join(" ");
  const old = new Map(wanted.map((column) => [column.name, said(column)]));
  const now = new Map(after.map((column) => [column.name, said(column)]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => `${name} was ${old.get(name) ?? "not there"} and is ${now.get(name) ?? "not there"}`);
}
