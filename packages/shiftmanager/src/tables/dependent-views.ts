import { readViewFacts, type ViewFacts } from "../catalog/view-facts.ts";
import { describeGrants, privilegeDifferences } from "../ddl/grants.ts";
import { createView } from "../ddl/create-view.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Step } from "../sql/batch.ts";
import { proof } from "../sql/proof.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { viewDefinition } from "./view-definition.ts";

/** What becomes of the views that read the table. */
export type DependentsChoice = "rebind" | "refuse" | "drop";

/** Reads all of each view that a copy has to carry over. */
export async function readDependentViews(
  session: Session,
  views: readonly { readonly schema: string; readonly name: string }[],
): Promise<readonly ViewFacts[]> {
  const facts: ViewFacts[] = [];
  for (const { schema, name } of views) facts.push(await readViewFacts(session, { schema, name }));
  return facts;
}

/** What a view is, in words, for comparing one reading with another. */
export function describeViews(views: readonly ViewFacts[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const { table, view, privileges } of views) {
    const kind = view.kind === "materialized" ? "materialized view" : "view";
    const name = `${view.schema}.${view.name}`;
    known.set(`The ${kind} ${name}`, view.text.replace(/\s+/g, " ").trim());
    known.set(`The owner of the ${kind} ${name}`, table.owner.name ?? `a dropped user (${table.owner.id})`);
    for (const grant of describeGrants(privileges.found, table.owner.name)) {
      known.set(`The privilege ${grant} on the ${kind} ${name}`, "there");
    }
  }
  return known;
}

/**
 * Binds views to the new table: a view follows the table that is renamed, and CREATE OR REPLACE VIEW with the text of
 * before makes it read the table of that name again, its owner and grants kept. Views on views come after those they read.
 * @param views - readers before what they read
 * @see AWS Database Developer Guide, CREATE VIEW (r_CREATE_VIEW); facts.md 3.9
 */
export function rebindViews(
  views: readonly ViewFacts[],
  old: { readonly schema: string; readonly name: string },
): readonly Statement[] {
  const [first] = views;
  if (first === undefined) return [];
  const path = first.searchPath.length === 0 ? literal("") : list(first.searchPath.map(identifier));
  return [
    {
      sql: sql`SET LOCAL search_path TO ${path}`,
      summary: "Reads names in the views' texts as they were read, until the commit",
    },
    ...views.toReversed().map(({ view }) => ({
      sql: createView(view, { replace: true }),
      summary: `Makes the view ${view.schema}.${view.name} read the new table`,
    })),
    {
      ...unboundProof(old),
      check: sameViewsCheck(views),
    },
  ];
}

/** Proves that no view is left behind with the old table; where that one is kept no DROP would tell. */
function unboundProof(old: { readonly schema: string; readonly name: string }): Statement {
  return proof(
    "no_view_reads_the_old_table",
    sql`COUNT(*) = 0`,
    sql`
      FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_depend r ON r.objid = d.objid AND r.classid = d.classid AND r.deptype = 'i'
      JOIN pg_catalog.pg_class v ON v.oid = r.refobjid AND v.relkind = 'v'
      JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
      WHERE n.nspname = ${literal(old.schema)}
        AND t.relname = ${literal(old.name)}
        AND v.oid <> t.oid
    `,
  );
}

/** Stops the batch unless each view has the owner and the privileges that it had. */
function sameViewsCheck(views: readonly ViewFacts[]): NonNullable<Statement["check"]> {
  return async (session) => {
    for (const before of views) {
      const now = await readViewFacts(session, { schema: before.view.schema, name: before.view.name });
      const differences = [
        ...(now.table.owner.id === before.table.owner.id
          ? []
          : [`the owner is ${now.table.owner.name ?? String(now.table.owner.id)}`]),
        ...privilegeDifferences(before.privileges.found, now.privileges.found, before.table.owner.name),
      ];
      if (differences.length === 0) continue;
      throw new StatementError(
        `The view ${before.view.schema}.${before.view.name} is not what it was: ${differences.join("; ")}`,
      );
    }
  };
}

/** Drops views by name, readers before what they read. */
export function dropViews(views: readonly ViewFacts[]): readonly Statement[] {
  return views.map(({ view }) => ({
    sql: sql`DROP VIEW ${qualifiedName(view)}`,
    summary: `Drops the view ${view.schema}.${view.name}, which reads the old table`,
    destroys: `the view ${view.schema}.${view.name}`,
  }));
}

/** Drops materialized views, which a renamed table makes unrefreshable. */
export function dropMaterializedViews(views: readonly ViewFacts[]): readonly Statement[] {
  return views.map(({ view }) => ({
    sql: sql`DROP MATERIALIZED VIEW ${qualifiedName(view)}`,
    summary: `Drops the materialized view ${view.schema}.${view.name}, which is created again after the commit`,
    destroys: `the rows of the materialized view ${view.schema}.${view.name} until it is created again`,
  }));
}

/** Creates materialized views again, each with its owner, grants and comment; after the commit, for it computes them anew. */
export function recreateMaterializedViews(views: readonly ViewFacts[]): readonly Step[] {
  return views.flatMap((facts): readonly Step[] => {
    const [create, ...rest] = viewDefinition(facts).statements;
    if (create === undefined) return [];
    const statements = [
      { ...create, summary: `Creates the materialized view ${facts.view.schema}.${facts.view.name} again` },
    ];
    return [
      { kind: "alone", statements },
      ...(rest.length === 0 ? [] : [{ kind: "transaction" as const, statements: rest }]),
    ];
  });
}
