-- Row-level security and dynamic data masking (facts.md 3.10).
-- A policy's predicate is a function; PostgreSQL's own row security calls it. What PostgreSQL has is made anew from the tables here after
-- each change of them. Masks are kept and shown, and reading a table through one is refused.

CREATE TABLE redshift_sandbox.rls_policy (
  policy_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE,
  alias text,
  columns text[] NOT NULL,
  types text[] NOT NULL,
  predicate text NOT NULL, -- as it was written
  modified_by oid NOT NULL,
  modified timestamp NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE redshift_sandbox.rls_attachment (
  policy_id integer NOT NULL REFERENCES redshift_sandbox.rls_policy,
  reloid oid NOT NULL,
  grantee oid NOT NULL, -- 0 PUBLIC
  grantor oid NOT NULL,
  PRIMARY KEY (policy_id, reloid, grantee)
);

CREATE TABLE redshift_sandbox.rls_relation (
  reloid oid PRIMARY KEY,
  is_on boolean NOT NULL DEFAULT false,
  is_datashare_on boolean NOT NULL DEFAULT true,
  conjunction text NOT NULL DEFAULT 'and'
);

CREATE TABLE redshift_sandbox.masking_policy (
  policy_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE,
  columns text[] NOT NULL,
  types text[] NOT NULL,
  expression text NOT NULL, -- as it was written
  modified_by oid NOT NULL,
  modified timestamp NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE redshift_sandbox.masking_attachment (
  policy_id integer NOT NULL REFERENCES redshift_sandbox.masking_policy,
  reloid oid NOT NULL,
  outputs text[] NOT NULL,
  inputs text[] NOT NULL,
  grantee oid NOT NULL, -- 0 PUBLIC
  priority integer NOT NULL,
  grantor oid NOT NULL
);

-- Who is concerned ----------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.session_manages_policies() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_is_superuser() OR redshift_sandbox.session_has_role('sys:secadmin');

CREATE FUNCTION redshift_sandbox.require_policy_manager() RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_manages_policies() THEN
    RAISE insufficient_privilege USING MESSAGE = 'must be superuser or have the role sys:secadmin to manage policies';
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.session_is(grantee oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN grantee = 0 OR grantee = redshift_sandbox.user_number()::oid
    OR redshift_sandbox.is_member(redshift_sandbox.user_number()::oid, grantee);

CREATE FUNCTION redshift_sandbox.session_ignores_rls() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_has_system_privilege('IGNORE RLS');

-- Without a policy that is attached to them, people see no row.
CREATE FUNCTION redshift_sandbox.session_passes_rls(rel oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_ignores_rls() OR EXISTS (SELECT FROM redshift_sandbox.rls_attachment a
    WHERE a.reloid = rel AND redshift_sandbox.session_is(a.grantee));

-- Volatile, so that it runs with the query and not when it is planned: EXPLAIN reads nothing.
CREATE FUNCTION redshift_sandbox.refuse_masked(rel oid, policy text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE feature_not_supported USING
    MESSAGE = format('redshift-sandbox does not imitate reading "%s" through the masking policy "%s"', redshift_sandbox.relation_name(rel), policy);
END $$;

-- What EXPLAIN has to hide: relations that the session reads through policies.
CREATE FUNCTION redshift_sandbox.filtered_relations() RETURNS TABLE (relname text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT quote_ident(c.relname::text) FROM redshift_sandbox.rls_relation r JOIN pg_catalog.pg_class_base c ON c.oid = r.reloid
    WHERE r.is_on AND NOT redshift_sandbox.session_ignores_rls();
  END;

-- What PostgreSQL has -------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.predicate_call(policy redshift_sandbox.rls_policy) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN format('redshift_sandbox.rls_predicate_%s(%s)', policy.policy_id,
    coalesce((SELECT string_agg(quote_ident(c), ', ') FROM unnest(policy.columns) c), ''));

CREATE FUNCTION redshift_sandbox.grantee_sql(grantee oid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE (SELECT quote_ident(r.rolname) FROM pg_catalog.pg_authid r WHERE r.oid = grantee) END;

-- One policy lets everyone through who has a policy attached, and each attached one then takes rows away (AND), or adds some (OR).
-- INSERT and COPY are not filtered.
CREATE FUNCTION redshift_sandbox.apply_policies(rel regclass) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  command text;
  item record;
  rls redshift_sandbox.rls_relation;
  checked text;
BEGIN
  FOR item IN SELECT p.polname FROM pg_catalog.pg_policy p WHERE p.polrelid = rel LOOP
    EXECUTE format('DROP POLICY %I ON %s', item.polname, rel);
  END LOOP;
  SELECT * INTO rls FROM redshift_sandbox.rls_relation r WHERE r.reloid = rel;
  IF NOT coalesce(rls.is_on, false) AND NOT EXISTS (SELECT FROM redshift_sandbox.masking_attachment m WHERE m.reloid = rel) THEN
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', rel);
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_depend_base d WHERE d.refclassid = 1259 AND d.refobjid = rel AND d.classid = 2618) THEN
    RAISE feature_not_supported USING
      MESSAGE = format('redshift-sandbox does not imitate policies on "%s", which a view reads', redshift_sandbox.relation_name(rel)),
      DETAIL = 'PostgreSQL applies those of the owner of the view, Redshift those of the reader.';
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', rel);
  EXECUTE format('CREATE POLICY inserted ON %s FOR INSERT WITH CHECK (true)', rel);
  FOREACH command IN ARRAY ARRAY['SELECT', 'UPDATE', 'DELETE'] LOOP
    checked := CASE command WHEN 'UPDATE' THEN ' WITH CHECK (true)' ELSE '' END;
    IF NOT coalesce(rls.is_on, false) THEN
      EXECUTE format('CREATE POLICY %I ON %s FOR %s USING (true)%s', 'any ' || command, rel, command, checked);
    ELSIF rls.conjunction = 'and' THEN
      EXECUTE format('CREATE POLICY %I ON %s FOR %s USING (redshift_sandbox.session_passes_rls(%s))%s', 'any ' || command, rel, command,
        rel::oid, checked);
    ELSE
      EXECUTE format('CREATE POLICY %I ON %s FOR %s USING (redshift_sandbox.session_ignores_rls())%s', 'any ' || command, rel, command, checked);
    END IF;
    CONTINUE WHEN NOT coalesce(rls.is_on, false);
    FOR item IN SELECT a.policy_id, a.grantee, redshift_sandbox.predicate_call(p) AS predicate
      FROM redshift_sandbox.rls_attachment a JOIN redshift_sandbox.rls_policy p ON p.policy_id = a.policy_id WHERE a.reloid = rel
    LOOP
      EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s USING (redshift_sandbox.session_ignores_rls() OR %s)%s',
        format('%s %s %s', item.policy_id, item.grantee, command), rel,
        CASE rls.conjunction WHEN 'and' THEN 'RESTRICTIVE' ELSE 'PERMISSIVE' END,
        command, redshift_sandbox.grantee_sql(item.grantee), item.predicate, checked);
    END LOOP;
  END LOOP;
  FOR item IN SELECT DISTINCT m.grantee, p.name, p.policy_id FROM redshift_sandbox.masking_attachment m
    JOIN redshift_sandbox.masking_policy p ON p.policy_id = m.policy_id WHERE m.reloid = rel
  LOOP
    EXECUTE format('CREATE POLICY %I ON %s AS RESTRICTIVE FOR SELECT TO %s USING (redshift_sandbox.refuse_masked(%s, %L))',
      format('mask %s %s', item.policy_id, item.grantee), rel, redshift_sandbox.grantee_sql(item.grantee), rel::oid, item.name);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION redshift_sandbox.apply_policies(regclass) FROM PUBLIC;

-- What both kinds share ------------------------------------------------------------------------------------------------------------------

-- Columns and types of a policy, for the SELECT that ALTER makes of its new predicate.
CREATE FUNCTION redshift_sandbox.policy_inputs(policy text, masking boolean) RETURNS TABLE (alias text, columns text, types text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT p.alias, to_json(p.columns)::text, to_json(p.types)::text FROM redshift_sandbox.rls_policy p
    WHERE NOT masking AND p.name = policy AND redshift_sandbox.session_manages_policies()
    UNION ALL
    SELECT NULL, to_json(p.columns)::text, to_json(p.types)::text FROM redshift_sandbox.masking_policy p
    WHERE masking AND p.name = policy AND redshift_sandbox.session_manages_policies();
  END;

-- Policies are attached to tables of the database that stay, and to nobody whom they would not bind.
CREATE FUNCTION redshift_sandbox.check_attachment(rel regclass, grantee oid) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_class_base c WHERE c.oid = rel AND c.relkind = 'r' AND c.relpersistence = 'p') THEN
    RAISE feature_not_supported USING MESSAGE = format('policies cannot be attached to "%s": only to permanent tables', redshift_sandbox.relation_name(rel));
  ELSIF grantee <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.oid = grantee AND (r.rolsuper OR r.rolname = 'role/sys:secadmin'
      OR EXISTS (SELECT FROM redshift_sandbox.rbac_role b WHERE b.role_name = 'sys:secadmin' AND redshift_sandbox.is_member(r.oid, b.role_id)))) THEN
    RAISE invalid_grant_operation USING MESSAGE = 'policies cannot be attached to superusers or to sys:secadmin';
  END IF;
END $$;

-- NULL is PUBLIC.
CREATE FUNCTION redshift_sandbox.grantee_number(grantee text) RETURNS oid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN grantee IS NULL THEN 0 ELSE redshift_sandbox.role_number(grantee) END;

-- Users and roles that are dropped lose their policies; of other databases nothing is known here.
CREATE FUNCTION redshift_sandbox.detach_policies_of(identity oid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rel regclass;
BEGIN
  FOR rel IN
    WITH rls AS (DELETE FROM redshift_sandbox.rls_attachment a WHERE a.grantee = identity RETURNING a.reloid),
      masks AS (DELETE FROM redshift_sandbox.masking_attachment m WHERE m.grantee = identity RETURNING m.reloid)
    SELECT r.reloid::regclass FROM rls r UNION SELECT m.reloid::regclass FROM masks m
  LOOP
    PERFORM redshift_sandbox.apply_policies(rel);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION redshift_sandbox.detach_policies_of(oid) FROM PUBLIC;

CREATE FUNCTION redshift_sandbox.detach_policies_of_user(usr text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Who may not drop users is told so by DROP USER.
  IF redshift_sandbox.session_is_superuser() THEN
    PERFORM redshift_sandbox.detach_policies_of(r.oid) FROM pg_catalog.pg_authid r WHERE r.rolname = usr;
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.policy_columns(columns text[], types text[]) RETURNS text
  LANGUAGE sql STABLE
  RETURN '[' || coalesce((SELECT string_agg(format('{"colname":%s,"type":%s}', to_json(redshift_sandbox.full_name(c)), to_json(t)), ',' ORDER BY place)
    FROM ROWS FROM (unnest(columns), unnest(types)) WITH ORDINALITY a(c, t, place)), '') || ']';

CREATE FUNCTION redshift_sandbox.json_names(names text[]) RETURNS text
  LANGUAGE sql STABLE
  RETURN (SELECT to_json(array_agg(redshift_sandbox.full_name(n) ORDER BY place))::text FROM unnest(names) WITH ORDINALITY a(n, place));

-- What else happens to tables and columns -----------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.on_drop_policies() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() o WHERE o.classid = 3256 AND NOT o.original) -- pg_policy
    AND NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() o WHERE o.classid = 1259 AND o.objsubid = 0) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = 'cannot drop a column that a policy refers to, not even with CASCADE: detach the policy first';
  END IF;
  DELETE FROM redshift_sandbox.rls_attachment a USING pg_event_trigger_dropped_objects() o
  WHERE o.classid = 1259 AND o.objsubid = 0 AND a.reloid = o.objid;
  DELETE FROM redshift_sandbox.rls_relation a USING pg_event_trigger_dropped_objects() o
  WHERE o.classid = 1259 AND o.objsubid = 0 AND a.reloid = o.objid;
  DELETE FROM redshift_sandbox.masking_attachment a USING pg_event_trigger_dropped_objects() o
  WHERE o.classid = 1259 AND o.objsubid = 0 AND a.reloid = o.objid;
END $$;

CREATE FUNCTION redshift_sandbox.refuse_protected_tables(views oid[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  protected text;
BEGIN
  SELECT redshift_sandbox.relation_name(t.oid) INTO protected FROM pg_catalog.pg_rewrite w
  JOIN pg_catalog.pg_depend_base d ON d.classid = 2618 AND d.objid = w.oid AND d.refclassid = 1259 -- pg_rewrite, pg_class
  JOIN pg_catalog.pg_class_base t ON t.oid = d.refobjid AND t.relrowsecurity
  WHERE w.ev_class = ANY (views) LIMIT 1;
  IF protected IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate views on "%s", which has policies', protected),
      DETAIL = 'PostgreSQL applies those of the owner of the view, Redshift those of the reader.';
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.on_create_view() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.refuse_protected_tables(ARRAY(SELECT v.objid FROM pg_event_trigger_ddl_commands() v WHERE v.classid = 1259));
END $$;
CREATE EVENT TRIGGER redshift_sandbox_drop_policies ON sql_drop EXECUTE FUNCTION redshift_sandbox.on_drop_policies();
CREATE EVENT TRIGGER redshift_sandbox_create_view ON ddl_command_end WHEN TAG IN ('CREATE VIEW', 'CREATE MATERIALIZED VIEW')
  EXECUTE FUNCTION redshift_sandbox.on_create_view();
