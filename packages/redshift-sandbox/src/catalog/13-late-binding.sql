-- Late-binding views (CREATE VIEW … WITH NO SCHEMA BINDING). Each is a view of the server, so that its owner's privileges decide what it may
-- read and everything else (GRANT, OWNER TO, RENAME, joins, prepared statements) is the server's. What makes it late is that it has no
-- dependencies, and that its rule is made anew from its text, in the same transaction, whenever a statement has changed what the names
-- in it mean. A text that means nothing at present becomes a rule that fails with what the server said.

-- Why the view cannot be read. Immutable, so that planning fails already, also under EXPLAIN.
CREATE FUNCTION redshift_sandbox.late_failure(code text, reason text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = reason;
END $$;

-- What the names mean now: which relations, whether these have policies, and which columns they have.
CREATE FUNCTION redshift_sandbox.late_state(refs text[]) RETURNS text
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT string_agg(coalesce(r.found::oid::text, '') || coalesce((SELECT ' policies' FROM pg_catalog.pg_class_base c
      WHERE c.oid = r.found AND c.relrowsecurity), '') || ':' || coalesce((
      SELECT string_agg(format('%s %s %s %s', a.attnum, a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = r.found AND a.attnum > 0 AND NOT a.attisdropped), ''), ';' ORDER BY r.place)
    FROM (SELECT to_regclass(n.name) AS found, n.place FROM unnest(refs) WITH ORDINALITY n(name, place)) r;
  END;

CREATE FUNCTION redshift_sandbox.late_columns(rel oid) RETURNS text
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT string_agg(format('%s %s %s', a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = rel AND a.attnum > 0;
  END;

-- Makes the view mean what its text means now.
CREATE FUNCTION redshift_sandbox.bind_late_view(view_oid oid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET event_triggers = off AS $$
DECLARE
  late redshift_sandbox.late_view;
  helper_name text := format('redshift_sandbox.%I', 'late_binding/' || pg_backend_pid());
  helper oid;
  rule oid;
  columns text;
  is_bound boolean := true;
  now_state text;
BEGIN
  SELECT * INTO STRICT late FROM redshift_sandbox.late_view l WHERE l.reloid = view_oid;
  now_state := redshift_sandbox.late_state(late.refs);
  BEGIN
    EXECUTE format('CREATE VIEW %s %s', helper_name, late.definition);
    PERFORM redshift_sandbox.refuse_protected_tables(ARRAY[helper_name::regclass::oid]);
  EXCEPTION WHEN OTHERS THEN
    -- What is wrong with the text is for who reads the view; what went wrong here is for who caused it.
    IF left(SQLSTATE, 2) IN ('25', '40', '53', '54', '55', '57', '58', 'XX') THEN
      RAISE;
    END IF;
    is_bound := false;
    -- The columns that it had stay, so that what names them meets the reason and not their absence.
    SELECT string_agg(format('NULL::%s AS %I', redshift_sandbox.format_type(a.atttypid, a.atttypmod), a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = view_oid AND a.attnum > 0;
    IF columns IS NULL THEN
      SELECT string_agg(format('NULL::varchar AS %I', g.name), ', ' ORDER BY g.place) INTO columns
      FROM unnest(late.guessed) WITH ORDINALITY g(name, place);
    END IF;
    EXECUTE format('CREATE VIEW %s AS SELECT %s FROM redshift_sandbox.late_failure(%L, %L) f WHERE f', helper_name, columns, SQLSTATE, SQLERRM);
  END;
  helper := helper_name::regclass;
  IF redshift_sandbox.late_columns(helper) IS DISTINCT FROM redshift_sandbox.late_columns(view_oid) THEN
    -- A lock that keeps readers from meeting other columns than those they were parsed with; LOCK would lock what the old rule reads.
    EXECUTE format('ALTER TABLE %s OWNER TO %I', view_oid::regclass,
      (SELECT r.rolname FROM pg_catalog.pg_authid r JOIN pg_catalog.pg_class_base c ON c.relowner = r.oid WHERE c.oid = view_oid));
  END IF;

  -- The new view's columns and rule become the old one's. After each statement the server reads what it finds, so each leaves both whole.
  DELETE FROM pg_catalog.pg_depend_base d USING pg_catalog.pg_rewrite r
  WHERE r.ev_class = view_oid AND r.rulename = '_RETURN' AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid;
  WITH rules AS (DELETE FROM pg_catalog.pg_rewrite r WHERE r.ev_class = view_oid AND r.rulename = '_RETURN'),
    attributes AS (DELETE FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = view_oid)
  UPDATE pg_catalog.pg_class_base SET relnatts = 0, relhasrules = false WHERE oid = view_oid;
  SELECT r.oid INTO STRICT rule FROM pg_catalog.pg_rewrite r WHERE r.ev_class = helper;
  WITH rules AS (UPDATE pg_catalog.pg_rewrite SET ev_class = view_oid WHERE ev_class = helper),
    attributes AS (UPDATE pg_catalog.pg_attribute_base SET attrelid = view_oid WHERE attrelid = helper)
  UPDATE pg_catalog.pg_class_base c SET relnatts = CASE c.oid WHEN view_oid THEN h.relnatts ELSE 0 END, relhasrules = c.oid = view_oid
  FROM pg_catalog.pg_class_base h WHERE h.oid = helper AND c.oid IN (view_oid, helper);
  DELETE FROM pg_catalog.pg_depend_base d
  WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = rule AND d.deptype = 'n';
  UPDATE pg_catalog.pg_depend_base SET refobjid = view_oid
  WHERE classid = 'pg_catalog.pg_rewrite'::regclass AND objid = rule AND refobjid = helper;
  EXECUTE format('DROP VIEW %s', helper_name);
  UPDATE redshift_sandbox.late_view SET bound = is_bound, state = now_state WHERE reloid = view_oid;
END $$;

-- Binds again what means something else now. Views read views, so it is repeated; views that read each other never settle, and fail when read.
CREATE FUNCTION redshift_sandbox.rebind_late_views() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stale oid[];
BEGIN
  FOR round IN 1..100 LOOP
    stale := ARRAY(SELECT l.reloid FROM redshift_sandbox.late_view l WHERE l.state IS DISTINCT FROM redshift_sandbox.late_state(l.refs));
    EXIT WHEN cardinality(stale) = 0;
    PERFORM redshift_sandbox.bind_late_view(s) FROM unnest(stale) s;
  END LOOP;
END $$;

-- Makes a view of the server, which may be a new one without columns, a late-binding view of this text.
CREATE FUNCTION redshift_sandbox.set_late_view(rel regclass, source text, definition text, refs text[], schemas text[], guessed text[])
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  missing text;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  SELECT s INTO missing FROM unnest(schemas) s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace_base n WHERE n.nspname = s);
  IF missing IS NOT NULL THEN
    RAISE invalid_schema_name USING MESSAGE = format('schema "%s" does not exist', redshift_sandbox.full_name(missing));
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_depend_base d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    WHERE d.refclassid = 'pg_catalog.pg_class_base'::regclass AND d.refobjid = rel AND d.classid = 'pg_catalog.pg_rewrite'::regclass
      AND r.ev_class <> rel) THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox: other views read "%s", so it cannot become a late-binding view',
      redshift_sandbox.relation_name(rel));
  END IF;
  INSERT INTO redshift_sandbox.late_view VALUES (rel, $2, $3, $4, $6)
  ON CONFLICT (reloid) DO UPDATE SET source = $2, definition = $3, refs = $4, guessed = $6, bound = false, state = NULL;
  PERFORM redshift_sandbox.bind_late_view(rel);
  PERFORM redshift_sandbox.rebind_late_views();
END $$;

-- A view of the server's that is being made may not rest on columns that come and go.
CREATE FUNCTION redshift_sandbox.refuse_late_views(views oid[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  late text;
BEGIN
  SELECT redshift_sandbox.relation_name(l.reloid) INTO late
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_depend_base d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND d.deptype = 'n'
  JOIN redshift_sandbox.late_view l ON d.refclassid = 'pg_catalog.pg_class_base'::regclass AND l.reloid = d.refobjid
  WHERE r.ev_class = ANY (views) AND r.rulename = '_RETURN' LIMIT 1;
  IF late IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate a bound view over the late-binding view "%s"', late),
      HINT = 'Add WITH NO SCHEMA BINDING.';
  END IF;
END $$;

-- Two transactions do not see what the other makes: a table, and a view that reads it. So each looks once more before it commits, one after
-- the other, and the one that comes second sees the first.
CREATE TABLE redshift_sandbox.late_check (transaction xid8);
CREATE TABLE redshift_sandbox.late_turn ();
CREATE FUNCTION redshift_sandbox.on_late_commit() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Not an advisory lock: taking that of a table is also when the server hears what others have made.
  LOCK TABLE redshift_sandbox.late_turn IN ACCESS EXCLUSIVE MODE;
  DELETE FROM redshift_sandbox.late_check c WHERE c.transaction = NEW.transaction;
  PERFORM redshift_sandbox.rebind_late_views();
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late_commit AFTER INSERT ON redshift_sandbox.late_check DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION redshift_sandbox.on_late_commit();

CREATE FUNCTION redshift_sandbox.on_late_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO redshift_sandbox.late_check SELECT pg_current_xact_id()
  WHERE NOT EXISTS (SELECT FROM redshift_sandbox.late_check c WHERE c.transaction = pg_current_xact_id());
  IF NOT EXISTS (SELECT FROM redshift_sandbox.late_view) THEN
    RETURN;
  END IF;
  -- Replaced by one that is bound.
  DELETE FROM redshift_sandbox.late_view l USING pg_event_trigger_ddl_commands() c
  WHERE c.classid = 1259 AND c.command_tag = 'CREATE VIEW' AND l.reloid = c.objid;
  PERFORM redshift_sandbox.refuse_late_views(ARRAY(SELECT c.objid FROM pg_event_trigger_ddl_commands() c
    WHERE c.classid = 1259 AND c.object_type IN ('view', 'materialized view')));
  PERFORM redshift_sandbox.rebind_late_views();
END $$;
CREATE FUNCTION redshift_sandbox.on_late_grant() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM redshift_sandbox.late_view l JOIN pg_catalog.pg_attribute_base a ON a.attrelid = l.reloid AND a.attacl IS NOT NULL) THEN
    RAISE feature_not_supported USING MESSAGE = 'column privileges are not supported on late-binding views';
  END IF;
END $$;
CREATE FUNCTION redshift_sandbox.on_late_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM redshift_sandbox.late_view l USING pg_event_trigger_dropped_objects() o
  WHERE o.classid = 1259 AND o.objsubid = 0 AND l.reloid = o.objid;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_late_change ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO',
  'ALTER TABLE', 'DROP TABLE', 'CREATE VIEW', 'ALTER VIEW', 'DROP VIEW', 'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
  'DROP MATERIALIZED VIEW', 'CREATE SCHEMA', 'ALTER SCHEMA', 'DROP SCHEMA')
  EXECUTE FUNCTION redshift_sandbox.on_late_change();
CREATE EVENT TRIGGER redshift_sandbox_late_grant ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION redshift_sandbox.on_late_grant();
CREATE EVENT TRIGGER redshift_sandbox_late_drop ON sql_drop EXECUTE FUNCTION redshift_sandbox.on_late_drop();

-- Both are read with a list of columns: `pg_get_cols('s.t') cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)`.
-- A view that cannot be read has no rows.
CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT l.view_schema::name, l.view_name::name, l.col_name::name, pg_catalog.format_type(l.type_oid, l.typmod)::varchar, l.col_num::integer
    FROM redshift_sandbox.late_view_columns() l; END;
CREATE FUNCTION pg_catalog.pg_get_cols(relation text) RETURNS SETOF record LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT n.nspname::name, c.relname::name, a.attname::name, format_type(a.atttypid, a.atttypmod)::varchar, a.attnum::integer AS number
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.oid = to_regclass(relation)
    UNION ALL
    SELECT l.view_schema::name, l.view_name::name, l.col_name::name, pg_catalog.format_type(l.type_oid, l.typmod)::varchar, l.col_num::integer
    FROM redshift_sandbox.late_view_columns() l
    WHERE l.view_oid = to_regclass(relation) ORDER BY number;
  END;

-- Nobody writes through a view of Redshift's. A rule that fails as soon as it is planned keeps the server from finding the table behind it.
CREATE FUNCTION redshift_sandbox.refuse_view_write(verb text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE feature_not_supported USING MESSAGE = format('cannot %s a view', verb);
END $$;
CREATE FUNCTION redshift_sandbox.on_view() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET event_triggers = off AS $$
DECLARE
  made oid;
  verb text;
BEGIN
  FOR made IN SELECT c.objid FROM pg_event_trigger_ddl_commands() c
    WHERE c.classid = 1259 AND c.object_type = 'view' AND (SELECT count(*) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.objid) = 1 LOOP
    FOREACH verb IN ARRAY ARRAY['insert into', 'update', 'delete from'] LOOP
      EXECUTE format('CREATE RULE %I AS ON %s TO %s DO INSTEAD SELECT redshift_sandbox.refuse_view_write(%L)', split_part(verb, ' ', 1),
        split_part(verb, ' ', 1), made::regclass, verb);
    END LOOP;
  END LOOP;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_view ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION redshift_sandbox.on_view();
