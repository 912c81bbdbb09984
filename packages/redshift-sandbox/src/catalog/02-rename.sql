-- The server finds its catalogs by oid, so their names are free for views that look like Redshift's.
-- What the server itself parsed at initdb (information_schema, pg_tables …) keeps reading the tables.
DO $$
DECLARE
  catalog text;
BEGIN
  FOREACH catalog IN ARRAY ARRAY['pg_class', 'pg_attribute', 'pg_attrdef', 'pg_constraint', 'pg_namespace', 'pg_description',
    'pg_depend', 'pg_default_acl', 'pg_proc', 'pg_type', 'pg_index', 'pg_database', 'pg_group', 'pg_user', 'pg_shadow', 'pg_tables',
    'pg_views', 'pg_indexes', 'pg_locks', 'pg_stat_activity', 'pg_settings']
  LOOP
    EXECUTE format('ALTER TABLE pg_catalog.%I RENAME TO %I', catalog, catalog || '_base');
    EXECUTE format('REVOKE ALL ON pg_catalog.%I FROM PUBLIC', catalog || '_base');
  END LOOP;
END $$;

-- 'pg_class'::regclass is now the view, so the views show its oid wherever the server wrote the table's.
-- Filled in at the end of 04-catalogs.sql, when the views have oids.
CREATE FUNCTION redshift_sandbox.shown_catalog(base oid) RETURNS oid LANGUAGE sql IMMUTABLE RETURN base;

-- What clients never see: this sandbox's own schema, the renamed catalogs, and catalogs of what Redshift does not have.
CREATE FUNCTION redshift_sandbox.is_hidden_namespace(namespace oid) RETURNS boolean
  LANGUAGE sql IMMUTABLE RETURN false;
DO $$
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.is_hidden_namespace(namespace oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN namespace = %s', 'redshift_sandbox'::regnamespace::oid);
  EXECUTE format('CREATE FUNCTION redshift_sandbox.is_hidden_catalog(reloid oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN reloid = ANY (%L::oid[])',
    (SELECT array_agg(oid) FROM pg_catalog.pg_class_base WHERE relnamespace = 11 AND (relname LIKE 'pg!_%!_base' ESCAPE '!'
      OR relname ~ '^pg_(statistic_ext|stats_ext|user_mapping|subscription|publication|foreign_|polic|replication_|init_privs|seclabel|shseclabel|collation|parameter_acl|partitioned_table|range|transform|sequence|event_trigger|extension|enum|ts_|largeobject|auth|db_role_setting|opfamily|shdescription|shdepend|roles|matviews|available_|hba_|file_settings|ident_|config|shmem|backend_memory|prepared_|cursors|wait_events|stat_(progress|wal|io|slru|bgwriter|checkpointer|archiver|subscription|replication|recovery|ssl|gssapi|database_conflicts))')));
END $$;

-- The server's own functions that are replaced move aside. Its stored expressions call them by oid and go on doing so.
CREATE FUNCTION redshift_sandbox.move_aside(signature regprocedure) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    UPDATE pg_catalog.pg_proc_base SET pronamespace = 'redshift_sandbox'::regnamespace WHERE oid = signature;
  END;
