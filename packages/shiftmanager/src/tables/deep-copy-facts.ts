import type { Grantee } from "../catalog/acl.ts";
import { readDatashares } from "../catalog/datashares.ts";
import { readDefaultGrantees } from "../catalog/default-privileges.ts";
import { readDependents, type Dependents } from "../catalog/dependents.ts";
import { readPolicies } from "../catalog/policies.ts";
import { readCollations } from "../catalog/collations.ts";
import type { Reading } from "../catalog/reading.ts";
import type { RelationInput } from "../catalog/relation-name.ts";
import { readSessionUser, type SessionUser } from "../catalog/session-user.ts";
import { readSystemViews } from "../catalog/system-views.ts";
import type { ViewFacts } from "../catalog/view-facts.ts";
import { readTableFacts, type DefinitionFacts, type TableFacts } from "../catalog/table-facts.ts";
import { getTable, readTakenNames, type FindOptions, type TableRow } from "../catalog/tables.ts";
import type { Session } from "../session.ts";
import { identifier, list, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import { readDependentViews } from "./dependent-views.ts";
import { readIdentityReach, type IdentityReach } from "./identity.ts";
import { readWithBoundedWait } from "./lock-wait.ts";

/** What a deep copy has to know beside the table itself. */
export interface DeepCopyFacts extends TableFacts {
  readonly user: SessionUser;
  /** Whom the session's user gives privileges on every table it creates. */
  readonly defaultGrantees: readonly Grantee[];
  readonly dependents: Dependents;
  /** The regular views of `dependents` in their order, and the materialized ones. */
  readonly views: readonly ViewFacts[];
  readonly materializedViews: readonly ViewFacts[];
  readonly policies: Reading<readonly string[]>;
  readonly datashares: Reading<readonly string[]>;
}

/** What a deep copy is planned with; it is proved in SQL rather than read again. */
export interface DeepCopyPlanFacts extends DeepCopyFacts, DefinitionFacts {
  readonly identityReach: readonly IdentityReach[];
  readonly takenNames: ReadonlySet<string>;
  /** The tables whose foreign keys point at it. */
  readonly pointing: readonly TableRow[];
  /** Whether the server would filter or mask what a SELECT of this user reads. */
  readonly securedScan: boolean;
  /** The session's own, as it shows it. */
  readonly statementTimeout: string;
}

/** Reads the facts that must hold from review to execution. */
export async function readDeepCopyFacts(
  session: Session,
  relation: RelationInput,
  options: FindOptions = {},
): Promise<DeepCopyFacts> {
  const facts = await readTableFacts(session, relation, options);
  const { table } = facts;
  const user = await readSessionUser(session);
  const views = await readSystemViews(session);
  const dependents = await readDependents(session, table);
  return {
    ...facts,
    user,
    defaultGrantees: await readDefaultGrantees(session, user.id, table.schema),
    dependents,
    views: await readDependentViews(session, dependents.views),
    materializedViews: await readDependentViews(session, dependents.materialized),
    policies: await readPolicies(session, table, user, views),
    datashares: await readDatashares(session, table, user, views),
  };
}

/**
 * Reads all that `deepCopy` is built from.
 * @throws NotFoundError for a table that is not there; OptionsError for a view.
 */
export async function readDeepCopyPlanFacts(
  session: Session,
  relation: RelationInput,
  { lockTimeoutMs, ...options }: FindOptions & { readonly lockTimeoutMs?: number | undefined } = {},
): Promise<DeepCopyPlanFacts> {
  const facts = await readDeepCopyFacts(session, relation, options);
  const { table, columns } = facts;
  const statementTimeout = await readStatementTimeout(session);
  // These two read the table itself; who may not copy it is refused later, in clearer words than the server's.
  const [securedScan, identityReach] = isOwnerOrSuperuser(facts)
    ? await readWithBoundedWait(
        session,
        table,
        { timeoutMs: lockTimeoutMs, before: statementTimeout },
        () => readSecuredScan(session, facts),
        () => readIdentityReach(session, table, columns),
      )
    : [false, []];
  return {
    ...facts,
    collations: await readCollations(session, table, columns),
    takenNames: await readTakenNames(session, table.schema),
    pointing: await readPointing(session, facts),
    securedScan,
    statementTimeout,
    identityReach,
  };
}

/** Who may replace a table. */
export function isOwnerOrSuperuser({ user, table }: Pick<DeepCopyFacts, "user" | "table">): boolean {
  return user.superuser || user.id === table.owner.id;
}

async function readPointing(session: Session, { constraints }: TableFacts): Promise<readonly TableRow[]> {
  const tables = new Map(constraints.incoming.map(({ table }) => [table.id, table]));
  const found: TableRow[] = [];
  for (const { schema, name } of tables.values()) found.push(await getTable(session, { schema, name }));
  return found;
}

async function readSecuredScan(session: Session, { table, columns }: TableFacts): Promise<boolean> {
  const names = list(columns.map(({ name }) => identifier(name)));
  const { rows } = await session.query(String(sql`EXPLAIN SELECT ${names} FROM ${qualifiedName(table)}`));
  return rows.some((row) => Object.values(row).some((line) => /secure\s?scan/i.test(String(line))));
}

async function readStatementTimeout(session: Session): Promise<string> {
  const { rows } = await session.query<Readonly<Record<string, string>>>("SHOW statement_timeout");
  return Object.values(rows[0] ?? {})[0] ?? "0";
}
