import type { Session } from "../session.ts";
import { describeGrantee, parseAcl, type Grantee } from "./acl.ts";

interface DefaultAclRow {
  readonly acl: string;
}

const defaultAclQuery = `
SELECT array_to_string(d.defaclacl, '
') AS acl
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE d.defacluser = $1::integer
  AND d.defaclobjtype = 'r'    -- tables and views
  AND (n.nspname IS NULL OR n.nspname::text = $2::text)`;

/**
 * Reads who would be given privileges on a table that this user creates in this schema. Complete for the session's own
 * user, whose rows of PG_DEFAULT_ACL are the ones it may see.
 */
export async function readDefaultGrantees(
  session: Session,
  userId: number,
  schema: string,
): Promise<readonly Grantee[]> {
  const { rows } = await session.query<DefaultAclRow>(defaultAclQuery, [userId, schema]);
  const grantees = rows.flatMap(({ acl }) => parseAcl(acl).items.map(({ grantee }) => grantee));
  return [...new Map(grantees.map((grantee) => [describeGrantee(grantee), grantee])).values()];
}
