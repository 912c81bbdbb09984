import type { Services } from "../services.ts";
import type { Backend } from "../sql/plan.ts";

/** The number under which the system tables know this COPY or UNLOAD. */
export async function nextQueryId(services: Services, database: string): Promise<string> {
  const [row] = await services.adminQuery(database, "SELECT redshift_sandbox.next_query_id()::text AS id");
  return String(row?.["id"]);
}

/**
 * Leaves session values for `pg_last_copy_id()` and its like. They outlive a rollback, so they go to the session's state,
 * which the wire applies with `set_config` when the statement is over, whether it failed or not.
 */
export function remember(backend: Backend, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) backend.state.set(name, value);
}
