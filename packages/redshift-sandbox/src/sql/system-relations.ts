import { SqlError, notImitated } from "../errors.ts";
import {
  knownCatalogs,
  knownInformation,
  missingRelations,
  provisionedPrefix,
  systemPrefix,
} from "./known.ts";
import type { Edition } from "./plan.ts";

/** Whether a relation belongs to the system, so that no client may write to it. */
export function isSystem(schema: string | undefined, name: string): boolean {
  if (schema !== undefined) return ["pg_catalog", "information_schema", "redshift_sandbox"].includes(schema);
  return name.startsWith("pg_") || systemPrefix.test(name);
}

/**
 * Refuses what the engine has and Redshift does not show: catalogs of PostgreSQL alone, the sandbox's own schema, and on
 * Serverless what only a provisioned cluster lets anyone read, superusers included.
 * @throws SqlError 42501 for that schema and for those relations, 0A000 for what Redshift has and the sandbox lacks, 42P01 for the rest
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_intro_system_views.html
 */
export function refuseHidden(schema: string | undefined, name: string, edition: Edition): void {
  if (schema !== undefined) refuseOwnSchema(schema);
  if (edition === "serverless" && (schema ?? "pg_catalog") === "pg_catalog" && provisionedPrefix.test(name))
    throw new SqlError("42501", `permission denied for relation ${name}`);
  if ((schema ?? "pg_catalog") === "pg_catalog" && missingRelations.has(name))
    throw notImitated(`the system view ${name}`);
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
  if (schema === "information_schema") return !knownInformation.has(name);
  return schema === "pg_catalog" && !knownCatalogs.has(name) && !systemPrefix.test(name);
}
