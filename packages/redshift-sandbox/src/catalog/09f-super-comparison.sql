-- How SUPER values compare (query-super, "Dynamic typing" and "Order by"): values of different kinds are not equal, and neither is smaller;
-- only ORDER BY has an order of kinds. Strings compare as VARCHAR does, without their trailing blanks.

-- Equal values have equal keys.
CREATE FUNCTION redshift_sandbox.super_key(value jsonb) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(value) NOT IN ('string', 'array', 'object') OR strpos(textin(jsonb_out(value)), ' "') = 0 THEN
    RETURN value;
  END IF;
  RETURN CASE jsonb_typeof(value)
    WHEN 'string' THEN to_jsonb(rtrim(value #>> '{}'))
    WHEN 'array' THEN (SELECT jsonb_agg(redshift_sandbox.super_key(e.value) ORDER BY e.place) FROM jsonb_array_elements(value) WITH ORDINALITY e(value, place))
    ELSE (SELECT jsonb_object_agg(e.key, redshift_sandbox.super_key(e.value)) FROM jsonb_each(value) e) END;
END $$;
CREATE FUNCTION redshift_sandbox.super_same(jsonb, jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  RETURN jsonb_eq($1, $2) OR jsonb_eq(redshift_sandbox.super_key($1), redshift_sandbox.super_key($2));

-- Below zero, zero or above; NULL for what cannot be compared. No page tells an order among arrays, or among objects.
CREATE FUNCTION redshift_sandbox.super_order(one jsonb, other jsonb) RETURNS integer
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kind text := jsonb_typeof(one);
BEGIN
  IF kind <> jsonb_typeof(other) OR kind = 'null' THEN
    RETURN NULL;
  ELSIF kind = 'string' THEN
    RETURN bpcharcmp((one #>> '{}')::bpchar COLLATE "C", (other #>> '{}')::bpchar COLLATE "C");
  ELSIF kind IN ('array', 'object') THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate which SUPER %s is the smaller one', kind);
  END IF;
  RETURN jsonb_cmp(one, other);
END $$;

-- For ORDER BY, GROUP BY and DISTINCT. The place of JSON's null, and the order among arrays and among objects, are guesses.
CREATE FUNCTION redshift_sandbox.super_rank(jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE jsonb_typeof($1) WHEN 'boolean' THEN 1 WHEN 'number' THEN 2 WHEN 'string' THEN 3 WHEN 'array' THEN 4 WHEN 'object' THEN 5 ELSE 6 END;
CREATE FUNCTION redshift_sandbox.super_sort(one jsonb, other jsonb) RETURNS integer
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ranks integer := redshift_sandbox.super_rank(one) - redshift_sandbox.super_rank(other);
BEGIN
  RETURN CASE WHEN ranks <> 0 THEN ranks
    WHEN jsonb_typeof(one) = 'string' THEN redshift_sandbox.super_order(one, other)
    ELSE jsonb_cmp(redshift_sandbox.super_key(one), redshift_sandbox.super_key(other)) END;
END $$;
CREATE FUNCTION redshift_sandbox.super_sorts_before(jsonb, jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_sort($1, $2) < 0;
CREATE FUNCTION redshift_sandbox.super_sorts_after(jsonb, jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_sort($1, $2) > 0;
CREATE FUNCTION redshift_sandbox.super_hash(jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_hash(redshift_sandbox.super_key($1));
CREATE FUNCTION redshift_sandbox.super_hash(jsonb, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN jsonb_hash_extended(redshift_sandbox.super_key($1), $2);

UPDATE pg_catalog.pg_amproc a SET amproc = f.proc
FROM (VALUES ('btree', 1, 'redshift_sandbox.super_sort(jsonb,jsonb)'::regprocedure), ('hash', 1, 'redshift_sandbox.super_hash(jsonb)'),
  ('hash', 2, 'redshift_sandbox.super_hash(jsonb,bigint)')) f(method, number, proc)
JOIN pg_catalog.pg_am m ON m.amname = f.method
JOIN pg_catalog.pg_opfamily o ON o.opfname = 'jsonb_ops' AND o.opfmethod = m.oid AND o.opfnamespace = 11
WHERE a.amprocfamily = o.oid AND a.amproclefttype = 3802 AND a.amprocrighttype = 3802 AND a.amprocnum = f.number;
UPDATE pg_catalog.pg_operator o SET oprcode = f.proc
FROM (VALUES ('=', 'redshift_sandbox.super_same'::regproc), ('<', 'redshift_sandbox.super_sorts_before'), ('>', 'redshift_sandbox.super_sorts_after')) f(operator, proc)
WHERE o.oprname = f.operator AND o.oprleft = 3802 AND o.oprright = 3802 AND o.oprnamespace = 11;

-- The server's own operators go where no client finds them by name. Beside `jsonb = jsonb` it would read a literal or a parameter as a
-- document; beside `jsonb = super_operand` and `jsonb = text` it takes both for strings.
UPDATE pg_catalog.pg_operator o SET oprnamespace = 'redshift_sandbox'::regnamespace
WHERE o.oprleft = 3802 AND o.oprnamespace = 11 AND o.oprname IN ('=', '<>', '<', '<=', '>', '>=', '||', '-');
-- IN with several literals would make an array of documents of them.
UPDATE pg_catalog.pg_type_base SET typarray = 0 WHERE oid = 3802;

CREATE TYPE redshift_sandbox.super_operand;
CREATE FUNCTION redshift_sandbox.super_operand_in(cstring) RETURNS redshift_sandbox.super_operand LANGUAGE internal IMMUTABLE STRICT AS 'jsonb_in';
CREATE FUNCTION redshift_sandbox.super_operand_out(redshift_sandbox.super_operand) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'jsonb_out';
CREATE TYPE redshift_sandbox.super_operand (INPUT = redshift_sandbox.super_operand_in, OUTPUT = redshift_sandbox.super_operand_out, LIKE = pg_catalog.jsonb);
CREATE CAST (jsonb AS redshift_sandbox.super_operand) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (redshift_sandbox.super_operand AS jsonb) WITHOUT FUNCTION;
CREATE FUNCTION redshift_sandbox.super_of(redshift_sandbox.super_operand) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN $1::jsonb;
CREATE FUNCTION redshift_sandbox.super_of(jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN $1;

DO $$
DECLARE
  scalars text[] := ARRAY['text', 'boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'];
  kind record;
  test record;
BEGIN
  FOR kind IN SELECT 'jsonb' AS left_type, t AS right_type FROM unnest(scalars || 'redshift_sandbox.super_operand'::text) t
    UNION ALL SELECT t, 'jsonb' FROM unnest(scalars) t
  LOOP
    FOR test IN SELECT * FROM (VALUES ('=', 'equals', 'super_same(%s, %s)'), ('<>', 'differs', 'super_same(%s, %s) = false'),
      ('<', 'below', 'super_order(%s, %s) < 0'), ('<=', 'not_above', 'super_order(%s, %s) <= 0'),
      ('>', 'above', 'super_order(%s, %s) > 0'), ('>=', 'not_below', 'super_order(%s, %s) >= 0')) c(operator, name, body)
    LOOP
      EXECUTE format('CREATE FUNCTION redshift_sandbox.super_%s(%s, %s) RETURNS boolean LANGUAGE sql STABLE STRICT AS %L', test.name, kind.left_type,
        kind.right_type, 'SELECT redshift_sandbox.' || format(test.body, 'redshift_sandbox.super_of($1)', 'redshift_sandbox.super_of($2)'));
      EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = redshift_sandbox.super_%s)', test.operator, kind.left_type,
        kind.right_type, test.name);
    END LOOP;
  END LOOP;
END $$;

CREATE FUNCTION redshift_sandbox.super_pick(one jsonb, other jsonb, sign integer) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ordered integer := redshift_sandbox.super_order(one, other);
BEGIN
  IF ordered IS NULL THEN
    RAISE feature_not_supported USING MESSAGE = 'redshift-sandbox does not imitate MIN and MAX of SUPER values of different kinds';
  END IF;
  RETURN CASE WHEN ordered * sign > 0 THEN other ELSE one END;
END $$;
CREATE FUNCTION redshift_sandbox.super_smaller(jsonb, jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_pick($1, $2, 1);
CREATE FUNCTION redshift_sandbox.super_larger(jsonb, jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_pick($1, $2, -1);
CREATE AGGREGATE pg_catalog.min(jsonb) (SFUNC = redshift_sandbox.super_smaller, STYPE = jsonb);
CREATE AGGREGATE pg_catalog.max(jsonb) (SFUNC = redshift_sandbox.super_larger, STYPE = jsonb);

-- AWS tells of + for strings and not of ||.
DO $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES ('jsonb', 'text'), ('text', 'jsonb'), ('jsonb', 'redshift_sandbox.super_operand')) k(left_type, right_type) LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.super_join(%s, %s) RETURNS text LANGUAGE sql STABLE AS ''SELECT redshift_sandbox.refuse_join(''''SUPER'''')''',
      kind.left_type, kind.right_type);
    EXECUTE format('CREATE OPERATOR pg_catalog.|| (LEFTARG = %s, RIGHTARG = %s, FUNCTION = redshift_sandbox.super_join)', kind.left_type, kind.right_type);
  END LOOP;
END $$;
