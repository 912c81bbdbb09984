-- Casts between numbers and names of objects: catalogs go by their views' names, SUPER by its number, and what clients do not see has no name.

-- Its server's number, so that the server writes the name.
CREATE FUNCTION redshift_sandbox.named_object(class oid, object oid) RETURNS oid
  LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF redshift_sandbox.is_hidden_namespace(CASE class
    WHEN 1255 THEN (SELECT p.pronamespace FROM pg_catalog.pg_proc_base p WHERE p.oid = object)
    WHEN 2617 THEN (SELECT o.oprnamespace FROM pg_catalog.pg_operator_base o WHERE o.oid = object)
    WHEN 1259 THEN (SELECT c.relnamespace FROM pg_catalog.pg_class_base c WHERE c.oid = object)
    ELSE (SELECT t.typnamespace FROM pg_catalog.pg_type_base t WHERE t.oid = object) END) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for schema redshift_sandbox';
  END IF;
  RETURN CASE WHEN class = 1259 THEN redshift_sandbox.shown_catalog(object) WHEN class = 1247 AND object = 4000 THEN 3802::oid ELSE object END;
END $$;

-- The server would take the number for the name as it is. Functions are read before the casts are theirs, which they would call else.
DO $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES ('regproc', 1255), ('regprocedure', 1255), ('regoper', 2617), ('regoperator', 2617), ('regclass', 1259), ('regtype', 1247)) k(name, class)
  LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.named_%1$s(oid) RETURNS %1$s LANGUAGE sql STABLE STRICT
      RETURN redshift_sandbox.named_object(%2$s::oid, $1)::%1$s', kind.name, kind.class);
    EXECUTE format('CREATE FUNCTION redshift_sandbox.named_%1$s(bigint) RETURNS %1$s LANGUAGE sql STABLE STRICT
      RETURN redshift_sandbox.named_object(%2$s::oid, $1::oid)::%1$s', kind.name, kind.class);
  END LOOP;
END $$;
UPDATE pg_catalog.pg_cast_base c SET castmethod = 'f',
  castfunc = format('redshift_sandbox.named_%s(%s)', c.casttarget::regtype, CASE c.castsource WHEN 20 THEN 'bigint' ELSE 'oid' END)::regprocedure
WHERE c.castsource IN (26, 23, 20) AND c.casttarget IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
  'regclass'::regtype, 'regtype'::regtype);

-- And back, for SUPER. What is cast by a function is ordered and grouped by operators of its own; none has a name that clients know.
CREATE FUNCTION redshift_sandbox.type_number(regtype) RETURNS oid LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE $1::oid WHEN 3802 THEN 4000::oid ELSE $1::oid END;
CREATE FUNCTION redshift_sandbox.type_bigint(regtype) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.type_number($1)::bigint;
DO $$
DECLARE
  test record;
BEGIN
  FOR test IN SELECT * FROM (VALUES ('=', 'same'), ('<', 'below'), ('<=', 'not_above'), ('>', 'above'), ('>=', 'not_below')) t(operator, name)
  LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.type_%s(regtype, regtype) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1::oid OPERATOR(pg_catalog.%s) $2::oid',
      test.name, test.operator);
    EXECUTE format('CREATE OPERATOR redshift_sandbox.%s (LEFTARG = regtype, RIGHTARG = regtype, FUNCTION = redshift_sandbox.type_%s%s)', test.operator, test.name,
      CASE test.operator WHEN '=' THEN ', MERGES, HASHES' ELSE '' END);
  END LOOP;
END $$;
CREATE FUNCTION redshift_sandbox.type_order(regtype, regtype) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN btoidcmp($1::oid, $2::oid);
CREATE FUNCTION redshift_sandbox.type_hash(regtype) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN hashoid($1::oid);
CREATE OPERATOR CLASS redshift_sandbox.type_order DEFAULT FOR TYPE regtype USING btree AS OPERATOR 1 redshift_sandbox.<, OPERATOR 2 redshift_sandbox.<=,
  OPERATOR 3 redshift_sandbox.=, OPERATOR 4 redshift_sandbox.>=, OPERATOR 5 redshift_sandbox.>, FUNCTION 1 redshift_sandbox.type_order(regtype, regtype);
CREATE OPERATOR CLASS redshift_sandbox.type_hash DEFAULT FOR TYPE regtype USING hash AS OPERATOR 1 redshift_sandbox.=,
  FUNCTION 1 redshift_sandbox.type_hash(regtype);
UPDATE pg_catalog.pg_cast_base c SET castmethod = 'f', castfunc = CASE c.casttarget WHEN 20 THEN 'redshift_sandbox.type_bigint(regtype)'::regprocedure
  ELSE 'redshift_sandbox.type_number(regtype)' END
WHERE c.castsource = 'regtype'::regtype AND c.casttarget IN (26, 23, 20);
