-- Redshift's own views and tables (facts.md 3.3, 3.7, 3.8). Those of features that the sandbox does not imitate are empty with the
-- right columns, so that tools that look whether a table is used by such a feature read an answer that is true here.

-- Whether the session may see other users' rows: a superuser, SYSLOG ACCESS UNRESTRICTED, or the system permission of a role.
CREATE FUNCTION redshift_sandbox.session_sees_all() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_has_system_privilege('ACCESS SYSTEM TABLE') OR EXISTS (SELECT FROM redshift_sandbox.user_option o
    WHERE o.usesysid = redshift_sandbox.user_number()::oid AND o.option = 'syslog_access' AND upper(o.value) = 'UNRESTRICTED');

-- As CHAR(n) shows it: padded with blanks, cut by bytes.
CREATE FUNCTION redshift_sandbox.padded(value text, width integer) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN octet_length(value) > width THEN redshift_sandbox.cut_bytes(value, width)
    ELSE value || repeat(' ', width - octet_length(value)) END;

-- Tables ------------------------------------------------------------------------------------------------------------------------------

-- Only what is on the search path; keys have a row for each column of their index.
CREATE VIEW pg_catalog.pg_table_def AS
SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
  pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
  pg_catalog.format_encoding(a.attencodingtype::integer) AS encoding,
  a.attisdistkey AS distkey, a.attsortkeyord::integer AS sortkey, a.attnotnull AS "notnull"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE (c.relkind = 'r' OR c.relkind = 'i' AND c.relnamespace <> 11)
  AND n.nspname = ANY (SELECT s::text FROM unnest(current_schemas(true)) s);

-- Rows that the transaction sees (PostgreSQL's own counters lag behind); for superusers, like the view that calls them.
CREATE FUNCTION redshift_sandbox.count_rows(rel oid) RETURNS bigint
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  total bigint;
BEGIN
  IF redshift_sandbox.session_is_superuser() THEN
    EXECUTE format('SELECT count(*) FROM %s', rel::regclass) INTO total;
  END IF;
  RETURN total;
END $$;
CREATE FUNCTION redshift_sandbox.has_rows(rel oid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_one boolean;
BEGIN
  IF redshift_sandbox.session_is_superuser() THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', rel::regclass) INTO found_one;
  END IF;
  RETURN found_one;
END $$;

-- No row for an empty table. It waits for no lock: a table that another session holds exclusively counts as one of 1 MB with rows.
-- What only a cluster measures (skew, unsorted, stats_off) is the value of a freshly vacuumed table.
CREATE VIEW pg_catalog.svv_table_info AS
SELECT
  current_database()::text AS database,
  n.nspname AS schema,
  c.oid AS table_id,
  c.relname AS "table",
  (CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attencodingtype <> 0)
    THEN 'Y' ELSE 'N' END || CASE WHEN coalesce(d.encode_auto, true) THEN ', AUTO(ENCODE)' ELSE '' END) AS encoded,
  (CASE WHEN c.reldiststyle = 0 THEN 'EVEN' WHEN c.reldiststyle = 8 THEN 'ALL' WHEN c.reldiststyle = 1 THEN 'KEY(' || k.distkey || ')'
    WHEN k.distkey IS NOT NULL THEN 'AUTO(KEY(' || k.distkey || '))' ELSE 'AUTO(ALL)' END) AS diststyle,
  (CASE WHEN k.interleaved THEN 'INTERLEAVED' WHEN coalesce(d.sort_auto, true) THEN
      CASE WHEN k.first IS NULL THEN 'AUTO(SORTKEY)' ELSE 'AUTO(SORTKEY(' || k.first || '))' END
    ELSE k.first END) AS sortkey1,
  (SELECT max(a.atttypmod - 4) FROM pg_catalog.pg_attribute_base a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 1043) AS max_varchar,
  pg_catalog.format_encoding(k.first_encoding::integer) AS sortkey1_enc,
  k.total::integer AS sortkey_num,
  greatest(1, ceil(s.bytes / 1048576.0))::bigint AS size,
  0.0000::numeric(10, 4) AS pct_used,
  0::bigint AS empty,
  CASE WHEN k.total > 0 THEN 0.00::numeric(5, 2) END AS unsorted,
  0.00::numeric(5, 2) AS stats_off,
  redshift_sandbox.count_rows(c.oid)::numeric(38, 0) AS tbl_rows,
  CASE WHEN k.total > 0 THEN 1.00::numeric(19, 2) END AS skew_sortkey1,
  CASE WHEN c.reldiststyle IN (0, 1) THEN 1.00::numeric(19, 2) END AS skew_rows,
  redshift_sandbox.count_rows(c.oid)::numeric(38, 0) AS estimated_visible_rows,
  NULL::text AS risk_event,
  NULL::numeric(12, 2) AS vacuum_sort_benefit,
  d.created AS create_time
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN redshift_sandbox.table_design d ON d.reloid = c.oid
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE a.attsortkeyord <> 0) AS total, coalesce(bool_or(a.attsortkeyord < 0), false) AS interleaved,
    min(a.attname) FILTER (WHERE a.attisdistkey) AS distkey,
    min(a.attname) FILTER (WHERE abs(a.attsortkeyord) = 1) AS first,
    min(a.attencodingtype) FILTER (WHERE abs(a.attsortkeyord) = 1) AS first_encoding
  FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) k
LEFT JOIN (SELECT DISTINCT l.relation FROM pg_catalog.pg_locks l
  WHERE l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()) l ON l.relation = c.oid
CROSS JOIN LATERAL (SELECT CASE WHEN l.relation IS NULL THEN pg_relation_size(c.oid) ELSE 1 END AS bytes) s
WHERE c.relkind = 'r' AND c.oid >= 16384 AND n.nspname <> 'information_schema'
  AND redshift_sandbox.session_is_superuser() AND s.bytes > 0 AND (l.relation IS NOT NULL OR redshift_sandbox.has_rows(c.oid));

CREATE VIEW pg_catalog.svv_tables AS
SELECT current_database()::text AS table_catalog, n.nspname AS table_schema, c.relname AS table_name,
  CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type, NULL::text AS remarks
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v') AND has_schema_privilege(n.oid, 'USAGE');

CREATE VIEW pg_catalog.svv_redshift_tables AS
SELECT current_database()::text AS database_name, n.nspname AS schema_name, c.relname AS table_name,
  CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS table_type,
  array_to_string(c.relacl, '~') AS table_acl, obj_description(c.oid, 'pg_class') AS remarks,
  pg_catalog.pg_get_userbyid(c.relowner) AS table_owner
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v') AND c.relnamespace <> 11 AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE');
CREATE VIEW pg_catalog.svv_all_tables AS
SELECT t.database_name, t.schema_name, t.table_name, t.table_type, t.table_acl, t.remarks FROM pg_catalog.svv_redshift_tables t;

-- The columns of late-binding views that can be read now.
CREATE FUNCTION redshift_sandbox.late_view_columns() RETURNS TABLE (view_oid oid, namespace oid, view_schema text, view_name text,
    col_name text, type_oid oid, typmod integer, col_num smallint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT c.oid, n.oid, redshift_sandbox.full_name(n.nspname::text), redshift_sandbox.full_name(c.relname::text),
      redshift_sandbox.full_name(a.attname::text), CASE a.atttypid WHEN 3802 THEN 4000::oid ELSE a.atttypid END, a.atttypmod, a.attnum
    FROM redshift_sandbox.late_view l
    JOIN pg_catalog.pg_class_base c ON c.oid = l.reloid
    JOIN pg_catalog.pg_namespace_base n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute_base a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE l.bound ORDER BY c.oid, a.attnum;
  END;

CREATE VIEW pg_catalog.svv_columns AS
SELECT current_database()::text AS table_catalog, a.table_schema, a.table_name, a.attname AS column_name,
  a.attnum::integer AS ordinal_position, d.adsrc AS column_default, CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
  pg_catalog.format_type(a.atttypid, NULL) AS data_type,
  CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS character_maximum_length,
  CASE a.atttypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
    WHEN 1700 THEN ((a.atttypmod - 4) >> 16) & 65535 END AS numeric_precision,
  CASE WHEN a.atttypid IN (20, 21, 23, 700, 701) THEN 2 WHEN a.atttypid = 1700 THEN 10 END AS numeric_precision_radix,
  CASE WHEN a.atttypid IN (20, 21, 23) THEN 0 WHEN a.atttypid = 1700 THEN (a.atttypmod - 4) & 2047 END AS numeric_scale,
  CASE WHEN a.atttypid IN (1083, 1114, 1184, 1266) THEN 6 END AS datetime_precision,
  NULL::text AS interval_type, NULL::text AS interval_precision,
  NULL::text AS character_set_catalog, NULL::text AS character_set_schema, NULL::text AS character_set_name,
  NULL::text AS collation_catalog, NULL::text AS collation_schema, NULL::text AS collation_name, NULL::text AS domain_name,
  p.description AS remarks
FROM (
  SELECT t.attrelid, n.oid AS namespace, n.nspname AS table_schema, c.relname AS table_name, t.attname, t.atttypid, t.atttypmod, t.attnum, t.attnotnull
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
  WHERE c.relkind IN ('r', 'v')
  UNION ALL
  SELECT l.view_oid, l.namespace, l.view_schema, l.view_name, l.col_name, l.type_oid, l.typmod, l.col_num, false
  FROM redshift_sandbox.late_view_columns() l
) a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description_base p ON p.objoid = a.attrelid AND p.classoid = 1259 AND p.objsubid = a.attnum
WHERE has_schema_privilege(a.namespace, 'USAGE');

CREATE VIEW pg_catalog.svv_redshift_columns AS
SELECT current_database()::text AS database_name, n.nspname AS schema_name, c.relname AS table_name, a.attname AS column_name,
  a.attnum::integer AS ordinal_position, pg_catalog.format_type(a.atttypid, a.atttypmod) AS data_type, d.adsrc AS column_default,
  CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
  pg_catalog.format_encoding(a.attencodingtype::integer) AS encoding, a.attisdistkey AS distkey, a.attsortkeyord::integer AS sortkey,
  array_to_string(a.attacl, '~') AS column_acl, p.description AS remarks
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description_base p ON p.objoid = c.oid AND p.classoid = 1259 AND p.objsubid = a.attnum
WHERE c.relkind IN ('r', 'v') AND c.relnamespace <> 11 AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE');
CREATE VIEW pg_catalog.svv_all_columns AS
SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.ordinal_position, c.column_default, c.is_nullable, c.data_type,
  NULL::integer AS character_maximum_length, NULL::integer AS numeric_precision, NULL::integer AS numeric_scale, c.remarks
FROM pg_catalog.svv_redshift_columns c;

-- Users and sessions ------------------------------------------------------------------------------------------------------------------

-- A superuser sees everyone, others themselves.
CREATE VIEW pg_catalog.pg_user_info AS
SELECT u.usename, u.usesysid, u.usecreatedb, u.usesuper, u.usecatupd, u.passwd, u.valuntil, u.useconfig,
  CASE WHEN r.rolconnlimit < 0 THEN 'UNLIMITED' ELSE r.rolconnlimit::text END AS useconnlimit
FROM pg_catalog.pg_user u JOIN pg_catalog.pg_authid r ON r.oid = redshift_sandbox.server_user(u.usesysid::oid)
WHERE redshift_sandbox.session_is_superuser() OR u.usesysid = redshift_sandbox.user_number();

CREATE VIEW pg_catalog.svv_user_info AS
SELECT u.usename AS user_name, u.usesysid AS user_id, u.usecreatedb AS createdb, u.usesuper AS superuser, u.usecatupd AS catalog_update,
  u.useconnlimit AS connection_limit, coalesce(o.options ->> 'syslog_access', CASE WHEN u.usesuper THEN 'UNRESTRICTED' ELSE 'RESTRICTED' END)
    AS syslog_access,
  NULL::timestamp AS last_ddl_timestamp, coalesce((o.options ->> 'session_timeout')::integer, 0) AS session_timeout,
  o.options ->> 'external_id' AS external_user_id
FROM pg_catalog.pg_user_info u
LEFT JOIN (SELECT d.objoid, redshift_sandbox.document(d.description) AS options FROM pg_catalog.pg_shdescription d WHERE d.classoid = 1260) o
  ON o.objoid = u.usesysid::oid;

CREATE VIEW pg_catalog.svl_user_info AS
SELECT u.user_name AS usename, u.user_id AS usesysid, u.createdb AS usecreatedb, u.superuser AS usesuper, u.catalog_update AS usecatupd,
  u.connection_limit AS useconnlimit, u.syslog_access AS syslogaccess, u.last_ddl_timestamp AS last_ddl_ts,
  u.session_timeout AS sessiontimeout, u.external_user_id AS external_id
FROM pg_catalog.svv_user_info u
WHERE redshift_sandbox.session_is_superuser();

CREATE VIEW pg_catalog.svv_transactions AS
SELECT a.usename AS txn_owner, a.datname AS txn_db, coalesce(a.backend_xid, a.backend_xmin)::text::bigint AS xid, a.pid,
  a.xact_start::timestamp AS txn_start, l.mode AS lock_mode, l.locktype AS lockable_object_type, l.relation, l.granted
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE a.xact_start IS NOT NULL;

-- The last 10,000 transactions of the server that have ended. Whose they were and when, it does not keep.
CREATE VIEW pg_catalog.sys_transaction_history AS
SELECT NULL::integer AS user_id, h.xid AS transaction_id, 'Snapshot Isolation'::text AS isolation_level,
  CASE h.status WHEN 'committed' THEN 'committed' ELSE 'rolledback' END AS status, NULL::timestamp AS transaction_start_time,
  NULL::timestamp AS commit_start_time, NULL::timestamp AS commit_end_time, NULL::bigint AS blocks_committed, (-1)::bigint AS undo_transaction_id
FROM (
  SELECT x AS xid, pg_xact_status(x::text::xid8) AS status
  FROM generate_series(greatest(3, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 10000),
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1) x
  WHERE redshift_sandbox.session_is_superuser()) h
WHERE h.status IN ('committed', 'aborted');

-- Users who are no superusers would see their own rows; the server does not know whose they are.
CREATE VIEW pg_catalog.stl_undone AS
SELECT h.user_id AS userid, h.transaction_id AS xact_id, h.transaction_id AS xact_id_undone, NULL::timestamp AS undo_start_ts,
  NULL::timestamp AS undo_end_ts, NULL::bigint AS table_id
FROM pg_catalog.sys_transaction_history h
WHERE h.status = 'rolledback';

CREATE VIEW pg_catalog.stv_locks AS
SELECT l.relation::integer AS table_id, NULL::timestamp AS last_commit, NULL::timestamp AS last_update,
  coalesce(a.backend_xid, a.backend_xmin)::text::bigint AS lock_owner, l.pid AS lock_owner_pid, a.xact_start::timestamp AS lock_owner_start_ts,
  NULL::timestamp AS lock_owner_end_ts,
  redshift_sandbox.padded(CASE WHEN l.granted THEN 'Holding' ELSE 'Waiting' END || ' write lock', 22) AS lock_status
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.relation IS NOT NULL AND l.mode IN ('ShareRowExclusiveLock', 'RowExclusiveLock', 'AccessExclusiveLock')
  AND redshift_sandbox.session_is_superuser();

CREATE VIEW pg_catalog.stv_sessions AS
SELECT a.backend_start::timestamp AS starttime, a.pid AS process, redshift_sandbox.padded(a.usename, 50) AS user_name,
  redshift_sandbox.padded(a.datname, 50) AS db_name, 0 AS timeout_sec
FROM pg_catalog.pg_stat_activity a;

CREATE VIEW pg_catalog.stv_recents AS
SELECT a.usesysid::integer AS userid, redshift_sandbox.padded(CASE a.state WHEN 'active' THEN 'Running' ELSE 'Done' END, 20) AS status,
  a.query_start::timestamp AS starttime,
  (redshift_sandbox.extract('epoch', CASE a.state WHEN 'active' THEN clock_timestamp() ELSE a.state_change END - a.query_start) * 1000000)::bigint AS duration,
  redshift_sandbox.padded(a.usename, 50) AS user_name, redshift_sandbox.padded(a.datname, 50) AS db_name, a.query,
  CASE a.state WHEN 'active' THEN a.pid ELSE -1 END AS pid
FROM pg_catalog.pg_stat_activity a
WHERE a.query_start IS NOT NULL AND (a.usesysid::integer = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all());

-- A node of two slices; the sandbox says nothing of the leader's.
CREATE VIEW pg_catalog.stv_slices AS
SELECT 0 AS node, s AS slice, s AS localslice, 'D'::text AS type FROM generate_series(0, 1) s;

-- Loads and unloads -------------------------------------------------------------------------------------------------------------------

CREATE VIEW pg_catalog.stl_load_errors AS
SELECT e.userid, e.slice, e.tbl, e.starttime, e.session, e.query,
  redshift_sandbox.padded(e.filename, 256) AS filename, e.line_number, redshift_sandbox.padded(e.colname, 127) AS colname,
  redshift_sandbox.padded(e.type, 10) AS type, redshift_sandbox.padded(e.col_length, 10) AS col_length, e.position,
  redshift_sandbox.padded(e.raw_line, 1024) AS raw_line, redshift_sandbox.padded(e.raw_field_value, 1024) AS raw_field_value,
  e.err_code, redshift_sandbox.padded(e.err_reason, 100) AS err_reason, e.is_partial, e.start_offset
FROM redshift_sandbox.load_error e
WHERE e.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

CREATE VIEW pg_catalog.stl_loaderror_detail AS
SELECT e.userid, e.slice, e.session, e.query, e.filename, e.line_number, 0 AS field, e.colname,
  redshift_sandbox.padded(rtrim(e.raw_field_value), 1024) AS value, 1 AS is_null, e.type, e.col_length
FROM pg_catalog.stl_load_errors e;

CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT e.userid AS user_id, e.query::bigint AS query_id, 0::bigint AS transaction_id, e.session AS session_id,
  redshift_sandbox.padded(current_database()::text, 64) AS database_name, e.tbl AS table_id, e.starttime AS start_time,
  redshift_sandbox.padded(e.filename, 256) AS file_name, e.line_number, redshift_sandbox.padded(e.colname, 127) AS column_name,
  redshift_sandbox.padded(e.type, 10) AS column_type, redshift_sandbox.padded(e.col_length, 10) AS column_length, e.position,
  e.err_code AS error_code, redshift_sandbox.padded(e.err_reason, 512) AS error_message
FROM redshift_sandbox.load_error e
WHERE e.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

CREATE VIEW pg_catalog.stl_load_commits AS
SELECT c.userid, c.query, c.slice, redshift_sandbox.padded(c.name, 256) AS name, redshift_sandbox.padded(c.filename, 256) AS filename,
  c.byte_offset, c.lines_scanned, c.errors, c.curtime, c.status, redshift_sandbox.padded(c.file_format, 16) AS file_format
FROM redshift_sandbox.load_commit c
WHERE c.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

-- One row per COPY that has finished: what a load that failed has read is in SYS_LOAD_ERROR_DETAIL.
CREATE VIEW pg_catalog.sys_load_history AS
SELECT c.userid AS user_id, c.query::bigint AS query_id, 0::bigint AS transaction_id, NULL::integer AS session_id,
  redshift_sandbox.padded(current_database()::text, 64) AS database_name, 'completed'::text AS status, NULL::text AS table_name,
  min(c.curtime) AS start_time, max(c.curtime) AS end_time, 0::bigint AS duration, min(c.filename) AS data_source,
  max(c.file_format) AS file_format, sum(c.lines_scanned - c.errors)::bigint AS loaded_rows, NULL::bigint AS loaded_bytes,
  count(*) AS source_file_count, NULL::bigint AS source_file_bytes, count(*) AS file_count_scanned, NULL::bigint AS file_bytes_scanned,
  sum(c.errors)::bigint AS error_count, NULL::bigint AS copy_job_id
FROM redshift_sandbox.load_commit c
WHERE c.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all()
GROUP BY c.userid, c.query;

CREATE VIEW pg_catalog.stl_unload_log AS
SELECT u.userid, u.query, u.slice, u.pid, redshift_sandbox.padded(u.path, 1280) AS path, u.start_time, u.end_time, u.line_count,
  u.transfer_size, redshift_sandbox.padded(u.file_format, 10) AS file_format
FROM redshift_sandbox.unload_log u
WHERE u.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

CREATE VIEW pg_catalog.sys_unload_detail AS
SELECT u.userid AS user_id, u.query::bigint AS query_id, u.pid AS session_id, 0::bigint AS transaction_id,
  redshift_sandbox.padded(u.path, 1280) AS file_name, u.start_time, u.end_time, u.line_count, u.transfer_size,
  redshift_sandbox.padded(u.file_format, 10) AS file_format
FROM redshift_sandbox.unload_log u
WHERE u.userid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

-- What the sandbox does not imitate: nothing of it ever exists ------------------------------------------------------------------------

DO $$
DECLARE
  empty record;
BEGIN
  FOR empty IN SELECT * FROM (VALUES
    ('svv_external_schemas', 'esoid oid, eskind smallint, schemaname text, esowner integer, databasename text, esoptions text'),
    ('svv_external_tables', 'redshift_database_name text, schemaname text, tablename text, tabletype text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed integer, parameters text'),
    ('svv_external_columns', 'redshift_database_name text, schemaname text, tablename text, columnname text, external_type text, columnnum integer, part_key integer, is_nullable text'),
    ('svv_iam_privileges', 'iam_arn text, command_type text, identity_id integer, identity_name text, identity_type text'),
    ('pg_library', 'name text, language_oid oid, file_store_id integer, owner integer'),
    ('pg_external_schema', 'esoid oid, eskind smallint, esdbname text, esoptions text')) v(name, columns)
  LOOP
    EXECUTE format('CREATE VIEW pg_catalog.%I AS SELECT %s WHERE false', empty.name, (
      SELECT string_agg(format('NULL::%s AS %I', split_part(c.definition, ' ', 2), split_part(c.definition, ' ', 1)), ', ' ORDER BY c.place)
      FROM unnest(string_to_array(empty.columns, ', ')) WITH ORDINALITY c(definition, place)));
  END LOOP;
END $$;
