import type pg from "pg";
import { ADMINISTRATOR } from "../environment.ts";

const ATTRIBUTES = "SUPERUSER CREATEDB CREATEROLE LOGIN";

/** How the administrator is made, in the template and again after someone dropped or renamed it. */
export const CREATE_ADMINISTRATOR = `CREATE ROLE ${ADMINISTRATOR} ${ATTRIBUTES}`;

/** Makes the administrator what the sandbox's environment says it is, whatever clients did to it. */
export async function restoreAdministrator(client: pg.Client, password: string): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [ADMINISTRATOR]);
  if (rowCount === 0) await client.query(CREATE_ADMINISTRATOR);
  await client.query(`ALTER ROLE ${ADMINISTRATOR} RESET ALL`);
  await client.query(
    `ALTER ROLE ${ADMINISTRATOR} ${ATTRIBUTES} CONNECTION LIMIT -1 PASSWORD ${client.escapeLiteral(password)}`,
  );
  const { rows } = await client.query<{ role: string }>(
    "SELECT roleid::regrole::text AS role FROM pg_auth_members WHERE member = $1::regrole",
    [ADMINISTRATOR],
  );
  for (const { role } of rows) await client.query(`REVOKE ${role} FROM ${ADMINISTRATOR}`);
}
