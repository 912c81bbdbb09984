-- Schemas and databases, as drivers list them. Those of datashares and of other databases are not imitated.

-- Names of the system are no schema that one could use; the numbers of owners are those of PG_USER.
CREATE VIEW pg_catalog.svv_redshift_schemas AS
SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, n.nspowner::integer AS schema_owner, 'local'::text AS schema_type,
  array_to_string(n.nspacl, '~') AS schema_acl, NULL::text AS schema_option
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_(toast|temp)' AND has_schema_privilege(n.oid, 'USAGE');
CREATE VIEW pg_catalog.svv_all_schemas AS
SELECT s.database_name, s.schema_name, s.schema_owner, s.schema_type, s.schema_acl, NULL::text AS source_database, s.schema_option
FROM pg_catalog.svv_redshift_schemas s;

CREATE VIEW pg_catalog.svv_redshift_databases AS
SELECT d.datname::text AS database_name, d.datdba::integer AS database_owner, 'local'::text AS database_type, array_to_string(d.datacl, '~') AS database_acl,
  NULL::text AS database_options
FROM pg_catalog.pg_database d WHERE NOT d.datistemplate;
