import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Client } from "pg";

/** The SQL of this folder in the order in which it runs: later files use what earlier ones make. */
const files = [
  "01-store.sql",
  "02-rename.sql",
  "03-acl.sql",
  "04-catalogs.sql",
  "05-design.sql",
  "06-keys.sql",
  "07-privilege-questions.sql",
  "08-lengths.sql",
  "09-functions.sql",
  "09b-dates.sql",
  "09c-digests.sql",
  "09d-json.sql",
  "09e-super.sql",
  "09f-super-comparison.sql",
  "09g-aggregates.sql",
  "09h-narrowed-functions.sql",
  "09i-roles.sql",
  "09j-strings-of-numbers.sql",
  "10-system-views.sql",
  "10b-policies.sql",
  "10c-rls-policies.sql",
  "10d-masking-policies.sql",
  "10e-datashares.sql",
  "10f-schemas.sql",
  "11-privilege-views.sql",
  "12-wall.sql",
  "13-late-binding.sql",
  "14-materialized-views.sql",
  "15-merge.sql",
  "16-collations.sql",
  "17-super-name.sql",
  "18-engine-catalogs.sql",
  "19-object-names.sql",
] as const;

async function catalogSql(): Promise<string> {
  const texts = await Promise.all(
    files.map((file) => readFile(new URL(`./${file}`, import.meta.url), "utf8")),
  );
  return texts.join("\n");
}

/**
 * Makes one database of the engine look like Redshift: catalogs, system views, functions, byte lengths, and no way to the host.
 *
 * Runs as `rdsdb`, once per database, in one transaction; only in a database that the sandbox itself created. It touches nothing
 * that databases share, so it is installed in `template1` and every `CREATE DATABASE` afterwards carries it.
 */
export async function installCatalog(client: Client): Promise<void> {
  const sql = await catalogSql();
  await client.query(
    `BEGIN;
SET LOCAL allow_system_table_mods = on;
SET LOCAL standard_conforming_strings = on;
SET LOCAL search_path = pg_catalog;
${sql}
COMMIT;`,
  );
}

/** A hash of everything that `installCatalog` runs: a data directory made with another one is made anew. */
export async function catalogFingerprint(): Promise<string> {
  return createHash("sha256")
    .update(await catalogSql())
    .digest("hex");
}
