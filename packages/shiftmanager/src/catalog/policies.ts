import type { Session } from "../session.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";
import type { TableRow } from "./tables.ts";

interface PolicyRow {
  readonly policy: string;
}

const rlsQuery = `
SELECT 'row-level security'::varchar AS policy
FROM svv_rls_relation
WHERE relschema = $1 AND relname = $2 AND is_rls_on`;

// Its columns are not in the manual's text, only in its table of them; these two are named by its functions. @see facts.md 3.10
const maskingQuery = `
SELECT DISTINCT 'a masking policy'::varchar AS policy
FROM svv_attached_masking_policy
WHERE schema_name = $1 AND table_name = $2`;

/**
 * Reads the row-level security and masking policies on a table. Only superusers and `sys:secadmin` see them; others get
 * no row and no error.
 */
export async function readPolicies(
  session: Session,
  table: Pick<TableRow, "schema" | "name">,
  user: SessionUser,
  views: SystemViews,
): Promise<Reading<readonly string[]>> {
  const found: string[] = [];
  const queries = [
    { view: "svv_rls_relation", query: rlsQuery },
    { view: "svv_attached_masking_policy", query: maskingQuery },
  ] as const;
  for (const { view, query } of queries) {
    // A server that has no such view has no such policies.
    if (views.get(view)?.readable !== true) continue;
    const { rows } = await session.query<PolicyRow>(query, [table.schema, table.name]);
    found.push(...rows.map(({ policy }) => policy));
  }
  return user.superuser
    ? complete(found)
    : incomplete(found, "Only a superuser sees row-level security and masking policies.");
}
