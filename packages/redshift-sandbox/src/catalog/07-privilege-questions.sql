-- has_table_privilege and its like under Redshift's names for privileges: 'drop', 'truncate', 'alter'.
SELECT redshift_sandbox.move_aside(p.oid::regprocedure) FROM pg_catalog.pg_proc_base p
WHERE p.proname = 'has_table_privilege' AND p.pronamespace = 'pg_catalog'::regnamespace;

DO $$
DECLARE
  question record;
BEGIN
  FOR question IN SELECT * FROM (VALUES ('usr name, rel text,', 'usr, rel,'), ('usr name, rel oid,', 'usr, rel,'),
    ('usr oid, rel text,', 'usr, rel,'), ('usr oid, rel oid,', 'usr, rel,'), ('rel text,', 'rel,'), ('rel oid,', 'rel,')) q(arguments, names)
  LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.has_table_privilege(%s privilege text) RETURNS boolean LANGUAGE sql STABLE STRICT
      RETURN redshift_sandbox.has_table_privilege(%s redshift_sandbox.server_privilege(privilege))', question.arguments, question.names);
  END LOOP;
END $$;

-- The columns that the user may read of a relation of which not all: what `*` stands for then. NULL when it is all, or none.
CREATE FUNCTION redshift_sandbox.readable_columns(rel regclass) RETURNS text
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN NOT redshift_sandbox.has_table_privilege(session_user, rel, 'SELECT')
      AND has_any_column_privilege(session_user, rel, 'SELECT')
    THEN (SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute_base a
      WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(session_user, rel, a.attnum, 'SELECT')) END;

-- What a user, a group or PUBLIC has been granted on a relation and on its columns, by itself.
CREATE FUNCTION redshift_sandbox.direct_privileges(rel oid, grantee_name text) RETURNS TABLE (privilege text, column_name name)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT a.privilege_type, e.attname
    FROM (SELECT c.relacl AS acl, NULL::name AS attname FROM pg_catalog.pg_class_base c WHERE c.oid = rel
      UNION ALL SELECT t.attacl, t.attname FROM pg_catalog.pg_attribute_base t WHERE t.attrelid = rel AND NOT t.attisdropped) e
      CROSS JOIN LATERAL aclexplode(e.acl) a
    WHERE a.grantee = CASE WHEN grantee_name = 'PUBLIC' THEN 0 ELSE to_regrole(grantee_name)::oid END;
  END;

-- One privilege is held on the table or on columns of it, never on both: these three keep it so. The SQLSTATE is a guess.
CREATE FUNCTION redshift_sandbox.refuse_column_holders(rel regclass, grantee_name text, wanted text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM redshift_sandbox.direct_privileges(rel, grantee_name) WHERE column_name IS NOT NULL AND privilege = ANY (wanted)) THEN
    RAISE invalid_grant_operation USING MESSAGE = 'cannot grant at the table level what is granted on columns',
      HINT = 'REVOKE it at the table level first, which revokes it on the columns.';
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.refuse_table_holders(rel regclass, grantee_name text, wanted text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM redshift_sandbox.direct_privileges(rel, grantee_name) WHERE column_name IS NULL AND privilege = ANY (wanted)) THEN
    RAISE invalid_grant_operation USING MESSAGE = 'cannot revoke on columns what is granted at the table level',
      HINT = 'REVOKE it at the table level.';
  END IF;
END $$;

-- After a grant on columns: only the owner may, on a view only SELECT, and beside the same privilege on the table it is nothing.
CREATE FUNCTION redshift_sandbox.settle_column_grants(rel regclass, grantee_name text, wanted text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  redundant record;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  IF 'UPDATE' = ANY (wanted) AND (SELECT relkind FROM pg_catalog.pg_class WHERE oid = rel) = 'v' THEN
    RAISE invalid_grant_operation USING MESSAGE = 'on columns of a view only SELECT can be granted';
  END IF;
  FOR redundant IN SELECT p.privilege, p.column_name FROM redshift_sandbox.direct_privileges(rel, grantee_name) p
    WHERE p.column_name IS NOT NULL AND p.privilege IN
      (SELECT t.privilege FROM redshift_sandbox.direct_privileges(rel, grantee_name) t WHERE t.column_name IS NULL)
  LOOP
    EXECUTE format('REVOKE %s (%I) ON %s FROM %s', redundant.privilege, redundant.column_name, rel, grantee_name);
  END LOOP;
END $$;

-- makeaclitem(user, group, grantor, privilege, grantable) and aclcontains, with which AWS's own scripts look for what a user has been
-- granted or has granted. An access list is text here (03-acl.sql), and so is one item: `grantee=letter/grantor`.
SELECT redshift_sandbox.move_aside('pg_catalog.makeaclitem(oid,oid,text,boolean)'::regprocedure);
CREATE FUNCTION pg_catalog.makeaclitem(usr integer, grp integer, grantor integer, privilege text, is_grantable boolean) RETURNS text
  LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  letter text := CASE upper(privilege) WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' WHEN 'DELETE' THEN 'd' WHEN 'RULE' THEN 'R'
    WHEN 'REFERENCES' THEN 'x' WHEN 'TRIGGER' THEN 't' WHEN 'EXECUTE' THEN 'X' WHEN 'USAGE' THEN 'U' WHEN 'CREATE' THEN 'C' WHEN 'TEMP' THEN 'T'
    WHEN 'TEMPORARY' THEN 'T' END;
BEGIN
  IF letter IS NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = format('unrecognized privilege type: "%s"', privilege);
  END IF;
  RETURN redshift_sandbox.grantee_text(redshift_sandbox.server_user(CASE WHEN usr <> 0 THEN usr ELSE grp END::oid)) || '=' || letter
    || CASE WHEN is_grantable THEN '*' ELSE '' END || '/' || redshift_sandbox.grantee_text(redshift_sandbox.server_user(grantor::oid));
END $$;
CREATE FUNCTION redshift_sandbox.acl_item_parts(item text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT
  RETURN regexp_match(item, '^((?:group )?(?:"(?:[^"]|"")*"|[A-Za-z0-9_]*))=([A-Za-z*]*)/(.*)$');
-- Whether one item of the list has the same grantee and grantor, and at least that privilege.
CREATE FUNCTION pg_catalog.aclcontains(acl text[], item text) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT
  RETURN EXISTS (SELECT FROM unnest(acl) a CROSS JOIN LATERAL redshift_sandbox.acl_item_parts(a) held CROSS JOIN LATERAL redshift_sandbox.acl_item_parts(item) wanted
    WHERE held[1] = wanted[1] AND held[3] = wanted[3] AND strpos(held[2], wanted[2]) > 0);
