import { describeGrantee, type Grantee } from "../catalog/acl.ts";
import { findMention } from "../catalog/mention.ts";
import type { SchemaDefinitionFacts, SchemaViewFacts } from "../catalog/schema-definition-facts.ts";
import type { DefinitionFacts, PrivilegeFacts } from "../catalog/table-facts.ts";
import { commentStatements } from "../ddl/comments.ts";
import { createSchema, defaultPrivilegeStatements, schemaGrantStatements } from "../ddl/create-schema.ts";
import { privilegeStatements } from "../ddl/grants.ts";
import { addForeignKey } from "../ddl/keys.ts";
import { flag, type Kinds } from "../kinds.ts";
import { identifier, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { privilegeNotes } from "./reflected-privileges.ts";
import { ownerStatement, tableDefinition } from "./table-definition.ts";
import { viewDefinition } from "./view-definition.ts";

/** What `schemaDefinition` takes besides the schema's name. */
export interface SchemaDefinitionOptions {
  /** Write the users, groups and roles that the schema names as well, before everything else. Default false. */
  readonly principals?: boolean;
}

export const schemaDefinitionKinds: Kinds<SchemaDefinitionOptions> = { principals: flag };

/** The statements of a schema, and what a reviewer should know of them. */
export interface SchemaStatements {
  readonly statements: readonly Statement[];
  readonly notes: readonly string[];
}

/** The first user id that is no system user's; `rdsdb`, who owns `public`, is 1. @see facts.md 3.7 */
const firstUserId = 100;

/**
 * Writes the statements that create a schema as it is: tables, then foreign keys, views after what they read, owners, grants,
 * comments; at the end default privileges, which would otherwise reach the tables above.
 */
export function schemaDefinition(facts: SchemaDefinitionFacts): SchemaStatements {
  const { schema, tables, defaultPrivileges, routines } = facts;
  const views = inOrder(facts.views);
  const own = tables.map((table) => tableDefinition(withoutForeignKeys(table), { copyPrivileges: false }));
  const bodies = views.map((view) => viewDefinition(view, { copyPrivileges: false }));
  const relations = [...tables, ...views];
  return {
    statements: [
      ...schemaStatements(facts),
      ...own.flatMap(({ statements }, i) => about(tables[i], statements)),
      ...tables.flatMap((facts) => about(facts, foreignKeyStatements(facts))),
      ...bodies.flatMap(({ statements }, i) => about(views[i], statements)),
      ...relations.flatMap((facts) => about(facts, ownerStatements(facts))),
      ...schemaGrantStatements(schema),
      ...relations.flatMap((facts) => {
        const { table, privileges } = facts;
        return about(facts, privilegeStatements(table, privileges.found, table.owner.name));
      }),
      ...defaultPrivilegeStatements(schema.name, defaultPrivileges.found),
    ],
    notes: [
      ...(routines === 0
        ? []
        : [
            `The ${routines === 1 ? "function or procedure" : `${routines} functions and procedures`} of the schema ${schema.name} ` +
              `${routines === 1 ? "is" : "are"} not written; create what the views and defaults use first.`,
          ]),
      ...outsideNotes(facts),
      ...own.flatMap(({ notes }) => notes),
      ...bodies.flatMap(({ notes }) => notes),
      ...(schema.privileges.missing === undefined
        ? []
        : [`The privileges on the schema may not be complete. ${schema.privileges.missing}`]),
      ...schema.privileges.found.unknown,
      ...relations.flatMap(({ table, privileges }) => privilegeNotes(table, privileges)),
      ...(defaultPrivileges.missing === undefined ? [] : [defaultPrivileges.missing]),
    ],
  };
}

/** Who is named in a schema's definition: owners, grantees, and whose creations default privileges are for. */
export function principalsOf({
  schema,
  tables,
  views,
  defaultPrivileges,
}: SchemaDefinitionFacts): readonly Grantee[] {
  const owners = [
    schema.owner,
    ...tables.map(({ table }) => table.owner),
    ...views.map(({ table }) => table.owner),
  ];
  const named: readonly Grantee[] = [
    ...owners.flatMap(({ id, name }) =>
      name === null || id < firstUserId ? [] : [{ kind: "user" as const, name }],
    ),
    ...schema.privileges.found.grants.map(({ grantee }) => grantee),
    ...[...tables, ...views].flatMap(({ privileges }) =>
      privileges.found.grants.map(({ grantee }) => grantee),
    ),
    ...defaultPrivileges.found.flatMap(({ creator, grants }) => [
      { kind: "user" as const, name: creator },
      ...grants.map(({ grantee }) => grantee),
    ]),
  ];
  return [...new Map(named.map((grantee) => [describeGrantee(grantee), grantee])).values()];
}

/** Among many tables, each summary says of which it speaks. */
function about(
  facts: Pick<PrivilegeFacts, "table"> | undefined,
  statements: readonly Statement[],
): readonly Statement[] {
  const name = facts?.table.name ?? "";
  return statements.map((statement) =>
    statement.summary.startsWith("Creates the ")
      ? statement
      : { ...statement, summary: `${name}: ${statement.summary}` },
  );
}

function ownerStatements({ table }: Pick<PrivilegeFacts, "table">): readonly Statement[] {
  return table.owner.name === null ? [] : [ownerStatement(table, table.owner.name)];
}

function schemaStatements({ schema }: SchemaDefinitionFacts): readonly Statement[] {
  const { name } = schema;
  const owner = schema.owner.id < firstUserId ? null : schema.owner.name;
  // Every database has it from the start.
  if (name !== "public") {
    return [{ sql: createSchema(name, owner), summary: `Creates the schema ${name}` }];
  }
  if (owner === null) return [];
  return [
    {
      sql: sql`ALTER SCHEMA ${identifier(name)} OWNER TO ${userName(owner)}`,
      summary: `Makes ${owner} the owner of the schema`,
    },
  ];
}

/** A table's keys of other tables come when all tables are there, and their comments with them. */
function withoutForeignKeys(facts: DefinitionFacts): DefinitionFacts {
  const { constraints, comments } = facts;
  const names = new Set(constraints.foreignKeys.map(({ name }) => name));
  return {
    ...facts,
    constraints: { ...constraints, foreignKeys: [] },
    comments: { ...comments, constraints: comments.constraints.filter(({ name }) => !names.has(name)) },
  };
}

function foreignKeyStatements({ table, constraints, comments }: DefinitionFacts): readonly Statement[] {
  const names = new Set(constraints.foreignKeys.map(({ name }) => name));
  return [
    ...constraints.foreignKeys.map((key) => ({
      sql: addForeignKey(key),
      summary: `Adds the foreign key ${key.name}`,
    })),
    ...commentStatements(table, {
      table: null,
      columns: [],
      constraints: comments.constraints.filter(({ name }) => names.has(name)),
    }),
  ];
}

/** Each view after those that it reads, otherwise in name order. */
function inOrder(views: readonly SchemaViewFacts[]): readonly SchemaViewFacts[] {
  const ordered = new Set<SchemaViewFacts>();
  const begun = new Set<SchemaViewFacts>();
  const place = (view: SchemaViewFacts): void => {
    // Late-binding views may read each other in a circle.
    if (begun.has(view)) return;
    begun.add(view);
    for (const other of views) if (other !== view && readsView(view, other)) place(other);
    ordered.add(view);
  };
  for (const view of views) place(view);
  return [...ordered];
}

function readsView({ view, reads }: SchemaViewFacts, other: SchemaViewFacts): boolean {
  if (reads.some(({ id }) => id === other.view.id)) return true;
  return view.kind !== "regular" && findMention(view.text, other.view);
}

/** What has to be there already, because it is in another schema. */
function outsideNotes({ schema, tables, views }: SchemaDefinitionFacts): readonly string[] {
  const outside = (ref: { readonly schema: string }): boolean => ref.schema !== schema.name;
  const named = (ref: { readonly schema: string; readonly name: string }): string =>
    `${ref.schema}.${ref.name}`;
  return [
    ...tables.flatMap(({ table, constraints }) =>
      constraints.foreignKeys
        .filter(({ references }) => outside(references))
        .map(
          ({ name, references }) =>
            `The foreign key ${name} of ${table.name} points at ${named(references)}, which must be there first.`,
        ),
    ),
    ...views.flatMap(({ view, reads }) =>
      reads
        .filter(outside)
        .map((ref) => `The view ${view.name} reads ${named(ref)}, which must be there first.`),
    ),
  ];
}
