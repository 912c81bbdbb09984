import type pg from "pg";

/** Which catalog the template holds. Bare until src/catalog is merged. */
export function catalogFingerprint(): Promise<string> {
  return Promise.resolve("bare");
}

/** Installs the catalog into the database of `client`, a session of `rdsdb`. */
export async function installCatalog(client: pg.Client): Promise<void> {
  await client.query("CREATE SCHEMA IF NOT EXISTS redshift_sandbox");
}
