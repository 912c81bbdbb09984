-- What the translated DDL calls (DESIGN.md). Each function runs as rdsdb and checks whom it runs for: the session's user, whom SET
-- SESSION AUTHORIZATION may have changed. Everything is written in the client's transaction and rolls back with it.

CREATE FUNCTION redshift_sandbox.session_is_superuser() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT r.rolsuper FROM pg_catalog.pg_authid r WHERE r.rolname = session_user);

CREATE FUNCTION redshift_sandbox.session_owns(rel regclass) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN EXISTS (SELECT FROM pg_catalog.pg_authid r LEFT JOIN pg_catalog.pg_class_base c ON c.oid = rel
    WHERE r.rolname = session_user AND (r.rolsuper OR r.oid = c.relowner));

CREATE FUNCTION redshift_sandbox.relation_name(rel regclass) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT redshift_sandbox.full_name(c.relname::text) FROM pg_catalog.pg_class_base c WHERE c.oid = rel);

CREATE FUNCTION redshift_sandbox.require_owner(rel regclass) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_owns(rel) THEN
    RAISE insufficient_privilege USING MESSAGE = format('must be owner of relation %s', redshift_sandbox.relation_name(rel));
  END IF;
END $$;

-- The server's word for a privilege of Redshift (DESIGN.md, 9).
CREATE FUNCTION redshift_sandbox.server_privilege(privilege text) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE upper(btrim(privilege)) WHEN 'DROP' THEN 'TRUNCATE' WHEN 'TRUNCATE' THEN 'MAINTAIN' WHEN 'ALTER' THEN 'TRIGGER'
    ELSE privilege END;

CREATE FUNCTION redshift_sandbox.require_privilege(rel regclass, privilege text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_owns(rel)
    AND NOT redshift_sandbox.has_table_privilege(session_user, rel::oid, redshift_sandbox.server_privilege(privilege)) THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied for relation %s', redshift_sandbox.relation_name(rel));
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.drop_table_as_owner(rel regclass, cascade boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_privilege(rel, 'DROP');
  EXECUTE format('DROP %s %s %s',
    (SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END
      FROM pg_catalog.pg_class_base c WHERE c.oid = rel),
    rel, CASE WHEN cascade THEN 'CASCADE' ELSE 'RESTRICT' END);
END $$;

CREATE FUNCTION redshift_sandbox.truncate_as_owner(rel regclass) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_privilege(rel, 'TRUNCATE');
  EXECUTE format('TRUNCATE TABLE %s', rel);
END $$;

-- For a sandbox whose DROP fails those who wait (switches.ts): the server would go on with a new table of the same name.
CREATE FUNCTION redshift_sandbox.wait_for_tables(relations regclass[]) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rel regclass;
BEGIN
  FOREACH rel IN ARRAY relations LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_class_base c WHERE c.oid = rel AND c.relkind = 'r');
    BEGIN
      EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', rel);
    EXCEPTION WHEN undefined_table OR invalid_schema_name THEN
      -- It has gone, and none is there under its name.
    END;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class_base c WHERE c.oid = rel) THEN
      RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = format('table %s dropped by concurrent transaction', rel::oid);
    END IF;
  END LOOP;
END $$;

-- The number of a column; 42703 as the server says it.
CREATE FUNCTION redshift_sandbox.column_number(rel regclass, col text) RETURNS smallint
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_number smallint;
BEGIN
  SELECT a.attnum INTO found_number FROM pg_catalog.pg_attribute_base a
  WHERE a.attrelid = rel AND a.attname = col AND a.attnum > 0 AND NOT a.attisdropped;
  IF found_number IS NULL THEN
    RAISE undefined_column USING MESSAGE = format('column "%s" of relation "%s" does not exist',
      redshift_sandbox.full_name(col), redshift_sandbox.relation_name(rel));
  END IF;
  RETURN found_number;
END $$;

CREATE FUNCTION redshift_sandbox.set_table_design(rel regclass, diststyle smallint, backup boolean, sort_auto boolean, encode_auto boolean)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  INSERT INTO redshift_sandbox.table_design AS t (reloid, diststyle, backup, sort_auto, encode_auto)
  VALUES (rel, coalesce($2, 9), coalesce($3, true), coalesce($4, true), coalesce($5, true))
  ON CONFLICT (reloid) DO UPDATE SET diststyle = coalesce($2, t.diststyle), backup = coalesce($3, t.backup),
    sort_auto = coalesce($4, t.sort_auto), encode_auto = coalesce($5, t.encode_auto);
  -- AUTO may keep a key: AUTO(KEY).
  IF $2 IN (0, 8) THEN
    UPDATE redshift_sandbox.column_design SET isdistkey = false WHERE reloid = rel AND isdistkey;
  END IF;
END $$;

-- A distribution key makes the style KEY.
CREATE FUNCTION redshift_sandbox.set_distkey(rel regclass, col text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  UPDATE redshift_sandbox.column_design SET isdistkey = false WHERE reloid = rel AND isdistkey;
  IF col IS NOT NULL THEN
    INSERT INTO redshift_sandbox.column_design (reloid, attnum, isdistkey)
    VALUES (rel, redshift_sandbox.column_number(rel, col), true)
    ON CONFLICT (reloid, attnum) DO UPDATE SET isdistkey = true;
    PERFORM redshift_sandbox.set_table_design(rel, 1::smallint, NULL, NULL, NULL);
  END IF;
END $$;

-- Interleaved keys alternate in sign: 1, -2, 3. A single one is -1 here, since it could not be told from a compound key otherwise.
CREATE FUNCTION redshift_sandbox.set_sortkey(rel regclass, cols text[], interleaved boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  total integer := coalesce(cardinality(cols), 0);
  item record;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  UPDATE redshift_sandbox.column_design SET sortkeyord = 0 WHERE reloid = rel AND sortkeyord <> 0;
  IF total = 0 THEN
    RETURN;
  END IF;
  IF total > (CASE WHEN interleaved THEN 8 ELSE 400 END) THEN
    RAISE too_many_columns USING MESSAGE = format('a sort key has at most %s columns', CASE WHEN interleaved THEN 8 ELSE 400 END);
  END IF;
  FOR item IN SELECT c.name, c.place FROM unnest(cols) WITH ORDINALITY c(name, place) LOOP
    INSERT INTO redshift_sandbox.column_design AS d (reloid, attnum, sortkeyord)
    VALUES (rel, redshift_sandbox.column_number(rel, item.name),
      CASE WHEN interleaved AND (item.place % 2 = 0 OR total = 1) THEN -item.place ELSE item.place END)
    ON CONFLICT (reloid, attnum) DO UPDATE SET sortkeyord = excluded.sortkeyord WHERE d.sortkeyord = 0;
    IF NOT FOUND THEN
      RAISE duplicate_column USING MESSAGE = format('column "%s" appears twice in the sort key', redshift_sandbox.full_name(item.name));
    END IF;
  END LOOP;
  PERFORM redshift_sandbox.set_table_design(rel, NULL, NULL, false, NULL);
END $$;

-- Naming an encoding ends ENCODE AUTO for the table; NULL goes back to what Redshift would choose.
CREATE FUNCTION redshift_sandbox.set_encoding(rel regclass, col text, encoding text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen smallint;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  IF encoding IS NOT NULL THEN
    SELECT e.id INTO chosen FROM redshift_sandbox.encoding e
    WHERE e.name = CASE lower($3) WHEN 'raw' THEN 'none' ELSE lower($3) END;
    IF chosen IS NULL THEN
      RAISE syntax_error USING MESSAGE = format('invalid encoding type "%s"', encoding);
    END IF;
    PERFORM redshift_sandbox.set_table_design(rel, NULL, NULL, NULL, false);
  END IF;
  INSERT INTO redshift_sandbox.column_design (reloid, attnum, encoding)
  VALUES (rel, redshift_sandbox.column_number(rel, col), chosen)
  ON CONFLICT (reloid, attnum) DO UPDATE SET encoding = excluded.encoding;
END $$;

CREATE FUNCTION redshift_sandbox.set_collation(rel regclass, col text, case_insensitive boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  INSERT INTO redshift_sandbox.column_design (reloid, attnum, case_insensitive)
  VALUES (rel, redshift_sandbox.column_number(rel, col), $3)
  ON CONFLICT (reloid, attnum) DO UPDATE SET case_insensitive = excluded.case_insensitive;
END $$;

CREATE FUNCTION redshift_sandbox.is_case_insensitive(rel oid, number integer) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    -- Of the column itself: CREATE TABLE AS and views carry it on.
    SELECT coalesce((SELECT a.attcollation = 'redshift_sandbox.case_insensitive'::regcollation
      FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = rel AND a.attnum = number), false);
  END;

CREATE FUNCTION redshift_sandbox.copy_design(from_rel regclass, to_rel regclass) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(to_rel);
  DELETE FROM redshift_sandbox.table_design WHERE reloid = to_rel;
  DELETE FROM redshift_sandbox.column_design WHERE reloid = to_rel;
  INSERT INTO redshift_sandbox.table_design (reloid, diststyle, backup, sort_auto, encode_auto)
  SELECT to_rel, d.diststyle, d.backup, d.sort_auto, d.encode_auto FROM redshift_sandbox.table_design d WHERE d.reloid = from_rel;
  INSERT INTO redshift_sandbox.column_design (reloid, attnum, isdistkey, sortkeyord, encoding, case_insensitive)
  SELECT to_rel, t.attnum, d.isdistkey, d.sortkeyord, d.encoding, d.case_insensitive
  FROM redshift_sandbox.column_design d
  JOIN pg_catalog.pg_attribute_base f ON f.attrelid = d.reloid AND f.attnum = d.attnum AND NOT f.attisdropped
  JOIN pg_catalog.pg_attribute_base t ON t.attrelid = to_rel AND t.attname = f.attname AND NOT t.attisdropped
  WHERE d.reloid = from_rel;
END $$;

-- The distribution style and the sort key of the table that another one was selected from. `columns` are those behind its columns: '*' for
-- all of them, '' for an expression. A key of which a column was not selected cannot be taken on.
CREATE FUNCTION redshift_sandbox.inherit_design(from_rel regclass, to_rel regclass, columns text[], sorts boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source record;
BEGIN
  PERFORM redshift_sandbox.require_owner(to_rel);
  WITH selected AS (
    SELECT n.attnum AS source, t.attname::text AS name FROM (
      SELECT c.attnum, row_number() OVER (ORDER BY s.place, c.attnum) AS place
      FROM unnest(columns) WITH ORDINALITY s(name, place)
      LEFT JOIN pg_catalog.pg_attribute_base c ON c.attrelid = from_rel AND c.attnum > 0 AND NOT c.attisdropped AND s.name IN ('*', c.attname)) n
    JOIN pg_catalog.pg_attribute_base t ON t.attrelid = to_rel AND t.attnum = n.place),
  keys AS (
    SELECT d.isdistkey, d.sortkeyord, (SELECT min(s.name) FROM selected s WHERE s.source = d.attnum) AS name
    FROM redshift_sandbox.column_design d WHERE d.reloid = from_rel)
  SELECT (SELECT d.diststyle FROM redshift_sandbox.table_design d WHERE d.reloid = from_rel) AS diststyle,
    (SELECT k.name FROM keys k WHERE k.isdistkey) AS distkey,
    (SELECT array_agg(k.name ORDER BY abs(k.sortkeyord)) FROM keys k WHERE k.sortkeyord <> 0) AS sortkey,
    EXISTS (SELECT FROM keys k WHERE k.sortkeyord < 0) AS interleaved INTO source;
  IF source.diststyle IN (0, 8) THEN
    PERFORM redshift_sandbox.set_table_design(to_rel, source.diststyle, NULL, NULL, NULL);
  ELSIF source.diststyle = 1 AND source.distkey IS NOT NULL THEN
    PERFORM redshift_sandbox.set_distkey(to_rel, source.distkey);
  END IF;
  IF sorts AND array_position(source.sortkey, NULL) IS NULL THEN
    PERFORM redshift_sandbox.set_sortkey(to_rel, source.sortkey, source.interleaved);
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.table_identity(rel regclass) RETURNS TABLE (attname text, always boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT a.attname::text, a.attidentity = 'a' FROM pg_catalog.pg_attribute_base a
    WHERE a.attrelid = rel AND a.attidentity <> '' AND NOT a.attisdropped ORDER BY a.attnum;
  END;

-- Nothing is measured: sort key columns keep what they have, the others get Redshift's own choice by type, with 0.00 per cent.
CREATE FUNCTION redshift_sandbox.analyze_compression(rel regclass)
  RETURNS TABLE ("Table" text, "Column" text, "Encoding" text, "Est_reduction_pct" numeric(5, 2))
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel);
  RAISE INFO 'redshift-sandbox measures nothing: encodings are the defaults by type, Est_reduction_pct is always 0.00';
  RETURN QUERY
  SELECT redshift_sandbox.relation_name(rel), a.attname,
    CASE e.name WHEN 'none' THEN 'raw' ELSE e.name END, 0.00::numeric(5, 2)
  FROM pg_catalog.pg_attribute a
  JOIN redshift_sandbox.encoding e ON e.id = CASE WHEN a.attsortkeyord <> 0 THEN a.attencodingtype
    ELSE redshift_sandbox.default_encoding(CASE a.atttypid WHEN 4000 THEN 3802::oid ELSE a.atttypid END) END
  WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum;
END $$;

-- What PostgreSQL's roles cannot hold rides in their comment: shared by all databases like the role, gone with it.
CREATE VIEW redshift_sandbox.user_option AS
SELECT d.objoid AS usesysid, o.key AS option, o.value
FROM pg_catalog.pg_shdescription d
JOIN pg_catalog.pg_authid r ON r.oid = d.objoid AND r.rolcanlogin -- a role's are in 09i-roles.sql
CROSS JOIN LATERAL jsonb_each_text(d.description::jsonb) o
WHERE d.classoid = 1260;
REVOKE SELECT ON pg_catalog.pg_shdescription FROM PUBLIC;

CREATE FUNCTION redshift_sandbox.set_user_option(usr name, option text, value text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  options jsonb;
BEGIN
  IF option NOT IN ('syslog_access', 'session_timeout', 'external_id', 'password_kind', 'sha256_digest', 'sha256_salt') THEN
    RAISE 'unknown user option "%"', option;
  END IF;
  -- Every CREATE USER and every RENAME comes here.
  IF EXISTS (SELECT FROM redshift_sandbox.rbac_role r WHERE r.role_name = redshift_sandbox.full_name(usr::text)) THEN
    RAISE duplicate_object USING MESSAGE = format('user "%s" cannot be made: a role has that name', redshift_sandbox.full_name(usr::text));
  END IF;
  IF NOT redshift_sandbox.session_is_superuser()
    AND NOT (usr = session_user AND option IN ('password_kind', 'sha256_digest', 'sha256_salt')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'must be superuser to alter users';
  END IF;
  SELECT redshift_sandbox.document(d.description) INTO options FROM pg_catalog.pg_shdescription d WHERE d.classoid = 1260 AND d.objoid = quote_ident(usr)::regrole;
  IF options ->> 'password_kind' = 'disabled' AND NOT redshift_sandbox.session_is_superuser() THEN
    RAISE insufficient_privilege USING MESSAGE = 'must be superuser to enable a disabled password';
  END IF;
  IF option = 'password_kind' AND value = 'disabled' AND NOT redshift_sandbox.session_is_superuser() THEN
    RAISE insufficient_privilege USING MESSAGE = 'must be superuser to disable a password';
  END IF;
  options := jsonb_strip_nulls(jsonb_concat(coalesce(options, '{}'), jsonb_build_object(option, value)));
  EXECUTE format('COMMENT ON ROLE %I IS %L', usr, nullif(textin(jsonb_out(options)), '{}'));
END $$;

-- The metadata follows the objects.
CREATE FUNCTION redshift_sandbox.on_create() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused text;
BEGIN
  -- A number may have been used before by a temporary table, whose end no trigger sees.
  DELETE FROM redshift_sandbox.column_design d USING pg_event_trigger_ddl_commands() c
  WHERE c.classid = 1259 AND c.object_type = 'table' AND d.reloid = c.objid;
  INSERT INTO redshift_sandbox.table_design AS t (reloid)
  SELECT DISTINCT c.objid FROM pg_event_trigger_ddl_commands() c WHERE c.classid = 1259 AND c.object_type = 'table' AND c.schema_name <> 'redshift_sandbox'
  ON CONFLICT (reloid) DO UPDATE SET diststyle = DEFAULT, backup = DEFAULT, sort_auto = DEFAULT, encode_auto = DEFAULT, created = DEFAULT;
  -- Of types that the leader node alone has (c_unsupported-postgresql-datatypes), and of INTERVAL.
  SELECT format_type(a.atttypid, NULL) INTO refused FROM pg_event_trigger_ddl_commands() c
  JOIN pg_catalog.pg_attribute_base a ON a.attrelid = c.objid AND a.attnum > 0
  WHERE c.classid = 1259 AND c.object_type IN ('table', 'materialized view') AND c.schema_name <> 'redshift_sandbox'
    AND a.atttypid IN (SELECT t.oid FROM pg_catalog.pg_type_base t WHERE t.typnamespace = 11 AND t.typname = ANY ('{interval,char,name,int2vector,regproc,oid,
      tid,xid,cid,oidvector,aclitem,_aclitem,regprocedure,regoper,regoperator,regclass,regtype}'))
  LIMIT 1;
  IF refused IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE = format('columns of type %s are not supported in tables', upper(refused));
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.on_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lost record;
BEGIN
  FOR lost IN SELECT o.objid, o.objsubid, d.isdistkey, d.sortkeyord, o.object_identity
    FROM pg_event_trigger_dropped_objects() o
    LEFT JOIN redshift_sandbox.column_design d ON d.reloid = o.objid AND d.attnum = o.objsubid
    WHERE o.classid = 1259
  LOOP
    IF lost.isdistkey OR lost.sortkeyord <> 0 THEN
      RAISE feature_not_supported USING MESSAGE = format('cannot drop %s, a %s key column', lost.object_identity,
        CASE WHEN lost.isdistkey THEN 'distribution' ELSE 'sort' END);
    END IF;
    DELETE FROM redshift_sandbox.column_design d WHERE d.reloid = lost.objid AND lost.objsubid IN (0, d.attnum);
    DELETE FROM redshift_sandbox.table_design d WHERE d.reloid = lost.objid AND lost.objsubid = 0;
  END LOOP;
END $$;

CREATE EVENT TRIGGER redshift_sandbox_create ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE MATERIALIZED VIEW')
  EXECUTE FUNCTION redshift_sandbox.on_create();
CREATE EVENT TRIGGER redshift_sandbox_drop ON sql_drop EXECUTE FUNCTION redshift_sandbox.on_drop();
