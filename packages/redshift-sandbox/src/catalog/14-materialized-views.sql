-- Materialized views are the server's own. Redshift's differ in what holds them: a base table's columns may change, and tables and schemas
-- may be renamed, but then the view can never be refreshed again (STL_MV_STATE).

-- What the view reads, as it is now.
CREATE FUNCTION redshift_sandbox.remember_bases(view_oid oid) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    INSERT INTO redshift_sandbox.materialized_base
    SELECT view_oid, c.oid, n.nspname, c.relname, (SELECT jsonb_object_agg(a.attnum, jsonb_build_array(a.attname, format('%s %s', a.atttypid, a.atttypmod)))
      FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    FROM pg_catalog.pg_class_base c JOIN pg_catalog.pg_namespace_base n ON n.oid = c.relnamespace
    WHERE c.oid <> view_oid AND c.oid IN (SELECT d.refobjid FROM pg_catalog.pg_depend_base d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
      WHERE r.ev_class = view_oid AND d.classid = 2618 AND d.refclassid = 1259);
  END;

-- Takes a materialized view that the server has just made.
CREATE FUNCTION redshift_sandbox.set_materialized_view(rel regclass, source text, auto_refresh boolean, incremental boolean)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  base record;
  on_materialized boolean := false;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  PERFORM redshift_sandbox.remember_bases(rel);
  FOR base IN SELECT b.base, b.name, c.relkind FROM redshift_sandbox.materialized_base b
    JOIN pg_catalog.pg_class_base c ON c.oid = b.base WHERE b.reloid = rel LOOP
    IF base.relkind = 'v' THEN
      RAISE feature_not_supported USING MESSAGE = format('Materialized views cannot be defined on %s view "%s"',
        CASE WHEN redshift_sandbox.is_late_view(base.base) THEN 'late-binding' ELSE 'standard' END, redshift_sandbox.full_name(base.name));
    END IF;
    on_materialized := on_materialized OR base.relkind = 'm';
  END LOOP;
  IF auto_refresh AND on_materialized THEN
    RAISE feature_not_supported USING MESSAGE = 'Auto-refresh is not supported for materialized views defined on other materialized views.';
  END IF;
  INSERT INTO redshift_sandbox.materialized_view
  VALUES (rel, (SELECT c.relname FROM pg_catalog.pg_class_base c WHERE c.oid = rel), $2, $3, incremental::integer);
  -- Tables are held, their columns are not.
  WITH held AS (
    DELETE FROM pg_catalog.pg_depend_base d USING pg_catalog.pg_rewrite r
    WHERE r.oid = d.objid AND r.ev_class = rel AND d.classid = 2618 AND d.refclassid = 1259 AND d.deptype = 'n' AND d.refobjid <> rel
    RETURNING d.classid, d.objid, d.refclassid, d.refobjid, d.deptype)
  INSERT INTO pg_catalog.pg_depend_base (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT DISTINCT h.classid, h.objid, 0, h.refclassid, h.refobjid, 0, h.deptype FROM held h;
END $$;

-- The words for a state over 100, as STL_MV_STATE has them.
CREATE FUNCTION redshift_sandbox.unrefreshable_reason(state integer) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE state WHEN 101 THEN 'Column was dropped' WHEN 102 THEN 'Column type was changed' WHEN 103 THEN 'Table was renamed'
    WHEN 104 THEN 'Column was renamed' WHEN 105 THEN 'Schema name was changed' END;

-- Which change, if any, a base has seen since it was remembered.
CREATE FUNCTION redshift_sandbox.base_change(b redshift_sandbox.materialized_base) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT CASE WHEN n.nspname <> b.schema_name THEN 105 WHEN c.relname <> b.name THEN 103 ELSE (
        SELECT min(CASE WHEN a.attisdropped THEN 101 WHEN a.attname <> o.value ->> 0 THEN 104
          WHEN format('%s %s', a.atttypid, a.atttypmod) <> o.value ->> 1 THEN 102 END)
        FROM jsonb_each(b.columns) o JOIN pg_catalog.pg_attribute_base a ON a.attrelid = b.base AND a.attnum = o.key::integer) END
    FROM pg_catalog.pg_class_base c JOIN pg_catalog.pg_namespace_base n ON n.oid = c.relnamespace WHERE c.oid = b.base;
  END;

CREATE FUNCTION redshift_sandbox.schema_of(rel oid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT redshift_sandbox.full_name(n.nspname::text) FROM pg_catalog.pg_class_base c
    JOIN pg_catalog.pg_namespace_base n ON n.oid = c.relnamespace WHERE c.oid = rel);

CREATE FUNCTION redshift_sandbox.on_base_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed record;
BEGIN
  IF EXISTS (SELECT FROM redshift_sandbox.materialized_view m JOIN pg_catalog.pg_class_base c ON c.oid = m.reloid WHERE c.relname <> m.name) THEN
    RAISE feature_not_supported USING MESSAGE = 'materialized views cannot be renamed';
  ELSIF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c JOIN redshift_sandbox.materialized_view m ON m.reloid = c.objid
    WHERE c.classid = 1259 AND c.objsubid > 0) THEN
    RAISE feature_not_supported USING MESSAGE = 'columns of materialized views cannot be changed';
  END IF;
  FOR changed IN SELECT b.reloid, b.base, b.schema_name, b.name, redshift_sandbox.base_change(b) AS state FROM redshift_sandbox.materialized_base b LOOP
    CONTINUE WHEN changed.state IS NULL;
    UPDATE redshift_sandbox.materialized_view m SET state = changed.state WHERE m.reloid = changed.reloid AND m.state < 100;
    INSERT INTO redshift_sandbox.materialized_event (userid, event_desc, base_schema, base_name, mv_schema, mv_name)
    VALUES (redshift_sandbox.user_number(), redshift_sandbox.unrefreshable_reason(changed.state), redshift_sandbox.full_name(changed.schema_name),
      redshift_sandbox.full_name(changed.name), redshift_sandbox.schema_of(changed.reloid), redshift_sandbox.relation_name(changed.reloid));
    -- Each change is told once.
    DELETE FROM redshift_sandbox.materialized_base b WHERE b.reloid = changed.reloid;
    PERFORM redshift_sandbox.remember_bases(changed.reloid);
  END LOOP;
END $$;
CREATE FUNCTION redshift_sandbox.on_materialized_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gone oid;
BEGIN
  FOR gone IN SELECT o.objid FROM pg_event_trigger_dropped_objects() o WHERE o.classid = 1259 AND o.objsubid = 0 LOOP
    DELETE FROM redshift_sandbox.materialized_view WHERE reloid = gone;
    DELETE FROM redshift_sandbox.materialized_base WHERE reloid = gone;
  END LOOP;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_base_change ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW') EXECUTE FUNCTION redshift_sandbox.on_base_change();
CREATE EVENT TRIGGER redshift_sandbox_materialized_drop ON sql_drop EXECUTE FUNCTION redshift_sandbox.on_materialized_drop();

-- Whether a refresh would change anything: both are compared, row by row. What can no longer be refreshed is stale for good.
CREATE FUNCTION redshift_sandbox.materialized_is_stale(view_oid oid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  query text;
  stale boolean;
BEGIN
  IF (SELECT m.state FROM redshift_sandbox.materialized_view m WHERE m.reloid = view_oid) > 100 THEN
    RETURN true;
  END IF;
  query := rtrim(redshift_sandbox.pg_get_viewdef(view_oid), ';');
  EXECUTE format('SELECT EXISTS ((%s) EXCEPT ALL SELECT * FROM %s) OR EXISTS (SELECT * FROM %s EXCEPT ALL (%s))',
    query, view_oid::regclass, view_oid::regclass, query) INTO stale;
  RETURN stale;
END $$;

-- Refreshes it, with its owner's privileges, and says what was done.
CREATE FUNCTION redshift_sandbox.refresh_materialized_view(rel regclass) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  view redshift_sandbox.materialized_view;
  shown text;
  began timestamp := clock_timestamp();
  done text;
  message text;
BEGIN
  SELECT * INTO view FROM redshift_sandbox.materialized_view m WHERE m.reloid = rel;
  shown := redshift_sandbox.relation_name(rel);
  IF view.reloid IS NULL THEN
    RAISE wrong_object_type USING MESSAGE = format('"%s" is not a materialized view', shown);
  END IF;
  PERFORM redshift_sandbox.require_owner(rel);
  IF view.state > 100 THEN
    RAISE object_not_in_prerequisite_state USING MESSAGE = format('Materialized view %s is unrefreshable. %s.', shown,
      redshift_sandbox.unrefreshable_reason(view.state)), HINT = 'Drop and recreate it.';
  END IF;
  IF NOT redshift_sandbox.materialized_is_stale(rel) THEN
    done := 'MV was already updated';
    message := format('Materialized view %s is already up to date.', shown);
    IF EXISTS (SELECT FROM redshift_sandbox.materialized_base b JOIN redshift_sandbox.materialized_view m ON m.reloid = b.base
      WHERE b.reloid = rel AND redshift_sandbox.materialized_is_stale(m.reloid)) THEN
      message := message || '  However, it depends on another materialized view that is not up to date.';
    END IF;
  ELSE
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', rel);
    UPDATE redshift_sandbox.materialized_view SET updated_upto_xid = pg_current_xact_id()::text::bigint WHERE reloid = rel;
    done := CASE view.state WHEN 1 THEN 'Refresh successfully updated MV incrementally' ELSE 'Refresh successfully recomputed MV from scratch' END;
    message := format(CASE view.state WHEN 1 THEN 'Materialized view %s was incrementally updated successfully.'
      ELSE 'Materialized view %s was recomputed successfully.' END, shown);
  END IF;
  INSERT INTO redshift_sandbox.materialized_refresh (userid, mv_id, mv_schema, mv_name, starttime, status)
  VALUES (redshift_sandbox.user_number(), rel, redshift_sandbox.schema_of(rel), shown, began, done);
  RETURN message;
END $$;

CREATE FUNCTION redshift_sandbox.set_auto_refresh(rel regclass, auto_refresh boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  UPDATE redshift_sandbox.materialized_view SET auto_refresh = $2 WHERE reloid = rel;
  IF NOT FOUND THEN
    RAISE wrong_object_type USING MESSAGE = format('"%s" is not a materialized view', redshift_sandbox.relation_name(rel));
  END IF;
  IF auto_refresh AND EXISTS (SELECT FROM redshift_sandbox.materialized_base b JOIN pg_catalog.pg_class_base c ON c.oid = b.base
      WHERE b.reloid = rel AND c.relkind = 'm') THEN
    RAISE feature_not_supported USING MESSAGE = 'Auto-refresh is not supported for materialized views defined on other materialized views.';
  END IF;
END $$;

-- Own rows only, for all but superusers.
CREATE VIEW redshift_sandbox.shown_materialized_view AS
SELECT m.reloid, redshift_sandbox.schema_of(m.reloid) AS schema_name, redshift_sandbox.relation_name(m.reloid) AS name,
  pg_catalog.pg_get_userbyid(c.relowner) AS owner_name, CASE WHEN redshift_sandbox.materialized_is_stale(m.reloid) THEN 't' ELSE 'f' END AS is_stale,
  m.state, 'f'::text AS autorewrite, CASE WHEN m.auto_refresh THEN 't' ELSE 'f' END AS autorefresh, m.updated_upto_xid
FROM redshift_sandbox.materialized_view m
JOIN pg_catalog.pg_class_base c ON c.oid = m.reloid
WHERE redshift_sandbox.session_sees_all() OR c.relowner = redshift_sandbox.user_number()::oid;

CREATE VIEW pg_catalog.svv_mv_info AS
SELECT redshift_sandbox.padded(current_database()::text, 128) AS database_name, redshift_sandbox.padded(m.schema_name, 128) AS schema_name,
  redshift_sandbox.padded(m.owner_name, 128) AS user_name, redshift_sandbox.padded(m.name, 128) AS name, m.is_stale, m.state, m.autorewrite, m.autorefresh
FROM redshift_sandbox.shown_materialized_view m;
CREATE VIEW pg_catalog.stv_mv_info AS
SELECT redshift_sandbox.padded(current_database()::text, 128) AS db_name, redshift_sandbox.padded(m.schema_name, 128) AS schema,
  redshift_sandbox.padded(m.name, 128) AS name, m.updated_upto_xid, m.is_stale, redshift_sandbox.padded(m.owner_name, 128) AS owner_user_name,
  m.state, m.autorewrite, m.autorefresh
FROM redshift_sandbox.shown_materialized_view m;

-- Materialized views over materialized views.
CREATE VIEW pg_catalog.svv_mv_dependency AS
SELECT redshift_sandbox.padded(current_database()::text, 128) AS database_name, redshift_sandbox.padded(redshift_sandbox.schema_of(m.reloid), 128) AS schema_name,
  redshift_sandbox.padded(redshift_sandbox.relation_name(m.reloid), 128) AS name,
  redshift_sandbox.padded(current_database()::text, 128) AS dependent_database_name,
  redshift_sandbox.padded(redshift_sandbox.schema_of(b.base), 128) AS dependent_schema_name,
  redshift_sandbox.padded(redshift_sandbox.relation_name(b.base), 128) AS dependent_name
FROM redshift_sandbox.materialized_base b
JOIN redshift_sandbox.materialized_view m ON m.reloid = b.reloid
JOIN redshift_sandbox.materialized_view o ON o.reloid = b.base
JOIN pg_catalog.pg_class_base c ON c.oid = m.reloid
WHERE redshift_sandbox.session_sees_all() OR c.relowner = redshift_sandbox.user_number()::oid;
CREATE VIEW pg_catalog.stv_mv_deps AS
SELECT d.database_name AS db_name, d.schema_name AS schema, d.name, d.dependent_schema_name AS ref_schema, d.dependent_name AS ref_name
FROM pg_catalog.svv_mv_dependency d;

CREATE VIEW pg_catalog.stl_mv_state AS
SELECT e.userid::bigint AS userid, e.starttime, e.xid, redshift_sandbox.padded(e.event_desc, 500) AS event_desc,
  redshift_sandbox.padded(current_database()::text, 128) AS db_name, redshift_sandbox.padded(e.base_schema, 128) AS base_table_schema,
  redshift_sandbox.padded(e.base_name, 128) AS base_table_name, redshift_sandbox.padded(e.mv_schema, 128) AS mv_schema,
  redshift_sandbox.padded(e.mv_name, 128) AS mv_name, redshift_sandbox.padded('Unrefreshable', 32) AS state
FROM redshift_sandbox.materialized_event e
WHERE redshift_sandbox.session_sees_all() OR e.userid = redshift_sandbox.user_number();

-- Refreshes that were rolled back, failed ones among them, leave no row here.
CREATE VIEW pg_catalog.svl_mv_refresh_status AS
SELECT redshift_sandbox.padded(current_database()::text, 128) AS db_name, r.userid::bigint AS userid,
  redshift_sandbox.padded(r.mv_schema, 128) AS schema_name, redshift_sandbox.padded(r.mv_name, 128) AS mv_name, r.xid, r.starttime, r.endtime,
  r.status, redshift_sandbox.padded('Manual', 32) AS refresh_type
FROM redshift_sandbox.materialized_refresh r
WHERE redshift_sandbox.session_sees_all() OR r.userid = redshift_sandbox.user_number();
CREATE VIEW pg_catalog.sys_mv_refresh_history AS
SELECT r.userid AS user_id, r.pid AS session_id, r.xid AS transaction_id, redshift_sandbox.padded(current_database()::text, 128) AS database_name,
  redshift_sandbox.padded(r.mv_schema, 128) AS schema_name, r.mv_id::bigint AS mv_id, redshift_sandbox.padded(r.mv_name, 128) AS mv_name,
  redshift_sandbox.padded('Manual', 32) AS refresh_type, r.status, r.starttime AS start_time, r.endtime AS end_time,
  (redshift_sandbox.extract('epoch', r.endtime - r.starttime) * 1000000)::bigint AS duration
FROM redshift_sandbox.materialized_refresh r
WHERE redshift_sandbox.session_sees_all() OR r.userid = redshift_sandbox.user_number();

GRANT SELECT ON pg_catalog.svv_mv_info, pg_catalog.stv_mv_info, pg_catalog.svv_mv_dependency, pg_catalog.stv_mv_deps, pg_catalog.stl_mv_state,
  pg_catalog.svl_mv_refresh_status, pg_catalog.sys_mv_refresh_history TO PUBLIC;
