import { NotFoundError } from "../errors.ts";
import type { Session } from "../session.ts";
import { nearestName } from "./nearest-name.ts";
import { nameSpellings } from "./relation-name.ts";

interface SchemaRow {
  readonly schema_name: string;
}

const schemasQuery = `
SELECT n.nspname::text AS schema_name
FROM pg_catalog.pg_namespace n
ORDER BY n.nspname`;

/** Reads the names of all schemas in order, the server's own among them. Complete for everyone. */
export async function readSchemas(session: Session): Promise<readonly string[]> {
  const { rows } = await session.query<SchemaRow>(schemasQuery);
  return rows.map((row) => row.schema_name);
}

/**
 * The name that the catalog holds a schema under. PG_NAMESPACE shows every schema to everyone.
 * @throws NotFoundError that names the nearest schema
 */
export async function getSchema(session: Session, schema: string): Promise<string> {
  const names = await readSchemas(session);
  const found = nameSpellings(schema).find((spelling) => names.includes(spelling));
  if (found !== undefined) return found;
  const nearest = nearestName(schema, names);
  throw new NotFoundError(
    `There is no schema "${schema}"; ${nearest === undefined ? "check its name and the database." : `did you mean "${nearest}"?`}`,
  );
}
