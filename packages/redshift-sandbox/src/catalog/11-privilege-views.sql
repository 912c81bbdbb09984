-- SVV_…_PRIVILEGES (facts.md 3.6): what was granted; what an owner holds as its owner is not listed.

-- A superuser, SYSLOG ACCESS UNRESTRICTED, the system permission; otherwise only identities that one may see. To own the object is not
-- enough: AWS speaks of the owner of the identity.
CREATE FUNCTION redshift_sandbox.session_sees_grant(grantee oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_sees_all() OR redshift_sandbox.session_sees_identity(grantee);

CREATE VIEW pg_catalog.svv_relation_privileges AS
SELECT n.nspname AS namespace_name, redshift_sandbox.full_name(c.relname::text) AS relation_name, p.redshift_name AS privilege_type,
  a.grantee::integer AS identity_id, redshift_sandbox.identity_name(a.grantee) AS identity_name,
  redshift_sandbox.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
FROM pg_catalog.pg_class_base c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) a
JOIN redshift_sandbox.privilege p ON p.kind = 'r' AND p.name = a.privilege_type
WHERE c.relkind IN ('r', 'v', 'm') AND c.oid >= 16384 AND c.relnamespace <> 11 AND a.grantee <> c.relowner
  AND redshift_sandbox.session_sees_grant(a.grantee);

CREATE VIEW pg_catalog.svv_column_privileges AS
SELECT n.nspname AS namespace_name, redshift_sandbox.full_name(c.relname::text) AS relation_name,
  redshift_sandbox.full_name(t.attname::text) AS column_name, p.redshift_name AS privilege_type,
  a.grantee::integer AS identity_id, redshift_sandbox.identity_name(a.grantee) AS identity_name,
  redshift_sandbox.identity_type(a.grantee) AS identity_type
FROM pg_catalog.pg_class_base c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute_base t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attacl IS NOT NULL
CROSS JOIN LATERAL aclexplode(t.attacl) a
JOIN redshift_sandbox.privilege p ON p.kind = 'c' AND p.name = a.privilege_type
WHERE c.oid >= 16384 AND c.relnamespace <> 11 AND a.grantee <> c.relowner AND redshift_sandbox.session_sees_grant(a.grantee);

CREATE VIEW pg_catalog.svv_schema_privileges AS
SELECT redshift_sandbox.full_name(n.nspname::text) AS namespace_name, p.redshift_name AS privilege_type,
  a.grantee::integer AS identity_id, redshift_sandbox.identity_name(a.grantee) AS identity_name,
  redshift_sandbox.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
FROM pg_catalog.pg_namespace_base n
CROSS JOIN LATERAL aclexplode(n.nspacl) a
JOIN redshift_sandbox.privilege p ON p.kind = 'n' AND p.name = a.privilege_type
WHERE NOT redshift_sandbox.is_hidden_namespace(n.oid) AND a.grantee <> n.nspowner
  AND redshift_sandbox.session_sees_grant(a.grantee);

CREATE VIEW pg_catalog.svv_database_privileges AS
SELECT redshift_sandbox.full_name(d.datname::text) AS database_name, p.redshift_name AS privilege_type,
  a.grantee::integer AS identity_id, redshift_sandbox.identity_name(a.grantee) AS identity_name,
  redshift_sandbox.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
FROM pg_catalog.pg_database_base d
CROSS JOIN LATERAL aclexplode(d.datacl) a
JOIN redshift_sandbox.privilege p ON p.kind = 'd' AND p.name = a.privilege_type
WHERE a.grantee <> d.datdba AND redshift_sandbox.session_sees_grant(a.grantee);

CREATE VIEW pg_catalog.svv_default_privileges AS
SELECT redshift_sandbox.full_name(n.nspname::text) AS schema_name,
  CASE d.defaclobjtype WHEN 'r' THEN 'RELATION' ELSE 'FUNCTION' END AS object_type,
  d.defaclrole::integer AS owner_id, redshift_sandbox.identity_name(d.defaclrole) AS owner_name, 'user'::text AS owner_type,
  p.redshift_name AS privilege_type, a.grantee::integer AS grantee_id, redshift_sandbox.identity_name(a.grantee) AS grantee_name,
  redshift_sandbox.identity_type(a.grantee) AS grantee_type, a.is_grantable AS admin_option
FROM pg_catalog.pg_default_acl_base d
LEFT JOIN pg_catalog.pg_namespace_base n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) a
JOIN redshift_sandbox.privilege p ON p.kind = d.defaclobjtype AND p.name = a.privilege_type
WHERE d.defaclobjtype IN ('r', 'f') AND a.grantee <> d.defaclrole AND redshift_sandbox.session_sees_grant(a.grantee);

-- Roles, who has them, and what they may do without an object.

CREATE VIEW pg_catalog.svv_roles AS
SELECT r.role_id::integer AS role_id, r.role_name, redshift_sandbox.identity_name(r.owner_id) AS role_owner, r.external_id
FROM redshift_sandbox.rbac_role r
WHERE redshift_sandbox.session_sees_grant(r.role_id);

CREATE VIEW pg_catalog.svv_role_grants AS
SELECT r.role_id::integer AS role_id, r.role_name, g.role_id::integer AS granted_role_id, g.role_name AS granted_role_name
FROM pg_catalog.pg_auth_members m
JOIN redshift_sandbox.rbac_role r ON r.role_id = m.member
JOIN redshift_sandbox.rbac_role g ON g.role_id = m.roleid
WHERE redshift_sandbox.session_sees_grant(r.role_id);

CREATE VIEW pg_catalog.svv_user_grants AS
SELECT u.usesysid AS user_id, u.usename AS user_name, r.role_id::integer AS role_id, r.role_name, m.admin_option
FROM pg_catalog.pg_auth_members m
JOIN pg_catalog.pg_user u ON u.usesysid = m.member::integer
JOIN redshift_sandbox.rbac_role r ON r.role_id = m.roleid
WHERE u.usesysid = redshift_sandbox.user_number() OR redshift_sandbox.session_sees_all();

CREATE VIEW pg_catalog.svv_system_privileges AS
SELECT p AS system_privilege, r.role_id::integer AS identity_id, r.role_name AS identity_name, 'role'::text AS identity_type
FROM redshift_sandbox.rbac_role r
CROSS JOIN LATERAL jsonb_array_elements_text(r.system_privileges) p
WHERE redshift_sandbox.session_sees_grant(r.role_id);

-- What PostgreSQL's own views show, without the sandbox's schema and the renamed catalogs, and with Redshift's type names.
DO $$
DECLARE
  shown record;
BEGIN
  FOR shown IN
    SELECT c.oid, c.relname,
      string_agg(CASE WHEN c.relname = 'views' AND a.attname = 'view_definition'
          THEN 'CASE WHEN v.view_definition IS NOT NULL
            THEN pg_catalog.pg_get_viewdef(format(''%I.%I'', v.table_schema, v.table_name)::regclass) END::information_schema.character_data AS view_definition'
          WHEN a.attname = 'routine_definition' THEN 'NULL::information_schema.character_data AS routine_definition'
          WHEN a.attname = 'is_deferrable' THEN '''NO''::information_schema.yes_or_no AS is_deferrable'
          ELSE format('v.%I', a.attname) END, ', ' ORDER BY a.attnum) AS columns,
      coalesce(string_agg(format('v.%I IS DISTINCT FROM %L', a.attname, 'redshift_sandbox'), ' AND ')
        FILTER (WHERE a.attname ~ '_schema$' OR a.attname = 'schema_name'), 'true') AS schemas,
      coalesce(string_agg(CASE a.attname WHEN 'table_name' THEN format('NOT (v.table_schema = %L AND (right(v.table_name, 5) = %L OR v.table_name = ANY (%L::text[])))',
          'pg_catalog', '_base', (SELECT array_agg(h.relname) FROM pg_catalog.pg_class_base h WHERE redshift_sandbox.is_hidden_catalog(h.oid)))
        ELSE 'NOT redshift_sandbox.is_hidden_function((regexp_match(v.specific_name, ''[0-9]+$''))[1]::oid)' END, ' AND ')
        FILTER (WHERE a.attname IN ('table_name', 'specific_name')), 'true')
        || CASE WHEN c.relname = 'columns' THEN ' AND NOT redshift_sandbox.is_late_view(v.table_schema, v.table_name)'
          -- NOT NULL is no constraint of its own, and Redshift has no other CHECK.
          WHEN c.relname = 'table_constraints' THEN ' AND v.constraint_type <> ''CHECK'''
          WHEN c.relname = 'check_constraints' THEN ' AND false' ELSE '' END AS tables
    FROM pg_catalog.pg_class_base c
    JOIN pg_catalog.pg_attribute_base a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'information_schema'::regnamespace AND c.relkind = 'v'
      AND c.relname !~ '^_' -- those are parts of the others
    GROUP BY c.oid, c.relname
  LOOP
    EXECUTE format('CREATE OR REPLACE VIEW information_schema.%I AS SELECT %s FROM (%s) v WHERE %s AND %s', shown.relname, shown.columns,
      -- Materialized views are views here.
      CASE WHEN shown.relname IN ('tables', 'columns', 'views') THEN replace(replace(rtrim(redshift_sandbox.pg_get_viewdef(shown.oid), ';'),
        'relkind = ''v''::"char"', 'relkind = ANY (ARRAY[''v''::"char", ''m''::"char"])'),
        'ARRAY[''r''::"char", ''v''::"char"', 'ARRAY[''r''::"char", ''m''::"char", ''v''::"char"')
      ELSE rtrim(redshift_sandbox.pg_get_viewdef(shown.oid), ';') END, shown.schemas, shown.tables);
  END LOOP;
END $$;

-- Reads PG_DATABASE for the widths of characters.
ALTER FUNCTION information_schema._pg_char_octet_length(oid, integer) SECURITY DEFINER;

-- The same of those in pg_catalog that the server made itself. No client makes a rule, so that those which refuse writes to views are all
-- there are; what the server has measured in its own catalogs says nothing about Redshift.
DO $$
DECLARE
  shown record;
BEGIN
  FOR shown IN SELECT * FROM (VALUES ('pg_stats', 'tablename', 'WITH (security_barrier)', 'v.schemaname NOT IN (''pg_catalog'', ''information_schema'')'),
    ('pg_rules', 'tablename', '', 'false'), ('pg_stat_all_tables', 'relname', '', 'true'), ('pg_stat_user_tables', 'relname', '', 'true')) v(name, relation, options, shown_only)
  LOOP
    EXECUTE format('CREATE OR REPLACE VIEW pg_catalog.%I %s AS SELECT * FROM (%s) v WHERE v.schemaname <> %L
      AND NOT (v.schemaname = %L AND (right(v.%I, 5) = %L OR v.%6$I = ANY (%8$L::text[]))) AND %9$s',
      shown.name, shown.options, rtrim(redshift_sandbox.pg_get_viewdef(format('pg_catalog.%I', shown.name)::regclass), ';'), 'redshift_sandbox', 'pg_catalog', shown.relation, '_base',
      (SELECT array_agg(h.relname) FROM pg_catalog.pg_class_base h WHERE redshift_sandbox.is_hidden_catalog(h.oid)), shown.shown_only);
  END LOOP;
END $$;

DO $$
DECLARE
  made text;
BEGIN
  FOR made IN SELECT c.relname FROM pg_catalog.pg_class_base c
    WHERE c.relnamespace = 11 AND c.oid >= 16384 AND c.relkind = 'v' LOOP
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', made);
  END LOOP;
END $$;
