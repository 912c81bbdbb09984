-- What the statements on RLS policies call, and the views of them, which are silently empty for all but superusers and sys:secadmin.

CREATE FUNCTION redshift_sandbox.rls_policy_number(policy text) RETURNS integer
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer;
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  SELECT p.policy_id INTO number FROM redshift_sandbox.rls_policy p WHERE p.name = policy;
  IF number IS NULL THEN
    RAISE undefined_object USING MESSAGE = format('RLS policy "%s" does not exist', policy);
  END IF;
  RETURN number;
END $$;

-- The relations that the predicates of policies look into.
CREATE VIEW redshift_sandbox.rls_lookup AS
SELECT p.policy_id, d.refobjid AS reloid FROM redshift_sandbox.rls_policy p
JOIN pg_catalog.pg_proc_base f ON f.pronamespace = 'redshift_sandbox'::regnamespace AND f.proname = 'rls_predicate_' || p.policy_id
JOIN pg_catalog.pg_depend_base d ON d.classid = 1255 AND d.objid = f.oid AND d.refclassid = 1259
WHERE d.refobjid <> 0;

-- @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_RLS_POLICY.html
CREATE FUNCTION redshift_sandbox.check_rls_predicate(policy integer) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  refused text;
BEGIN
  SELECT redshift_sandbox.relation_name(c.oid::regclass) INTO refused FROM redshift_sandbox.rls_lookup l
  JOIN pg_catalog.pg_class_base c ON c.oid = l.reloid
  WHERE l.policy_id = policy AND (c.relkind <> 'r' OR c.relpersistence <> 'p'
    OR EXISTS (SELECT FROM redshift_sandbox.rls_attachment a WHERE a.reloid = c.oid)
    OR EXISTS (SELECT FROM redshift_sandbox.rls_relation r WHERE r.reloid = c.oid AND r.is_on)) LIMIT 1;
  IF refused IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE = format('an RLS policy cannot look into "%s"', refused),
      DETAIL = 'It may name permanent tables without policies of their own: no catalogs, views and temporary tables.';
  END IF;
  -- The policy's own columns stand in a query around its subqueries.
  IF EXISTS (SELECT FROM pg_catalog.pg_proc_base f WHERE f.pronamespace = 'redshift_sandbox'::regnamespace
      AND f.proname = 'rls_predicate_' || policy AND f.prosqlbody::text ~ ':varlevelsup [1-9]') THEN
    RAISE feature_not_supported USING MESSAGE = 'RLS policy could not be rewritten.', DETAIL = 'It holds a correlated subquery.';
  END IF;
END $$;

-- `body` is a SELECT over the policy's parameters. Has no search path of its own, so that lookup tables are found as the session finds
-- them; so every name in it is qualified.
CREATE FUNCTION redshift_sandbox.set_rls_predicate(policy integer, types text[], body text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION redshift_sandbox.rls_predicate_%s(%s) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER BEGIN ATOMIC %s; END', policy, pg_catalog.array_to_string(types, ', '), body);
  PERFORM redshift_sandbox.check_rls_predicate(policy);
END $$;

CREATE FUNCTION redshift_sandbox.create_rls_policy(policy text, alias text, columns text[], types text[], body text, shown text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  number integer;
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  IF EXISTS (SELECT FROM redshift_sandbox.rls_policy p WHERE p.name OPERATOR(pg_catalog.=) policy) THEN
    RAISE duplicate_object USING MESSAGE = pg_catalog.format('RLS policy "%s" already exists', policy);
  END IF;
  INSERT INTO redshift_sandbox.rls_policy (name, alias, columns, types, predicate, modified_by)
  VALUES (policy, alias, columns, types, shown, redshift_sandbox.user_number()) RETURNING policy_id INTO number;
  PERFORM redshift_sandbox.set_rls_predicate(number, types, body);
END $$;

CREATE FUNCTION redshift_sandbox.alter_rls_policy(policy text, body text, shown text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  number integer := redshift_sandbox.rls_policy_number(policy);
BEGIN
  PERFORM redshift_sandbox.set_rls_predicate(number, p.types, body) FROM redshift_sandbox.rls_policy p
  WHERE p.policy_id OPERATOR(pg_catalog.=) number;
  UPDATE redshift_sandbox.rls_policy p SET predicate = shown, modified_by = redshift_sandbox.user_number(),
    modified = pg_catalog.statement_timestamp() WHERE p.policy_id OPERATOR(pg_catalog.=) number;
END $$;

CREATE FUNCTION redshift_sandbox.drop_rls_policy(policy text, if_exists boolean, cascade boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  number integer;
  attached regclass;
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  IF if_exists AND NOT EXISTS (SELECT FROM redshift_sandbox.rls_policy p WHERE p.name = policy) THEN
    RETURN;
  END IF;
  number := redshift_sandbox.rls_policy_number(policy);
  IF NOT cascade AND EXISTS (SELECT FROM redshift_sandbox.rls_attachment a WHERE a.policy_id = number) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format('cannot drop RLS policy "%s" because it is attached to a relation', policy);
  END IF;
  FOR attached IN WITH gone AS (DELETE FROM redshift_sandbox.rls_attachment a WHERE a.policy_id = number RETURNING a.reloid)
    SELECT DISTINCT g.reloid::regclass FROM gone g
  LOOP
    PERFORM redshift_sandbox.apply_policies(attached);
  END LOOP;
  DELETE FROM redshift_sandbox.rls_policy p WHERE p.policy_id = number;
  EXECUTE format('DROP FUNCTION redshift_sandbox.rls_predicate_%s', number);
END $$;

CREATE FUNCTION redshift_sandbox.attach_rls_policy(policy text, rel regclass, grantee text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer := redshift_sandbox.rls_policy_number(policy);
  holder oid := redshift_sandbox.grantee_number(grantee);
BEGIN
  PERFORM redshift_sandbox.check_attachment(rel, holder),
    (SELECT count(redshift_sandbox.column_number(rel, c)) FROM redshift_sandbox.rls_policy p CROSS JOIN LATERAL unnest(p.columns) c
     WHERE p.policy_id = number);
  IF EXISTS (SELECT FROM redshift_sandbox.rls_lookup l WHERE l.reloid = rel) THEN
    RAISE feature_not_supported USING
      MESSAGE = format('RLS policies cannot be attached to "%s", which another policy looks into', redshift_sandbox.relation_name(rel));
  END IF;
  IF EXISTS (SELECT FROM redshift_sandbox.rls_attachment a JOIN redshift_sandbox.rls_policy p ON p.policy_id = a.policy_id
    WHERE a.reloid = rel AND p.alias IS DISTINCT FROM (SELECT q.alias FROM redshift_sandbox.rls_policy q WHERE q.policy_id = number)) THEN
    RAISE invalid_object_definition USING
      MESSAGE = format('all policies of relation "%s" must have the same table alias', redshift_sandbox.relation_name(rel));
  END IF;
  INSERT INTO redshift_sandbox.rls_attachment VALUES (number, rel, holder, redshift_sandbox.user_number()) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RAISE duplicate_object USING MESSAGE = format('RLS policy "%s" is already attached to relation "%s" for this grantee', policy, redshift_sandbox.relation_name(rel));
  END IF;
  INSERT INTO redshift_sandbox.rls_relation (reloid) VALUES (rel) ON CONFLICT DO NOTHING;
  PERFORM redshift_sandbox.apply_policies(rel);
END $$;

CREATE FUNCTION redshift_sandbox.detach_rls_policy(policy text, rel regclass, grantee text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM redshift_sandbox.rls_attachment a WHERE a.policy_id = redshift_sandbox.rls_policy_number(policy) AND a.reloid = rel
    AND a.grantee = redshift_sandbox.grantee_number($3);
  IF NOT FOUND THEN
    RAISE undefined_object USING MESSAGE = format('RLS policy "%s" is not attached to relation "%s" for this grantee', policy, redshift_sandbox.relation_name(rel));
  END IF;
  PERFORM redshift_sandbox.apply_policies(rel);
END $$;

-- NULL leaves a value as it is.
CREATE FUNCTION redshift_sandbox.set_rls(rel regclass, is_on boolean, is_datashare_on boolean, conjunction text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_policy_manager(), redshift_sandbox.check_attachment(rel, 0);
  INSERT INTO redshift_sandbox.rls_relation AS r VALUES (rel, coalesce($2, false), coalesce($3, true), coalesce($4, 'and'))
  ON CONFLICT (reloid) DO UPDATE SET is_on = coalesce($2, r.is_on), is_datashare_on = coalesce($3, r.is_datashare_on),
    conjunction = coalesce($4, r.conjunction);
  PERFORM redshift_sandbox.apply_policies(rel);
END $$;

CREATE VIEW pg_catalog.svv_rls_policy AS
SELECT current_database()::text AS poldb, redshift_sandbox.full_name(p.name) AS polname, p.alias AS polalias,
  redshift_sandbox.policy_columns(p.columns, p.types) AS polatts, p.predicate AS polqual, true AS polenabled,
  redshift_sandbox.identity_name(p.modified_by) AS polmodifiedby, p.modified AS polmodifiedtime
FROM redshift_sandbox.rls_policy p
WHERE redshift_sandbox.session_manages_policies();

CREATE VIEW pg_catalog.svv_rls_attached_policy AS
SELECT n.nspname AS relschema, c.relname, 'table'::text AS relkind, redshift_sandbox.full_name(p.name) AS polname,
  redshift_sandbox.identity_name(a.grantor) AS grantor, redshift_sandbox.identity_name(a.grantee) AS grantee,
  redshift_sandbox.identity_type(a.grantee) AS granteekind, true AS is_pol_on, r.is_on AS is_rls_on, r.conjunction AS rls_conjunction_type
FROM redshift_sandbox.rls_attachment a
JOIN redshift_sandbox.rls_policy p ON p.policy_id = a.policy_id
JOIN redshift_sandbox.rls_relation r ON r.reloid = a.reloid
JOIN pg_catalog.pg_class c ON c.oid = a.reloid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE redshift_sandbox.session_manages_policies();

CREATE VIEW pg_catalog.svv_rls_relation AS
SELECT current_database()::text AS datname, n.nspname AS relschema, c.relname, 'table'::text AS relkind, r.is_on AS is_rls_on,
  r.is_datashare_on AS is_rls_datashare_on, r.conjunction AS rls_conjunction_type
FROM redshift_sandbox.rls_relation r
JOIN pg_catalog.pg_class c ON c.oid = r.reloid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE redshift_sandbox.session_manages_policies();

-- @see https://docs.aws.amazon.com/redshift/latest/dg/t_rls_object_dependency.html
CREATE FUNCTION redshift_sandbox.on_alter_policied() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lost text;
BEGIN
  SELECT format('cannot rename column "%s", which the RLS policy "%s" names', redshift_sandbox.full_name(col), p.name) INTO lost
  FROM pg_event_trigger_ddl_commands() e
  JOIN redshift_sandbox.rls_attachment a ON a.reloid = e.objid
  JOIN redshift_sandbox.rls_policy p ON p.policy_id = a.policy_id
  CROSS JOIN LATERAL unnest(p.columns) col
  WHERE e.classid = 1259 AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute_base t
    WHERE t.attrelid = a.reloid AND t.attname = col AND NOT t.attisdropped) LIMIT 1;
  IF lost IS NOT NULL THEN
    RAISE dependent_objects_still_exist USING MESSAGE = lost, HINT = 'Detach the policy first.';
  END IF;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_alter_policied ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
  EXECUTE FUNCTION redshift_sandbox.on_alter_policied();
