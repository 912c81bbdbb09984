-- What the statements on masking policies call, and the views of them, which are silently empty for all but superusers and sys:secadmin.

CREATE FUNCTION redshift_sandbox.masking_policy_number(policy text) RETURNS integer
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer;
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  SELECT p.policy_id INTO number FROM redshift_sandbox.masking_policy p WHERE p.name = policy;
  IF number IS NULL THEN
    RAISE undefined_object USING MESSAGE = format('masking policy "%s" does not exist', policy);
  END IF;
  RETURN number;
END $$;

CREATE FUNCTION redshift_sandbox.create_masking_policy(policy text, if_not_exists boolean, columns text[], types text[], shown text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  IF EXISTS (SELECT FROM redshift_sandbox.masking_policy p WHERE p.name = policy) THEN
    IF if_not_exists THEN
      RETURN;
    END IF;
    RAISE duplicate_object USING MESSAGE = format('masking policy "%s" already exists', policy);
  END IF;
  INSERT INTO redshift_sandbox.masking_policy (name, columns, types, expression, modified_by)
  VALUES (policy, columns, types, shown, redshift_sandbox.user_number());
END $$;

CREATE FUNCTION redshift_sandbox.alter_masking_policy(policy text, shown text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE redshift_sandbox.masking_policy p SET expression = shown, modified_by = redshift_sandbox.user_number(),
    modified = statement_timestamp() WHERE p.policy_id = redshift_sandbox.masking_policy_number(policy);
END $$;

CREATE FUNCTION redshift_sandbox.drop_masking_policy(policy text, if_exists boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer;
BEGIN
  PERFORM redshift_sandbox.require_policy_manager();
  IF if_exists AND NOT EXISTS (SELECT FROM redshift_sandbox.masking_policy p WHERE p.name = policy) THEN
    RETURN;
  END IF;
  number := redshift_sandbox.masking_policy_number(policy);
  IF EXISTS (SELECT FROM redshift_sandbox.masking_attachment m WHERE m.policy_id = number) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format('cannot drop masking policy "%s" because it is attached to a column', policy);
  END IF;
  DELETE FROM redshift_sandbox.masking_policy p WHERE p.policy_id = number;
END $$;

CREATE FUNCTION redshift_sandbox.attach_masking_policy(policy text, rel regclass, outputs text[], inputs text[], grantee text, priority integer)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer := redshift_sandbox.masking_policy_number(policy);
  holder oid := redshift_sandbox.grantee_number(grantee);
BEGIN
  PERFORM redshift_sandbox.check_attachment(rel, 0), (SELECT count(redshift_sandbox.column_number(rel, c)) FROM unnest(outputs || inputs) c);
  IF cardinality(inputs) <> (SELECT cardinality(p.columns) FROM redshift_sandbox.masking_policy p WHERE p.policy_id = number) THEN
    RAISE invalid_parameter_value USING MESSAGE = format('masking policy "%s" takes another number of columns', policy);
  ELSIF EXISTS (SELECT FROM redshift_sandbox.masking_attachment m WHERE m.reloid = rel AND m.outputs && $3 AND m.grantee = holder) THEN
    RAISE duplicate_object USING MESSAGE = 'a masking policy is already attached to one of the columns for this grantee';
  ELSIF EXISTS (SELECT FROM redshift_sandbox.masking_attachment m WHERE m.reloid = rel AND m.outputs && $3 AND m.priority = $6) THEN
    RAISE duplicate_object USING MESSAGE = format('a masking policy is already attached to one of the columns with priority %s', priority);
  END IF;
  INSERT INTO redshift_sandbox.masking_attachment VALUES (number, rel, outputs, inputs, holder, priority, redshift_sandbox.user_number());
  PERFORM redshift_sandbox.apply_policies(rel);
END $$;

CREATE FUNCTION redshift_sandbox.detach_masking_policy(policy text, rel regclass, outputs text[], grantee text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM redshift_sandbox.masking_attachment m WHERE m.policy_id = redshift_sandbox.masking_policy_number(policy) AND m.reloid = rel
    AND m.outputs = $3 AND m.grantee = redshift_sandbox.grantee_number($4);
  IF NOT FOUND THEN
    RAISE undefined_object USING MESSAGE = format('masking policy "%s" is not attached to these columns for this grantee', policy);
  END IF;
  PERFORM redshift_sandbox.apply_policies(rel);
END $$;

CREATE VIEW pg_catalog.svv_masking_policy AS
SELECT current_database()::text AS policy_database, redshift_sandbox.full_name(p.name) AS policy_name,
  redshift_sandbox.policy_columns(p.columns, p.types) AS input_columns, p.expression AS policy_expression,
  redshift_sandbox.identity_name(p.modified_by) AS policy_modified_by, p.modified AS policy_modified_time
FROM redshift_sandbox.masking_policy p
WHERE redshift_sandbox.session_manages_policies();

CREATE VIEW pg_catalog.svv_attached_masking_policy AS
SELECT redshift_sandbox.full_name(p.name) AS policy_name, n.nspname AS schema_name, c.relname AS table_name, 'table'::text AS table_type,
  redshift_sandbox.identity_name(m.grantor) AS grantor, redshift_sandbox.identity_name(m.grantee) AS grantee,
  redshift_sandbox.identity_type(m.grantee) AS grantee_type, m.priority, redshift_sandbox.json_names(m.inputs) AS input_columns,
  redshift_sandbox.json_names(m.outputs) AS output_columns
FROM redshift_sandbox.masking_attachment m
JOIN redshift_sandbox.masking_policy p ON p.policy_id = m.policy_id
JOIN pg_catalog.pg_class c ON c.oid = m.reloid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE redshift_sandbox.session_manages_policies();
