const monitor = ["ACCESS CATALOG", "ACCESS SYSTEM TABLE"];
const operator = [...monitor, "ANALYZE", "CANCEL", "VACUUM"];
const dba = [
  ...operator,
  ...[
    "CREATE SCHEMA",
    "DROP SCHEMA",
    "CREATE TABLE",
    "DROP TABLE",
    "TRUNCATE TABLE",
    "CREATE OR REPLACE PROCEDURE",
  ],
  ...["DROP PROCEDURE", "CREATE OR REPLACE FUNCTION", "CREATE OR REPLACE EXTERNAL FUNCTION"],
  ...["CREATE OR REPLACE VIEW", "DROP VIEW"],
];
const secadmin = [
  ...["CREATE USER", "ALTER USER", "DROP USER", "CREATE ROLE", "DROP ROLE"],
  ...["EXPLAIN RLS", "IGNORE RLS", "EXPLAIN MASKING"],
];
const superuser = [
  ...new Set([...dba, ...secadmin]),
  ...[
    "ALTER DEFAULT PRIVILEGES",
    "ALTER TABLE",
    "DROP FUNCTION",
    "CREATE MODEL",
    "DROP MODEL",
    "CREATE DATASHARE",
  ],
  ...["ALTER DATASHARE", "DROP DATASHARE", "CREATE LIBRARY", "DROP LIBRARY"],
];

/**
 * Redshift's system-defined roles with the system permissions that the manual's descriptions name, owned by rdsdb.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html
 */
export const CREATE_SYSTEM_ROLES: readonly string[] = Object.entries({
  monitor,
  operator,
  dba,
  secadmin,
  superuser,
}).flatMap(([name, system]) => [
  `CREATE ROLE "role/sys:${name}" NOLOGIN`,
  `COMMENT ON ROLE "role/sys:${name}" IS '${JSON.stringify({ owner: 10, system })}'`,
]);
