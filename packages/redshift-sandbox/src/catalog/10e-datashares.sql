-- Datashares (facts.md 3.11), as far as one cluster goes: what was put into them. Nobody can consume them here.

CREATE TABLE redshift_sandbox.datashare (
  share_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (START 1000),
  name text NOT NULL UNIQUE,
  owner oid NOT NULL,
  is_public boolean NOT NULL DEFAULT false,
  created timestamp NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE redshift_sandbox.datashare_object (
  share_id integer NOT NULL REFERENCES redshift_sandbox.datashare ON DELETE CASCADE,
  classid oid NOT NULL, -- pg_namespace, pg_class
  objid oid NOT NULL,
  include_new boolean, -- of a schema
  PRIMARY KEY (share_id, classid, objid)
);

CREATE FUNCTION redshift_sandbox.create_datashare(share text, is_public boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_has_system_privilege('CREATE DATASHARE') AND NOT EXISTS (SELECT FROM pg_catalog.pg_database_base d
    WHERE d.datname = current_database() AND d.datdba = redshift_sandbox.user_number()::oid) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for CREATE DATASHARE';
  ELSIF EXISTS (SELECT FROM redshift_sandbox.datashare d WHERE d.name = share) THEN
    RAISE duplicate_object USING MESSAGE = format('datashare "%s" already exists', share);
  END IF;
  INSERT INTO redshift_sandbox.datashare (name, owner, is_public) VALUES (share, redshift_sandbox.user_number(), $2);
END $$;

-- The number of a datashare that the session may change or, with the system permission, drop.
CREATE FUNCTION redshift_sandbox.own_datashare(share text, permission text) RETURNS integer
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_share redshift_sandbox.datashare;
BEGIN
  SELECT * INTO found_share FROM redshift_sandbox.datashare d WHERE d.name = share;
  IF found_share.share_id IS NULL THEN
    RAISE undefined_object USING MESSAGE = format('datashare "%s" does not exist', share);
  ELSIF found_share.owner <> redshift_sandbox.user_number()::oid AND NOT redshift_sandbox.session_has_system_privilege(permission) THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied for datashare %s', share);
  END IF;
  RETURN found_share.share_id;
END $$;

CREATE FUNCTION redshift_sandbox.drop_datashare(share text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM redshift_sandbox.datashare d WHERE d.share_id = redshift_sandbox.own_datashare(share, 'DROP DATASHARE');
END $$;

CREATE FUNCTION redshift_sandbox.set_datashare_public(share text, is_public boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE redshift_sandbox.datashare d SET is_public = $2 WHERE d.share_id = redshift_sandbox.own_datashare(share, 'ALTER DATASHARE');
END $$;

CREATE FUNCTION redshift_sandbox.schema_number(name text) RETURNS oid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_schema oid;
BEGIN
  SELECT n.oid INTO found_schema FROM pg_catalog.pg_namespace_base n WHERE n.nspname = name;
  IF found_schema IS NULL THEN
    RAISE invalid_schema_name USING MESSAGE = format('schema "%s" does not exist', redshift_sandbox.full_name(name));
  END IF;
  RETURN found_schema;
END $$;

CREATE FUNCTION redshift_sandbox.change_datashare(share text, adding boolean, class oid, object oid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer := redshift_sandbox.own_datashare(share, 'ALTER DATASHARE');
BEGIN
  IF NOT adding THEN
    DELETE FROM redshift_sandbox.datashare_object o WHERE o.share_id = number AND o.classid = class AND o.objid = object;
    IF NOT FOUND THEN
      RAISE undefined_object USING MESSAGE = format('the object is not in datashare "%s"', share);
    END IF;
    RETURN;
  END IF;
  IF class = 1259 AND NOT EXISTS (SELECT FROM redshift_sandbox.datashare_object o JOIN pg_catalog.pg_class_base c ON c.oid = object
    WHERE o.share_id = number AND o.classid = 2615 AND o.objid = c.relnamespace) THEN -- pg_namespace
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('add the schema to datashare "%s" before the objects in it', share);
  ELSIF class = 1259 AND NOT redshift_sandbox.session_owns(object::regclass)
    AND NOT redshift_sandbox.has_table_privilege(session_user, object, 'SELECT') THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied for relation %s', redshift_sandbox.relation_name(object::regclass));
  ELSIF class = 2615 AND NOT has_schema_privilege(session_user, object, 'USAGE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for schema';
  END IF;
  -- @see https://docs.aws.amazon.com/redshift/latest/dg/considerations.html
  IF class = 1259 AND EXISTS (SELECT FROM redshift_sandbox.column_design k WHERE k.sortkeyord < 0 AND (k.reloid = object
      OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_depend_base d ON d.classid = 2618 AND d.objid = w.oid
        WHERE w.ev_class = object AND d.refclassid = 1259 AND d.refobjid = k.reloid))) THEN
    RAISE feature_not_supported USING MESSAGE = format('"%s" cannot be shared: tables with interleaved sort keys, and views of them, are not supported in datashares',
      redshift_sandbox.relation_name(object::regclass));
  ELSIF class = 2615 AND object IN (11, 'information_schema'::regnamespace) THEN
    RAISE feature_not_supported USING MESSAGE = 'schemas of the system cannot be shared';
  END IF;
  INSERT INTO redshift_sandbox.datashare_object VALUES (number, class, object, CASE class WHEN 2615 THEN false END) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RAISE duplicate_object USING MESSAGE = format('the object is already in datashare "%s"', share);
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.change_datashare_schema(share text, adding boolean, schema_name text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.change_datashare(share, adding, 2615, redshift_sandbox.schema_number(schema_name));

CREATE FUNCTION redshift_sandbox.change_datashare_tables(share text, adding boolean, schema_name text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer := redshift_sandbox.own_datashare(share, 'ALTER DATASHARE');
BEGIN
  PERFORM redshift_sandbox.change_datashare(share, adding, 1259, c.oid)
  FROM pg_catalog.pg_class_base c
  WHERE c.relnamespace = redshift_sandbox.schema_number(schema_name) AND c.relkind IN ('r', 'v', 'm')
    AND adding <> EXISTS (SELECT FROM redshift_sandbox.datashare_object o WHERE o.share_id = number AND o.classid = 1259 AND o.objid = c.oid);
END $$;

CREATE FUNCTION redshift_sandbox.set_datashare_include_new(share text, include_new boolean, schema_name text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_is_superuser() THEN
    RAISE insufficient_privilege USING MESSAGE = 'must be superuser to set INCLUDENEW';
  END IF;
  UPDATE redshift_sandbox.datashare_object o SET include_new = $2
  WHERE o.share_id = redshift_sandbox.own_datashare(share, 'ALTER DATASHARE') AND o.classid = 2615
    AND o.objid = redshift_sandbox.schema_number(schema_name);
  IF NOT FOUND THEN
    RAISE undefined_object USING MESSAGE = format('the schema is not in datashare "%s"', share);
  END IF;
END $$;

-- Relations that are made in a schema with INCLUDENEW join it; what is dropped leaves it, a table that is copied and swapped too.
CREATE FUNCTION redshift_sandbox.on_create_shared() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO redshift_sandbox.datashare_object
  SELECT DISTINCT o.share_id, 1259::oid, c.oid, NULL::boolean FROM pg_event_trigger_ddl_commands() e
  JOIN pg_catalog.pg_class_base c ON c.oid = e.objid AND c.relkind IN ('r', 'v', 'm')
  JOIN redshift_sandbox.datashare_object o ON o.classid = 2615 AND o.objid = c.relnamespace AND o.include_new
  WHERE e.classid = 1259
  ON CONFLICT DO NOTHING;
END $$;
CREATE FUNCTION redshift_sandbox.on_drop_shared() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM redshift_sandbox.datashare_object s USING pg_event_trigger_dropped_objects() o
  WHERE o.objsubid = 0 AND s.classid = o.classid AND s.objid = o.objid;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_create_shared ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW')
  EXECUTE FUNCTION redshift_sandbox.on_create_shared();
CREATE EVENT TRIGGER redshift_sandbox_drop_shared ON sql_drop EXECUTE FUNCTION redshift_sandbox.on_drop_shared();

CREATE FUNCTION redshift_sandbox.session_sees_datashare(owner oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_is_superuser() OR owner = redshift_sandbox.user_number()::oid;

-- Account and namespace are the sandbox's own: the same in each.
CREATE VIEW pg_catalog.svv_datashares AS
SELECT redshift_sandbox.full_name(d.name) AS share_name, d.share_id, d.owner::integer AS share_owner, current_database()::text AS source_database,
  NULL::text AS consumer_database, 'OUTBOUND'::text AS share_type, d.created AS createdate, d.is_public AS is_publicaccessible,
  NULL::text AS share_acl, '123456789012'::text AS producer_account, '00000000-0000-4000-8000-000000000000'::text AS producer_namespace,
  NULL::text AS managed_by
FROM redshift_sandbox.datashare d
WHERE redshift_sandbox.session_sees_datashare(d.owner);

CREATE FUNCTION redshift_sandbox.datashare_objects(share text) RETURNS TABLE (share_name text, object_type text, object_name text, include_new boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT redshift_sandbox.full_name(d.name), CASE WHEN o.classid = 2615 THEN 'schema' WHEN c.relkind = 'v' THEN 'view'
        WHEN c.relkind = 'm' THEN 'materialized view' ELSE 'table' END,
      CASE o.classid WHEN 2615 THEN redshift_sandbox.full_name(s.nspname::text)
        ELSE redshift_sandbox.full_name(n.nspname::text) || '.' || redshift_sandbox.full_name(c.relname::text) END,
      o.include_new
    FROM redshift_sandbox.datashare d
    JOIN redshift_sandbox.datashare_object o ON o.share_id = d.share_id
    LEFT JOIN pg_catalog.pg_namespace_base s ON o.classid = 2615 AND s.oid = o.objid
    LEFT JOIN pg_catalog.pg_class_base c ON o.classid = 1259 AND c.oid = o.objid
    LEFT JOIN pg_catalog.pg_namespace_base n ON n.oid = c.relnamespace
    WHERE (share IS NULL OR d.name = share) AND redshift_sandbox.session_sees_datashare(d.owner)
    ORDER BY 1, 2 DESC, 3;
  END;

-- For superusers only; owners have DESC DATASHARE.
CREATE VIEW pg_catalog.svv_datashare_objects AS
SELECT 'OUTBOUND'::text AS share_type, o.share_name, o.object_type, o.object_name, '123456789012'::text AS producer_account,
  '00000000-0000-4000-8000-000000000000'::text AS producer_namespace, o.include_new
FROM redshift_sandbox.datashare_objects(NULL) o
WHERE redshift_sandbox.session_is_superuser();
