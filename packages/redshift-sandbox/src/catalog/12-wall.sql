-- The second wall (DESIGN.md, 4): what reaches files, the server's process or other sessions' data, or runs text as SQL, is gone from
-- the catalog, so that not even a superuser can name it. The server calls its own functions by number and goes on doing so.

DROP RULE pg_settings_u ON pg_catalog.pg_settings_base;
DROP RULE pg_settings_n ON pg_catalog.pg_settings_base;

-- set_config is for the settings that a client of Redshift has, and for what the sandbox keeps in a session. The server's own goes
-- under a name that no client may call, so that no search path leads to it.
SELECT redshift_sandbox.move_aside('pg_catalog.set_config(text,text,boolean)'::regprocedure);
ALTER FUNCTION redshift_sandbox.set_config(text, text, boolean) RENAME TO server_set_config;
REVOKE ALL ON FUNCTION redshift_sandbox.server_set_config(text, text, boolean) FROM PUBLIC;
-- Runs as rdsdb and has no SET clause, which would undo what it sets: so every name in it is qualified.
CREATE FUNCTION pg_catalog.set_config(name text, value text, is_local boolean) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  IF pg_catalog.lower(name) OPERATOR(pg_catalog.<>) ALL (ARRAY['search_path', 'application_name', 'datestyle', 'timezone', 'extra_float_digits',
    'statement_timeout', 'client_encoding', 'client_min_messages', 'redshift.last_copy_id', 'redshift.last_copy_count',
    'redshift.last_unload_id', 'redshift.last_unload_count', 'redshift.last_query_id'])
    -- Session context variables, and the parameters that only Redshift has. The translator must know of the one that is left out.
    AND (pg_catalog.lower(name) OPERATOR(pg_catalog.!~) '^[a-z_][a-z0-9_$]*[.][a-z_][a-z0-9_$]*$'
      OR pg_catalog.lower(name) OPERATOR(pg_catalog.~) '^(redshift_sandbox|plpgsql)[.]|^redshift[.]enable_case_sensitive_identifier$') THEN
    RAISE insufficient_privilege USING MESSAGE = pg_catalog.format('permission denied to set parameter "%s"', name);
  ELSIF pg_catalog.lower(name) OPERATOR(pg_catalog.=) 'client_encoding'
    AND pg_catalog.lower(value) OPERATOR(pg_catalog.!~) '^(utf-?8|unicode)$' THEN
    RAISE invalid_parameter_value USING MESSAGE = pg_catalog.format('invalid value for parameter "client_encoding": "%s"', value),
      HINT = 'Redshift speaks UTF-8 only.';
  ELSIF pg_catalog.lower(name) OPERATOR(pg_catalog.=) 'search_path'
    AND pg_catalog.strpos(pg_catalog.lower(value), 'redshift_sandbox') OPERATOR(pg_catalog.>) 0 THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for schema redshift_sandbox';
  END IF;
  RETURN redshift_sandbox.server_set_config(name, value, is_local);
END $$;

-- Where the server's files lie on the host is nobody's business.
CREATE FUNCTION redshift_sandbox.is_host_setting(name text) RETURNS boolean
  LANGUAGE sql IMMUTABLE
  RETURN lower(name) ~ '(director|_file$|_path$|_command$|_librar|^ssl_|^krb_|^unix_|conninfo|^log_|^syslog_|^event_source|^external_pid)'
    AND lower(name) <> 'search_path';
-- Redshift's version, as the protocol tells it too.
CREATE FUNCTION redshift_sandbox.shown_setting(name text, value text) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE lower(name) WHEN 'server_version' THEN '8.0.2' WHEN 'server_version_num' THEN '80002' ELSE value END;
CREATE VIEW pg_catalog.pg_settings AS
SELECT s.name, redshift_sandbox.shown_setting(s.name, s.setting) AS setting, s.unit, s.category, s.short_desc, s.extra_desc, s.context, s.vartype, s.source, s.min_val, s.max_val, s.enumvals,
  s.boot_val, s.reset_val, NULL::text AS sourcefile, NULL::integer AS sourceline, s.pending_restart
FROM pg_catalog.pg_settings_base s
WHERE NOT redshift_sandbox.is_host_setting(s.name)
OFFSET 0; -- so that the server does not take it for one that can be written through
GRANT SELECT ON pg_catalog.pg_settings TO PUBLIC;

SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.current_setting(text)', 'pg_catalog.current_setting(text,boolean)']::regprocedure[]) f;
ALTER FUNCTION redshift_sandbox.current_setting(text) RENAME TO server_current_setting;
ALTER FUNCTION redshift_sandbox.current_setting(text, boolean) RENAME TO server_current_setting;
-- Without `error_if_undefined` it is an error (r_CURRENT_SETTING): the opposite of the server's `missing_ok`.
CREATE FUNCTION pg_catalog.current_setting(name text, error_if_undefined boolean) RETURNS text
  LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  IF redshift_sandbox.is_host_setting(name) THEN
    RAISE insufficient_privilege USING MESSAGE = pg_catalog.format('permission denied to examine "%s"', name);
  END IF;
  RETURN redshift_sandbox.shown_setting(name, redshift_sandbox.server_current_setting(name, NOT error_if_undefined));
END $$;
CREATE FUNCTION pg_catalog.current_setting(name text) RETURNS text LANGUAGE sql STABLE STRICT
  RETURN pg_catalog.current_setting(name, true);
-- A parameter that only Redshift has, which is empty when it was set in a transaction that is over.
CREATE FUNCTION pg_catalog.current_setting(name text, absent text, of_redshift boolean) RETURNS text LANGUAGE sql STABLE STRICT
  RETURN coalesce(nullif(pg_catalog.current_setting(name, false), ''), absent);

DROP VIEW pg_catalog.pg_hba_file_rules, pg_catalog.pg_file_settings, pg_catalog.pg_ident_file_mappings, pg_catalog.pg_config,
  pg_catalog.pg_replication_slots, pg_catalog.pg_stat_replication_slots, pg_catalog.pg_available_extensions,
  pg_catalog.pg_available_extension_versions;

DELETE FROM pg_catalog.pg_proc_base p
WHERE p.pronamespace IN (11, 'redshift_sandbox'::regnamespace) AND p.prolang = 12 AND (
  p.proname ~ '^(lo_|be_lo_|binary_upgrade_|pg_read_|pg_ls_|pg_stat_file|pg_file_|pg_backup_|pg_logical_|pg_replication_|pg_create_|pg_drop_|pg_copy_|pg_sync_|pg_switch_|pg_walfile_|pg_wal_|pg_log_|pg_promote|pg_hba_|pg_ident_|pg_control_|pg_current_logfile|pg_show_all_file_settings|query_to_xml|table_to_xml|cursor_to_xml|schema_to_xml|database_to_xml|ts_stat)'
  OR p.proname IN ('loread', 'lowrite', 'pg_reload_conf', 'pg_rotate_logfile', 'pg_config', 'pg_export_snapshot', 'pg_import_system_collations',
    'pg_available_extensions', 'pg_available_extension_versions', 'pg_extension_config_dump', 'pg_stop_making_pinned_objects',
    'pg_tablespace_location', 'pg_relation_filepath', 'pg_notify', 'pg_get_replication_slots')
  OR p.oid = 'pg_catalog.ts_rewrite(tsquery,text)'::regprocedure)
  AND p.proname NOT IN ('pg_wal_lsn_diff', 'pg_log_sqrt');

-- Without them no function of the host's libraries can be named. What the server has already is bound by number.
DELETE FROM pg_catalog.pg_language WHERE lanname IN ('internal', 'c');
