-- A character column that is not CASE_INSENSITIVE is case-sensitive by itself, and not by default: the server lets the default give way to
-- any other collation, where Redshift refuses to compare the two.
CREATE FUNCTION redshift_sandbox.on_columns() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE pg_catalog.pg_attribute_base a SET attcollation = 'pg_catalog."C"'::regcollation
  FROM pg_catalog.pg_class_base t
  WHERE t.oid IN (SELECT c.objid FROM pg_event_trigger_ddl_commands() c WHERE c.classid = 1259) AND t.relkind IN ('r', 'm') -- table, materialized view
    AND a.attrelid = t.oid AND a.attnum > 0 AND a.attcollation = 'pg_catalog."default"'::regcollation;
END $$;
CREATE EVENT TRIGGER redshift_sandbox_columns ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
  'CREATE MATERIALIZED VIEW') EXECUTE FUNCTION redshift_sandbox.on_columns();
