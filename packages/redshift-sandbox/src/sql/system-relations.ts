import { SqlError } from "../errors.ts";
import { knownCatalogs, systemPrefix } from "./known.ts";

/** Whether a relation belongs to the system, so that no client may write to it. */
export function isSystem(schema: string | undefined, name: string): boolean {
  if (schema !== undefined) return ["pg_catalog", "information_schema", "redshift_sandbox"].includes(schema);
  return name.startsWith("pg_") || systemPrefix.test(name);
}

/**
 * Refuses what the engine has and Redshift does not show: catalogs of PostgreSQL alone, and the sandbox's own schema.
 * @throws SqlError 42501 for that schema, 42P01 for the rest
 */
export function refuseHidden(schema: string | undefined, name: string): void {
  if (schema !== undefined) refuseOwnSchema(schema);
  if (schema === undefined ? isHidden(name) : isHiddenIn(schema, name))
    throw new SqlError(
      "42P01",
      `relation "${schema === undefined ? "" : `${schema}.`}${name}" does not exist`,
    );
}

/** Schemas that no client statement may name. */
export function refuseOwnSchema(schema: string): void {
  if (schema === "redshift_sandbox" || schema.startsWith("pg_toast"))
    throw new SqlError("42501", `permission denied for schema ${schema}`);
}

function isHidden(name: string): boolean {
  return name.startsWith("pg_") && !knownCatalogs.has(name);
}

function isHiddenIn(schema: string, name: string): boolean {
  return schema === "pg_catalog" && !knownCatalogs.has(name) && !systemPrefix.test(name);
}
