import type { Session } from "../session.ts";

/** System views that not every cluster has, or that not every user may read. */
export type OptionalView =
  | "svv_table_info"
  | "svv_relation_privileges"
  | "svv_column_privileges"
  | "svv_schema_privileges"
  | "svv_default_privileges"
  | "svv_roles"
  | "svv_role_grants"
  | "svv_user_grants"
  | "svv_rls_relation"
  | "svv_attached_masking_policy"
  | "svv_datashare_objects"
  | "pg_attribute_info"
  | "pg_conf";

interface ViewRow {
  readonly view_name: string;
  readonly readable: boolean;
}

const viewsQuery = `
SELECT
  c.relname::text AS view_name,
  has_table_privilege('pg_catalog.' || c.relname::text, 'select') AS readable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'pg_catalog'
  AND c.relname IN ('svv_table_info', 'svv_relation_privileges', 'svv_column_privileges', 'svv_schema_privileges',
                    'svv_default_privileges', 'svv_roles', 'svv_role_grants', 'svv_user_grants', 'svv_rls_relation',
                    'svv_attached_masking_policy', 'svv_datashare_objects', 'pg_attribute_info', 'pg_conf')`;

/** Which of the optional system views exist, and whether the session may SELECT from them. */
export type SystemViews = ReadonlyMap<OptionalView, { readonly readable: boolean }>;

/**
 * Looks before the other readers leap: a SELECT that is refused would abort the transaction they may be in, and
 * Redshift has no savepoints.
 */
export async function readSystemViews(session: Session): Promise<SystemViews> {
  const { rows } = await session.query<ViewRow>(viewsQuery);
  return new Map(rows.map((row) => [row.view_name as OptionalView, { readable: row.readable }]));
}
