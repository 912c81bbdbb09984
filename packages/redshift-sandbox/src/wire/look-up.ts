import type { PassPlan } from "../sql/plan.ts";
import type { BackendConnection } from "./backend-connection.ts";
import type { Statement } from "./statements.ts";

/** Whether the catalog must be asked what a statement means before it is sent. */
export function lookupWanted(statement: Statement | undefined, backend: BackendConnection): boolean {
  const plan = statement?.plan;
  if (plan?.kind !== "pass" || plan.lookup === undefined) return false;
  // In a failed transaction PostgreSQL refuses everything alike.
  return backend.state !== "E" && (plan.lookup.always || !backend.superuser);
}

/** What PostgreSQL is to get; everything sent before must have been answered. */
export async function lookUp(
  plan: PassPlan,
  backend: BackendConnection,
  parameterTypes: readonly number[] = [],
): Promise<string> {
  if (plan.lookup === undefined) return plan.sql;
  return plan.lookup.text({
    inTransaction: backend.state === "T",
    parameterTypes,
    query: (sql) => backend.query(sql),
    details: (sql) => backend.details(sql),
  });
}
