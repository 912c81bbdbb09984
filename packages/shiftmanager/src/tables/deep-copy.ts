import type { Grantee } from "../catalog/acl.ts";
import { describeGrantee } from "../catalog/acl.ts";
import { readColumns, type Column } from "../catalog/columns.ts";
import { readPrivileges } from "../catalog/privileges.ts";
import { readSessionUser } from "../catalog/session-user.ts";
import { readSystemViews } from "../catalog/system-views.ts";
import { getTable } from "../catalog/tables.ts";
import { commentStatements } from "../ddl/comments.ts";
import { alterSortkeyNone, createTable, type NewTable } from "../ddl/create-table.ts";
import { grantStatements, privilegeDifferences, revokeAll } from "../ddl/grants.ts";
import { addForeignKey, addKey, dropConstraint } from "../ddl/keys.ts";
import { typeName } from "../ddl/type-name.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import { Batch } from "../sql/batch.ts";
import { identifier, list, qualifiedName, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { readDeepCopyFacts, type DeepCopyPlanFacts } from "./deep-copy-facts.ts";
import { deepCopyNotes } from "./deep-copy-notes.ts";
import { checkOptions, type DeepCopyOptions } from "./deep-copy-options.ts";
import { refuseLosses } from "./deep-copy-refusals.ts";
import { chooseRows, nullKeyTests, rowsToTake, selectRows, type RowChoice } from "./deduplicate.ts";
import { applyDesign } from "./design-overrides.ts";
import { factDifferences } from "./fact-differences.ts";
import { carryIdentity, type CarriedIdentity } from "./identity.ts";
import { asNewTable } from "./new-table.ts";
import { outgoingName } from "./outgoing-name.ts";
import { driftProof, identityProof, nullKeyProof, rowProof } from "./proofs.ts";
import { ownerStatement } from "./table-definition.ts";

/**
 * Builds the batch that replaces a table by a copy of itself: sorted, compacted, and with another design or without
 * duplicates where that is asked for.
 *
 * The old table is renamed, never emptied, and dropped only after the batch has proved in SQL that every row arrived, so a
 * printed script is as safe as an executed batch. ANALYZE follows on its own: inside, it would prolong the exclusive lock
 * and its failure would undo the copy.
 *
 * @throws OptionsError for a copy that would lose rows, grants or views, naming them and the way round.
 * @see AWS Database Developer Guide, "Performing a deep copy" (performing-a-deep-copy)
 */
export function deepCopy(facts: DeepCopyPlanFacts, options: DeepCopyOptions = {}): Batch {
  checkOptions(options);
  const rows = chooseRows(facts.columns, options);
  const asIs = asNewTable(facts);
  const designed = applyDesign(asIs, facts.columns, options);
  refuseLosses(facts, options);
  const identities = designed.columns.flatMap((column) => {
    const carried = carryIdentity(column, facts.identityReach, options.identity ?? "refuse");
    return carried === null ? [] : [carried];
  });
  const created: NewTable = {
    ...designed,
    columns: designed.columns.map(
      (column) => identities.find((carried) => carried.column.name === column.name)?.column ?? column,
    ),
  };
  const outgoing = outgoingName(facts.table.name, facts.takenNames);
  const plan: Plan = { facts, options, rows, created, identities, outgoing };
  const { analyze = true } = options;
  const name = qualifiedName(facts.table);
  return new Batch(
    [
      {
        kind: "transaction",
        statements: [...before(plan), ...creation(plan), ...copying(plan), ...after(plan)],
      },
      ...(analyze
        ? [
            {
              kind: "alone" as const,
              statements: [
                { sql: sql`ANALYZE ${name}`, summary: "Updates the statistics, after the commit" },
              ],
            },
          ]
        : []),
    ],
    {
      notes: deepCopyNotes({ facts, options, rows, asIs, designed, outgoing }),
      facts: {
        differences: async (session) =>
          factDifferences(
            facts,
            await readDeepCopyFacts(session, { schema: facts.table.schema, name: facts.table.name }),
          ),
      },
    },
  );
}

interface Plan {
  readonly facts: DeepCopyPlanFacts;
  readonly options: DeepCopyOptions;
  readonly rows: RowChoice;
  readonly created: NewTable;
  readonly identities: readonly CarriedIdentity[];
  readonly outgoing: string;
}

/** Lock, prove, put the old table aside. */
function before({ facts, outgoing }: Plan): readonly Statement[] {
  const { table, columns, constraints } = facts;
  const name = qualifiedName(table);
  const aside = { schema: table.schema, name: outgoing };
  const selfReferences = constraints.foreignKeys.filter(({ references }) => references.id === table.id);
  return [
    {
      sql: sql`LOCK TABLE ${list(lockedTables(facts).map(qualifiedName))}`,
      summary: "Locks the table, and those whose foreign keys point at it, until the commit",
      locks: true,
    },
    driftProof(table, columns),
    ...constraints.incoming.map((key) => ({
      sql: dropConstraint(key.table, key.name),
      summary: `Takes off the foreign key ${key.name} of ${key.table.schema}.${key.table.name}, which comes back below`,
    })),
    {
      sql: sql`ALTER TABLE ${name} RENAME TO ${identifier(outgoing)}`,
      summary: "Puts the old table aside",
    },
    // The planner trusts keys that nothing enforces, so none may be there while rows are told apart or counted; and their
    // names are wanted for the new table.
    ...[...selfReferences, ...constraints.keys].map((key) => ({
      sql: dropConstraint(aside, key.name),
      summary: `Takes the ${key.kind} ${key.name} off the old table`,
    })),
  ];
}

/** In name order, so that two copies cannot wait for each other. */
function lockedTables({
  table,
  constraints,
}: DeepCopyPlanFacts): readonly { schema: string; name: string }[] {
  const all = [table, ...constraints.incoming.map((key) => key.table)];
  const byName = new Map(all.map(({ schema, name }) => [JSON.stringify([schema, name]), { schema, name }]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The new table with its owner and grants, before a row is in it. */
function creation({ facts, options, created }: Plan): readonly Statement[] {
  const { table, privileges, defaultGrantees } = facts;
  const owner = table.owner.name ?? "";
  const statements: Statement[] = [
    { sql: createTable(created), summary: "Creates the new table, without keys" },
  ];
  const unsorted = created.sortkey.style === "none";
  if (unsorted && (options.sortkey === "none" || facts.design.sortkeyAuto === false)) {
    statements.push({ sql: alterSortkeyNone(created), summary: "Keeps the table without a sort key" });
  }
  statements.push(ownerStatement(table, owner));
  if (options.copyPrivileges === false) return statements;
  const ownerGrantee: Grantee = { kind: "user", name: owner };
  const grantees = [
    { kind: "public" } as const,
    ownerGrantee,
    ...defaultGrantees,
    ...privileges.found.grants.map(({ grantee }) => grantee),
  ];
  const once = [...new Map(grantees.map((grantee) => [describeGrantee(grantee), grantee])).values()];
  statements.push({
    sql: revokeAll(table, once),
    summary: "Takes away what default privileges may have given",
  });
  if (privileges.found.ownerByDefault) {
    statements.push({
      sql: sql`GRANT ALL ON TABLE ${qualifiedName(table)} TO ${userName(owner)}`,
      summary: "Gives the owner everything again",
    });
  }
  statements.push(...grantStatements(table, privileges.found));
  return statements;
}

/** The rows, between proofs. */
function copying({ facts, options, rows, identities, outgoing }: Plan): readonly Statement[] {
  const { table, columns } = facts;
  const aside = { schema: table.schema, name: outgoing };
  const names = columns.map(({ name }) => name);
  const source = { schema: table.schema, outgoing, name: table.name, columns: names };
  const isNull = rows.kind === "first of each group" && rows.nullKeys === "error" ? nullKeyTests(rows) : null;
  return [
    ...(isNull === null ? [] : [nullKeyProof(aside, table.name, isNull)]),
    ...identities.map(({ column, next }) =>
      identityProof(aside, table.name, column.name, next.seed, next.step),
    ),
    {
      sql: sql`
        INSERT INTO ${qualifiedName(table)} (${list(names.map(identifier))})
        ${selectRows(source, rows)}
      `,
      summary: copySummary(rows),
    },
    rowProof(
      rowsToTake(source, rows),
      qualifiedName(table),
      // With the old table kept there is no DROP for this to come before.
      options.keepOutgoing === true ? { check: likenessCheck(facts, options, outgoing) } : {},
    ),
  ];
}

function copySummary(rows: RowChoice): string {
  if (rows.kind === "all") return "Copies every row";
  return rows.kind === "distinct" ? "Copies each different row once" : "Copies one row for each key";
}

/** Keys and comments on the new table; the old one goes. */
function after({ facts, options, rows, outgoing }: Plan): readonly Statement[] {
  const { table, constraints, comments, dependents } = facts;
  const aside = { schema: table.schema, name: outgoing };
  const statements: Statement[] = [
    ...constraints.keys.map((key) => ({
      sql: addKey(table, key),
      summary: `Adds the ${key.kind} ${key.name}`,
    })),
    ...[...constraints.foreignKeys, ...constraints.incoming].map((key) => ({
      sql: addForeignKey(key),
      summary: `Adds the foreign key ${key.name}`,
    })),
    ...commentStatements(table, comments),
    ...dependents.views.map((view) => ({
      sql: sql`DROP VIEW ${qualifiedName(view)}`,
      summary: `Drops the view ${view.schema}.${view.name}, which reads the old table`,
      destroys: `the view ${view.schema}.${view.name}`,
    })),
  ];
  if (options.keepOutgoing === true) return statements;
  const lost = [
    ...(rows.kind === "all" ? [] : ["the rows that were left out as duplicates"]),
    ...(options.copyPrivileges === false ? ["the grants on it"] : []),
  ];
  statements.push({
    // Without CASCADE: a dependant that was overlooked makes it fail instead of vanish.
    sql: sql`DROP TABLE ${qualifiedName(aside)}`,
    summary: "Drops the old table",
    destroys: `the old table ${table.schema}.${outgoing}${lost.length === 0 ? "" : `, with ${lost.join(" and ")}`}`,
    check: likenessCheck(facts, options, outgoing),
  });
  return statements;
}

/** Reads both tables with the same readers, and stops the batch unless columns and privileges are the same. */
function likenessCheck(
  { table: reviewed }: DeepCopyPlanFacts,
  { copyPrivileges = true }: DeepCopyOptions,
  outgoing: string,
): (session: Session) => Promise<void> {
  return async (session) => {
    const old = await getTable(session, { schema: reviewed.schema, name: outgoing });
    const now = await getTable(session, { schema: reviewed.schema, name: reviewed.name });
    const columns = columnDifferences(await readColumns(session, old.id), await readColumns(session, now.id));
    if (columns.length > 0) {
      throw new StatementError(`The new table does not have the old one's columns: ${columns.join("; ")}`);
    }
    if (!copyPrivileges) return;
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
function columnDifferences(before: readonly Column[], after: readonly Column[]): readonly string[] {
  const said = ({ type, notNull, default: value, identity }: Column): string =>
    [
      typeName(type),
      ...(identity === null ? [] : ["IDENTITY"]),
      ...(value === null ? [] : [`DEFAULT ${value}`]),
      ...(notNull ? ["NOT NULL"] : []),
    ].join(" ");
  const old = new Map(before.map((column) => [column.name, said(column)]));
  const now = new Map(after.map((column) => [column.name, said(column)]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => `${name} was ${old.get(name) ?? "not there"} and is ${now.get(name) ?? "not there"}`);
}
