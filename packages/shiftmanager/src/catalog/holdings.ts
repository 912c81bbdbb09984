import type { Session } from "../session.ts";
import { parseAcl } from "./acl.ts";

/** A user or group that is to be dropped. */
export interface Holder {
  readonly kind: "user" | "group";
  readonly name: string;
}

/** What a user or group has in the current database, each as "table public.sales". */
export interface Holdings {
  readonly owned: readonly string[];
  /** Of others' objects; "default privileges of alice" among them. */
  readonly privileges: readonly string[];
}

interface ObjectRow {
  readonly kind: string;
  readonly object_name: string;
}

interface AclRow extends ObjectRow {
  readonly acl: string;
}

const ownedQuery = `
SELECT o.kind, o.object_name
FROM (
  SELECT 'database' AS kind, d.datname::text AS object_name, d.datdba AS owner_id FROM pg_catalog.pg_database d
  UNION ALL
  SELECT 'schema', n.nspname::text, n.nspowner FROM pg_catalog.pg_namespace n
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, n.nspname::text || '.' || c.relname::text, c.relowner
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v')
  UNION ALL
  SELECT 'function', n.nspname::text || '.' || p.proname::text, p.proowner
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
) o
JOIN pg_catalog.pg_user u ON u.usesysid = o.owner_id
WHERE u.usename::text = $1::text
ORDER BY 1, 2`;

// The name is looked for in the text first, so that not every ACL of the database travels here; which entry is meant is
// then read from the entries themselves.
const privilegesQuery = `
SELECT o.kind, o.object_name, o.acl
FROM (
  SELECT 'database' AS kind, d.datname::text AS object_name, array_to_string(d.datacl, '
') AS acl
  FROM pg_catalog.pg_database d
  UNION ALL
  SELECT 'schema', n.nspname::text, array_to_string(n.nspacl, '
')
  FROM pg_catalog.pg_namespace n
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, n.nspname::text || '.' || c.relname::text,
    array_to_string(c.relacl, '
')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  UNION ALL
  SELECT 'function', n.nspname::text || '.' || p.proname::text, array_to_string(p.proacl, '
')
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  UNION ALL
  SELECT 'default privileges of', u.usename::text, array_to_string(a.defaclacl, '
')
  FROM pg_catalog.pg_default_acl a
  JOIN pg_catalog.pg_user u ON u.usesysid = a.defacluser
) o
WHERE strpos(lower(o.acl), lower($1::text)) > 0
ORDER BY 1, 2`;

/**
 * Reads what keeps a user or group from being dropped, as far as this session sees it: of default privileges only those
 * that it may see. Other databases are not looked at, as the server does not.
 * @see AWS Database Developer Guide, DROP USER (r_DROP_USER)
 */
export async function readHoldings(session: Session, { kind, name }: Holder): Promise<Holdings> {
  const owned =
    kind === "user" ? (await session.query<ObjectRow>(ownedQuery, [name])).rows.map(described) : [];
  const { rows } = await session.query<AclRow>(privilegesQuery, [name.replaceAll('"', '""')]);
  const privileges = rows
    .filter(({ acl }) =>
      parseAcl(acl).items.some(({ grantee }) => grantee.kind === kind && isNamed(kind, grantee.name, name)),
    )
    .map(described);
  const theirs = new Set(owned);
  return { owned, privileges: privileges.filter((object) => !theirs.has(object)) };
}

/** Quoted user names keep their case, group names fold. */
function isNamed(kind: Holder["kind"], found: string, wanted: string): boolean {
  return kind === "user" ? found === wanted : found.toLowerCase() === wanted.toLowerCase();
}

function described({ kind, object_name }: ObjectRow): string {
  return `${kind} ${object_name}`;
}
