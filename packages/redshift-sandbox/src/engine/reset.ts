import type pg from "pg";
import { ADMINISTRATOR, DATABASE } from "../environment.ts";
import { restoreAdministrator } from "./administrator.ts";
import type { Cluster } from "./cluster.ts";

/**
 * Brings the cluster back to what it was when it was new, in a fraction of a second: every database is dropped, whoever is
 * connected is disconnected, all users and groups are dropped, and `dev` is cloned again. Passwords stay.
 */
export async function resetCluster(cluster: Cluster): Promise<void> {
  const client = await cluster.connect("template1");
  try {
    const databases = await names(
      client,
      "SELECT datname AS name FROM pg_database WHERE datname <> 'template1'",
    );
    for (const database of databases)
      await client.query(`DROP DATABASE ${client.escapeIdentifier(database)} WITH (FORCE)`);
    await client.query("ALTER ROLE ALL RESET ALL");
    await dropRoles(client, cluster.data.state.reservedRoles);
    await restoreAdministrator(client, cluster.password);
    await client.query(`CREATE DATABASE ${DATABASE} STRATEGY file_copy`);
  } finally {
    await client.end();
  }
}

/** With their databases gone the roles own nothing, so that each can simply be dropped. */
async function dropRoles(client: pg.Client, reserved: readonly string[]): Promise<void> {
  // An end of validity cannot be taken back to "none", so such an administrator is made anew.
  const roles = await names(
    client,
    `SELECT rolname AS name FROM pg_roles WHERE rolname <> ALL ($1) OR (rolname = $2 AND rolvaliduntil IS NOT NULL)`,
    [reserved, ADMINISTRATOR],
  );
  for (const role of roles) await client.query(`DROP ROLE ${client.escapeIdentifier(role)}`);
}

async function names(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql, [...values]);
  return rows.map(({ name }) => name);
}
