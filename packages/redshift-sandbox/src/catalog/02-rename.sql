-- The server finds its catalogs by oid, so their names are free for views that look like Redshift's.
-- What the server itself parsed at initdb (information_schema, pg_tables …) keeps reading the tables. pg_rewrite alone it reads by its name.
DO $$
DECLARE
  catalog text;
BEGIN
  FOREACH catalog IN ARRAY ARRAY['pg_class', 'pg_attribute', 'pg_attrdef', 'pg_constraint', 'pg_namespace', 'pg_description',
    'pg_depend', 'pg_default_acl', 'pg_proc', 'pg_type', 'pg_index', 'pg_database', 'pg_group', 'pg_user', 'pg_shadow', 'pg_tables',
    'pg_views', 'pg_indexes', 'pg_locks', 'pg_stat_activity', 'pg_settings', 'pg_trigger']
  LOOP
    EXECUTE format('ALTER TABLE pg_catalog.%I RENAME TO %I', catalog, catalog || '_base');
    EXECUTE format('REVOKE ALL ON pg_catalog.%I FROM PUBLIC', catalog || '_base');
  END LOOP;
END $$;

-- What clients never see: this sandbox's own schema, the renamed catalogs, and catalogs, types and functions of what Redshift does not
-- have. 'pg_class'::regclass is now the view, so the views show its oid wherever the server wrote the table's.
-- All but the first are filled in by `settle_hidden`, when the views have oids.
CREATE FUNCTION redshift_sandbox.is_hidden_namespace(namespace oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN false;
CREATE FUNCTION redshift_sandbox.is_hidden_catalog(reloid oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN false;
CREATE FUNCTION redshift_sandbox.is_hidden_type(type_oid oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN false;
CREATE FUNCTION redshift_sandbox.is_hidden_function(function_oid oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN false;
CREATE FUNCTION redshift_sandbox.shown_catalog(base oid) RETURNS oid LANGUAGE sql IMMUTABLE RETURN base;
DO $$
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.is_hidden_namespace(namespace oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN namespace = %s', 'redshift_sandbox'::regnamespace::oid);
END $$;

CREATE FUNCTION redshift_sandbox.settle_hidden() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  catalogs oid[] := (SELECT array_agg(oid) FROM pg_catalog.pg_class_base WHERE relnamespace = 'information_schema'::regnamespace
    AND relname ~ '^(_pg_|administrable_|attributes$|character_sets$|check_constraint_routine|collation|column_(column|options)|foreign_|role_udt|routine_(column|routine|sequence|table)_|sequences$|sql_parts$|transforms$|udt_|user_(defined|mapping)|view_routine)'
    OR relnamespace = 11 AND (relname LIKE 'pg!_%!_base' ESCAPE '!'
    OR relname ~ '^pg_(statistic_ext|stats_ext|user_mapping|subscription|publication|foreign_|polic|replication_|init_privs|seclabel|shseclabel|collation|parameter_acl|partitioned_table|range|transform|sequence|event_trigger|extension|enum|ts_|largeobject|auth|db_role_setting|opfamily|shdescription|shdepend|roles|matviews|available_|hba_|file_settings|ident_|config|shmem|backend_memory|prepared_|cursors|wait_events|statio_|stat_(all_indexes|sys_|user_functions|user_indexes|xact_|progress|wal|io|slru|bgwriter|checkpointer|archiver|subscription|replication|recovery|ssl|gssapi|database_conflicts))'));
  -- What has come to PostgreSQL since 8.0, and the row types of those catalogs. SUPER (3802) is shown, under its own number.
  types oid[] := (SELECT array_agg(oid) FROM pg_catalog.pg_type_base WHERE typnamespace = 11 AND (typtype IN ('r', 'm') OR typrelid = ANY (catalogs)
    OR typname::text = ANY (regexp_split_to_array('json jsonpath xml pg_node_tree pg_ndistinct pg_dependencies pg_mcv_list pg_ddl_command uuid pg_lsn
      tsvector gtsvector tsquery regconfig regdictionary txid_snapshot pg_snapshot event_trigger fdw_handler index_am_handler tsm_handler
      table_am_handler anyenum anynonarray anyrange anymultirange anycompatible anycompatiblearray anycompatiblenonarray anycompatiblerange
      anycompatiblemultirange regnamespace regrole regcollation xid8 pg_brin_bloom_summary pg_brin_minmax_multi_summary macaddr8', '[[:space:]]+'))));
  own oid[] := ARRAY(SELECT oid FROM pg_catalog.pg_type_base WHERE typnamespace = 'redshift_sandbox'::regnamespace);
  functions oid[];
BEGIN
  types := types || 3807::oid || ARRAY(SELECT oid FROM pg_catalog.pg_type_base WHERE typelem = ANY (types) AND typcategory = 'A');
  -- Among what functions take, the sandbox's own types too.
  functions := ARRAY(SELECT p.oid FROM pg_catalog.pg_proc_base p WHERE p.pronamespace IN (11, 'information_schema'::regnamespace)
    AND (p.proname ~ '^pg_event_trigger' OR p.oid < 16384 AND p.proname ~ 'json[b]'
    OR (coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) && (types || own || CASE WHEN p.oid < 16384 THEN 3802::oid END)));
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.is_hidden_catalog(reloid oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN reloid = ANY (%L::oid[])', catalogs);
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.is_hidden_type(type_oid oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN type_oid = ANY (%L::oid[])', types);
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.is_hidden_function(function_oid oid) RETURNS boolean
    LANGUAGE sql IMMUTABLE RETURN function_oid = ANY (%L::oid[])', functions);
  EXECUTE format('CREATE OR REPLACE FUNCTION redshift_sandbox.shown_catalog(base oid) RETURNS oid LANGUAGE sql IMMUTABLE
    RETURN CASE base %s ELSE base END', (SELECT string_agg(format('WHEN %s THEN %s', b.oid, v.oid), ' ' ORDER BY b.oid)
    FROM pg_catalog.pg_class_base b
    JOIN pg_catalog.pg_class_base v ON v.relnamespace = b.relnamespace AND v.relname = substr(b.relname::text, 1, length(b.relname::text) - 5)::name
    WHERE b.oid = ANY (catalogs)));
END $body$;

-- The server's own functions that are replaced move aside. Its stored expressions call them by oid and go on doing so.
CREATE FUNCTION redshift_sandbox.move_aside(signature regprocedure) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    UPDATE pg_catalog.pg_proc_base SET pronamespace = 'redshift_sandbox'::regnamespace WHERE oid = signature;
  END;
