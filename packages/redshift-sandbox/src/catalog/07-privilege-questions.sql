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
