import { NotFoundError } from "../errors.ts";
import type { Session } from "../session.ts";

/** Who the session is, which decides what the catalog shows it. */
export interface SessionUser {
  readonly id: number;
  readonly name: string;
  readonly superuser: boolean;
}

/** The session itself. */
export interface SessionFacts extends SessionUser {
  readonly database: string;
  /** The schemas that names are looked for in, in order; those that do not exist are left out. */
  readonly searchPath: readonly string[];
}

interface UserRow {
  readonly user_id: number;
  readonly user_name: string;
  readonly superuser: boolean;
  readonly database_name: string;
  readonly schema_names: string | null;
}

// The separator of the schemas is a line break, which no sensible schema's name holds.
const userQuery = `
SELECT
  u.usesysid AS user_id,
  u.usename AS user_name,
  u.usesuper AS superuser,
  current_database()::text AS database_name,
  array_to_string(current_schemas(false), '
') AS schema_names
FROM pg_catalog.pg_user u
WHERE u.usename = current_user`;

/** Reads who the session is, and where: its own row of PG_USER, which everyone may see. */
export async function readSessionUser(session: Session): Promise<SessionFacts> {
  const [row] = (await session.query<UserRow>(userQuery)).rows;
  if (row === undefined) {
    throw new NotFoundError("The session's user is not in PG_USER; connect as a database user.");
  }
  return {
    id: Number(row.user_id),
    name: row.user_name,
    superuser: row.superuser,
    database: row.database_name,
    searchPath: row.schema_names?.split("\n").filter((name) => name !== "") ?? [],
  };
}

const schemaQuery = `SELECT current_schema()::text AS schema_name`;

/**
 * Reads the session's `current_schema()`: the first schema of its search path that exists.
 * @throws NotFoundError when none exists.
 */
export async function readCurrentSchema(session: Session): Promise<string> {
  const [row] = (await session.query<{ readonly schema_name: string | null }>(schemaQuery)).rows;
  if (row === undefined || row.schema_name === null) {
    throw new NotFoundError(
      "No schema of the session's search_path exists; name the schema, or SET search_path to one.",
    );
  }
  return row.schema_name;
}
