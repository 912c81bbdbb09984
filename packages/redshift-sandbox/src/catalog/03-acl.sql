-- PostgreSQL's access lists in Redshift's words: groups are `group NAME`, DROP, TRUNCATE and ALTER ride on TRUNCATE,
-- MAINTAIN and TRIGGER (DESIGN.md, 9). Elements keep the order in which the server holds them.

-- A name in an access list: quoted when it holds anything but ASCII letters, digits and underscore.
CREATE FUNCTION redshift_sandbox.acl_name(name text) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN name ~ '^[A-Za-z0-9_]+$' THEN name ELSE '"' || replace(name, '"', '""') || '"' END;

-- A role as an access list writes it; nothing for PUBLIC, the number for a role that is gone.
CREATE FUNCTION redshift_sandbox.grantee_text(role oid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN role = 0 THEN '' ELSE coalesce((
    SELECT CASE WHEN r.rolname LIKE 'group/%'
      THEN 'group ' || redshift_sandbox.acl_name(substr(redshift_sandbox.full_name(r.rolname::text), 7))
      ELSE redshift_sandbox.acl_name(redshift_sandbox.full_name(r.rolname::text)) END
    FROM pg_catalog.pg_authid r WHERE r.oid = role), role::text) END;

-- Redshift's letters for a privilege of the server, in the order in which Redshift writes them.
CREATE TABLE redshift_sandbox.privilege (
  kind "char" NOT NULL, -- r relation, c column, n schema, d database, f function, l language
  name text NOT NULL,
  letter text NOT NULL,
  redshift_name text NOT NULL,
  rank integer NOT NULL,
  PRIMARY KEY (kind, name)
);
INSERT INTO redshift_sandbox.privilege VALUES
  ('r', 'INSERT', 'a', 'INSERT', 1), ('r', 'SELECT', 'r', 'SELECT', 2), ('r', 'UPDATE', 'w', 'UPDATE', 3),
  ('r', 'DELETE', 'd', 'DELETE', 4), ('r', 'REFERENCES', 'x', 'REFERENCES', 6), ('r', 'TRUNCATE', 'D', 'DROP', 8),
  ('r', 'MAINTAIN', 'P', 'TRUNCATE', 9), ('r', 'TRIGGER', 'A', 'ALTER', 10),
  ('c', 'INSERT', 'a', 'INSERT', 1), ('c', 'SELECT', 'r', 'SELECT', 2), ('c', 'UPDATE', 'w', 'UPDATE', 3),
  ('c', 'REFERENCES', 'x', 'REFERENCES', 6),
  ('n', 'USAGE', 'U', 'USAGE', 1), ('n', 'CREATE', 'C', 'CREATE', 2),
  ('d', 'CREATE', 'C', 'CREATE', 1), ('d', 'TEMPORARY', 'T', 'TEMP', 2),
  ('f', 'EXECUTE', 'X', 'EXECUTE', 1), ('l', 'USAGE', 'U', 'USAGE', 1);

-- Privileges that Redshift lacks (CONNECT) are left out, and with them a grantee that holds nothing else. So are those of roles, which
-- only the SVV views show (facts.md 3.6), and of the server's own.
-- STRICT, so that the columns without any, which are nearly all, cost nothing.
CREATE FUNCTION redshift_sandbox.acl_text(acl aclitem[], object_kind "char") RETURNS text[]
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT CASE WHEN count(*) = 0 AND object_kind = 'c' THEN NULL ELSE coalesce(array_agg(
        redshift_sandbox.grantee_text(g.grantee) || '=' ||
        CASE WHEN object_kind = 'r' AND g.held = 8 THEN
          -- Every privilege brings RULE and TRIGGER, the letters that nothing else can grant.
          CASE g.grantable WHEN 0 THEN 'arwdRxtDPA' WHEN 8 THEN 'a*r*w*d*R*x*t*D*P*A*'
            ELSE replace(replace(g.letters, 'x', 'Rx'), 'D', 'tD') END
        ELSE g.letters END
        || '/' || redshift_sandbox.grantee_text(g.grantor)
        ORDER BY g.place), '{}') END
    FROM (
      SELECT a.grantee, a.grantor, min(a.place) AS place, count(*) AS held, count(*) FILTER (WHERE a.is_grantable) AS grantable,
        string_agg(p.letter || CASE WHEN a.is_grantable THEN '*' ELSE '' END, '' ORDER BY p.rank) AS letters
      FROM ROWS FROM (aclexplode(acl)) WITH ORDINALITY AS a(grantor, grantee, privilege_type, is_grantable, place)
      JOIN redshift_sandbox.privilege p ON p.kind = object_kind AND p.name = a.privilege_type
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.oid = a.grantee AND (left(r.rolname::text, 5) = 'role/' OR left(r.rolname::text, 3) = 'pg_'))
      GROUP BY a.grantee, a.grantor
    ) g;
  END;
