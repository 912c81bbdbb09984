import type { Grantee } from "../catalog/acl.ts";
import { describeGrantee } from "../catalog/acl.ts";
import { commentStatements } from "../ddl/comments.ts";
import { alterSortkeyNone, createTable } from "../ddl/create-table.ts";
import { grantStatements, revokeAll } from "../ddl/grants.ts";
import { addForeignKey, addKey, dropConstraint } from "../ddl/keys.ts";
import { Batch } from "../sql/batch.ts";
import { identifier, list, qualifiedName, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { copyRows } from "./copied-rows.ts";
import { readDeepCopyFacts } from "./deep-copy-facts.ts";
import type { DeepCopyPlanFacts } from "./deep-copy-facts.ts";
import { deepCopyNotes } from "./deep-copy-notes.ts";
import { dependentsOf, type DeepCopyOptions } from "./deep-copy-options.ts";
import { planDeepCopy, type DeepCopyMeans, type DeepCopyPlan } from "./deep-copy-plan.ts";
import {
  dropMaterializedViews,
  dropViews,
  rebindViews,
  recreateMaterializedViews,
} from "./dependent-views.ts";
import { factDifferences } from "./fact-differences.ts";
import { likenessCheck } from "./likeness-check.ts";
import { boundedLock } from "./lock-wait.ts";
import { driftProof } from "./proofs.ts";
import { cleanStaging, emptyPlaceCheck } from "./staging.ts";
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
export function deepCopy(
  facts: DeepCopyPlanFacts,
  options: DeepCopyOptions = {},
  means: DeepCopyMeans = {},
): Batch {
  const plan = planDeepCopy(facts, options, means);
  const { staging } = plan;
  const { analyze = true } = options;
  const name = qualifiedName(facts.table);
  return new Batch(
    [
      {
        kind: "transaction",
        statements: [...before(plan), ...creation(plan), ...copying(plan), ...after(plan)],
      },
      ...(dependentsOf(options) === "drop" ? recreateMaterializedViews(facts.materializedViews) : []),
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
      notes: deepCopyNotes(plan),
      facts: {
        differences: async (session) =>
          factDifferences(
            facts,
            await readDeepCopyFacts(session, { schema: facts.table.schema, name: facts.table.name }),
          ),
      },
      ...(typeof staging === "object" ? { cleanUp: () => cleanStaging(staging) } : {}),
    },
  );
}

/** Lock, prove, put the old table aside. */
function before({ facts, options, outgoing, staging }: DeepCopyPlan): readonly Statement[] {
  const { table, columns, constraints } = facts;
  const name = qualifiedName(table);
  const aside = { schema: table.schema, name: outgoing };
  const selfReferences = constraints.foreignKeys.filter(({ references }) => references.id === table.id);
  const locked = lockedTables(facts);
  const lock: Statement = {
    sql: sql`LOCK TABLE ${list(locked.map(qualifiedName))}`,
    summary: "Locks the table, and those whose foreign keys point at it, until the commit",
    locks: true,
    ...(typeof staging === "object" ? { check: emptyPlaceCheck(staging) } : {}),
  };
  return [
    ...boundedLock(
      lock,
      locked.map(({ id }) => id),
      options.lockTimeoutMs,
      facts.statementTimeout,
    ),
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
}: DeepCopyPlanFacts): readonly { id: number; schema: string; name: string }[] {
  const all = [table, ...constraints.incoming.map((key) => key.table)];
  const byName = new Map(
    all.map(({ id, schema, name }) => [JSON.stringify([schema, name]), { id, schema, name }]),
  );
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The new table with its owner and grants, before a row is in it. */
function creation({ facts, options, created }: DeepCopyPlan): readonly Statement[] {
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
function copying(plan: DeepCopyPlan): readonly Statement[] {
  const { facts, options, rows, carried, identities, outgoing, contents, staging } = plan;
  const { table, columns } = facts;
  return copyRows({
    source: { schema: table.schema, outgoing, name: table.name, columns: columns.map(({ name }) => name) },
    rows,
    columns,
    carried,
    identities,
    contents,
    staging,
    // With the old table kept there is no DROP for this to come before.
    check: options.keepOutgoing === true ? likeness(plan) : undefined,
  });
}

function likeness({
  facts,
  options,
  created,
  changed,
  outgoing,
}: DeepCopyPlan): NonNullable<Statement["check"]> {
  const privileges = options.copyPrivileges !== false;
  return likenessCheck({ facts, created: created.columns, changed, privileges, outgoing });
}

/** Keys and comments on the new table; the old one goes. */
function after(plan: DeepCopyPlan): readonly Statement[] {
  const { facts, options, outgoing, lost } = plan;
  const { table, constraints, comments } = facts;
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
    ...(dependentsOf(options) === "drop"
      ? [...dropMaterializedViews(facts.materializedViews), ...dropViews(facts.views)]
      : rebindViews(facts.views, aside)),
  ];
  if (options.keepOutgoing === true) return statements;
  statements.push({
    // Without CASCADE: a dependant that was overlooked makes it fail instead of vanish.
    sql: sql`DROP TABLE ${qualifiedName(aside)}`,
    summary: "Drops the old table",
    destroys: `the old table ${table.schema}.${outgoing}${lost.length === 0 ? "" : `, with ${lost.join(" and ")}`}`,
    check: likeness(plan),
  });
  return statements;
}
