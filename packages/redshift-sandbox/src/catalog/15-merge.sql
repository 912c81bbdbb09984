-- What PostgreSQL's MERGE would not ask for: two tables, neither of them filtered, that the user may read as a whole.
CREATE FUNCTION redshift_sandbox.check_merge(target regclass, source regclass, simplified boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rel record;
  privilege text;
BEGIN
  FOR rel IN SELECT c.oid::regclass AS id, c.relname::text AS name, c.relkind, c.relrowsecurity
    FROM pg_catalog.pg_class_base c WHERE c.oid IN (target, source)
  LOOP
    IF rel.relkind <> 'r' THEN
      RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate MERGE with "%s", which is no table', rel.name),
        HINT = 'AWS names tables only; a view is not documented.';
    ELSIF rel.relrowsecurity THEN
      RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate MERGE with policies on "%s"', rel.name);
    END IF;
    PERFORM redshift_sandbox.require_privilege(rel.id, 'SELECT');
  END LOOP;
  IF target = source THEN
    RAISE feature_not_supported USING MESSAGE = 'the source and the target of MERGE cannot be the same table';
  END IF;
  IF simplified THEN
    FOREACH privilege IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
      PERFORM redshift_sandbox.require_privilege(target, privilege);
    END LOOP;
    IF (SELECT count(DISTINCT t.columns) FROM (SELECT count(*) AS columns FROM pg_catalog.pg_attribute_base a
        WHERE a.attrelid IN (target, source) AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid) t) > 1 THEN
      RAISE syntax_error USING MESSAGE = 'MERGE with REMOVE DUPLICATES needs as many columns in the source as in the target';
    END IF;
  END IF;
END $$;
