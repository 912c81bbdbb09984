-- SUPER, which is kept as jsonb: from what and to what it is cast, and the functions on it.

-- Before there is a cast from text: this reads a document.
CREATE FUNCTION redshift_sandbox.document(text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN $1::jsonb;
CREATE FUNCTION redshift_sandbox.refuse_twice(document json) RETURNS void
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  twice text;
  inner_value json;
BEGIN
  IF redshift_sandbox.json_typeof(document) = 'object' THEN
    SELECT k INTO twice FROM json_object_keys(document) k GROUP BY k HAVING count(*) > 1 LIMIT 1;
    IF twice IS NOT NULL THEN
      RAISE invalid_text_representation USING MESSAGE = format('JSON parsing error: the attribute "%s" is there twice', twice);
    END IF;
    FOR inner_value IN SELECT value FROM json_each(document) LOOP
      PERFORM redshift_sandbox.refuse_twice(inner_value);
    END LOOP;
  ELSIF redshift_sandbox.json_typeof(document) = 'array' THEN
    FOR inner_value IN SELECT value FROM json_array_elements(document) LOOP
      PERFORM redshift_sandbox.refuse_twice(inner_value);
    END LOOP;
  END IF;
END $$;
CREATE FUNCTION pg_catalog.json_parse(value text) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.refuse_twice(value::json);
  RETURN redshift_sandbox.document(value);
END $$;

-- A SUPER string as what it says, numbers and booleans as text; arrays and objects are no VARCHAR, which is NULL and no error (query-super).
CREATE FUNCTION redshift_sandbox.super_varchar(jsonb) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN jsonb_typeof($1) IN ('object', 'array') THEN NULL ELSE ($1 #>> '{}')::varchar END;
CREATE CAST (jsonb AS varchar) WITH FUNCTION redshift_sandbox.super_varchar(jsonb);
CREATE FUNCTION redshift_sandbox.super_text(jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_varchar($1);
CREATE CAST (jsonb AS text) WITH FUNCTION redshift_sandbox.super_text(jsonb);
CREATE FUNCTION redshift_sandbox.super_char(jsonb) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_varchar($1);
CREATE CAST (jsonb AS bpchar) WITH FUNCTION redshift_sandbox.super_char(jsonb);

-- Dates and times are strings in it; what is none is NULL and no error (limitations-super).
DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['date', 'time', 'timetz', 'timestamp', 'timestamptz'] LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.super_%s(value jsonb) RETURNS %1$s LANGUAGE plpgsql STABLE STRICT AS $body$
      BEGIN
        RETURN redshift_sandbox.super_text(value)::pg_catalog.%1$s;
      EXCEPTION WHEN data_exception THEN
        RETURN NULL;
      END $body$', target);
    EXECUTE format('CREATE CAST (jsonb AS %s) WITH FUNCTION redshift_sandbox.super_%1$s(jsonb)', target);
  END LOOP;
END $$;

-- A number as a number, and NULL for what is none. What becomes of a string that holds one, or of a boolean, no page tells.
CREATE FUNCTION redshift_sandbox.super_number(value jsonb) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kind text := jsonb_typeof(value);
BEGIN
  IF kind = 'number' THEN
    RETURN pg_catalog."numeric"(value);
  ELSIF kind = 'boolean' OR kind = 'string' AND btrim(value #>> '{}') ~ '^[-+]?([0-9]+[.]?|[0-9]*[.][0-9]+)([eE][-+]?[0-9]+)?$' THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate the cast of a SUPER %s to a number', kind);
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION redshift_sandbox.super_boolean(value jsonb) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kind text := jsonb_typeof(value);
BEGIN
  IF kind = 'boolean' THEN
    RETURN pg_catalog.bool(value);
  ELSIF kind = 'number' THEN
    -- A decimal is none (limitations-super).
    RETURN CASE WHEN scale(pg_catalog."numeric"(value)) = 0 THEN pg_catalog."numeric"(value) <> 0 END;
  ELSIF kind = 'string' THEN
    RAISE feature_not_supported USING MESSAGE = 'redshift-sandbox does not imitate the cast of a SUPER string to BOOLEAN';
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['int2', 'int4', 'int8', 'float4', 'float8'] LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.super_%s(jsonb) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT RETURN redshift_sandbox.super_number($1)::%1$s', target);
  END LOOP;
END $$;
UPDATE pg_catalog.pg_cast c SET castfunc = f.proc
FROM (VALUES ('int2'::regtype, 'redshift_sandbox.super_int2(jsonb)'::regprocedure), ('int4', 'redshift_sandbox.super_int4(jsonb)'),
  ('int8', 'redshift_sandbox.super_int8(jsonb)'), ('float4', 'redshift_sandbox.super_float4(jsonb)'), ('float8', 'redshift_sandbox.super_float8(jsonb)'),
  ('numeric', 'redshift_sandbox.super_number(jsonb)'), ('bool', 'redshift_sandbox.super_boolean(jsonb)')) f(target, proc)
WHERE c.castsource = 3802 AND c.casttarget = f.target;

-- A string becomes a string of SUPER's and a number a number, when a value is stored; the text of a document is one only through JSON_PARSE.
-- Strings that are compared without their case are not cast (r_CREATE_DATABASE). STABLE, because pg_collation_for is: else it would not be inlined.
CREATE FUNCTION redshift_sandbox.refuse_case_insensitive() RETURNS jsonb
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE feature_not_supported USING MESSAGE = 'Coercing from case insensitive string to SUPER is not supported.';
END $$;
DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['text', 'varchar', 'bpchar'] LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.super_of(%s) RETURNS jsonb LANGUAGE sql STABLE STRICT
      AS ''SELECT CASE WHEN pg_catalog.pg_collation_for($1) = ''''redshift_sandbox.case_insensitive'''' THEN redshift_sandbox.refuse_case_insensitive()
        ELSE pg_catalog.to_jsonb($1::pg_catalog.text) END''', source);
    EXECUTE format('CREATE CAST (%s AS jsonb) WITH FUNCTION redshift_sandbox.super_of(%1$s) AS ASSIGNMENT', source);
  END LOOP;
  FOREACH source IN ARRAY ARRAY['boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'] LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.super_of(%s) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN to_jsonb($1)', source);
    EXECUTE format('CREATE CAST (%s AS jsonb) WITH FUNCTION redshift_sandbox.super_of(%1$s) AS ASSIGNMENT', source);
  END LOOP;
END $$;

-- Without the spaces that PostgreSQL puts in. Its calls are qualified: a bare JSON_SERIALIZE( is SQL's own syntax to PostgreSQL.
CREATE FUNCTION pg_catalog.json_serialize(jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE jsonb_typeof($1)
    WHEN 'object' THEN (SELECT '{' || coalesce(string_agg(to_json(o.key)::text || ':' || pg_catalog.json_serialize(o.value), ',' ORDER BY o.place), '') || '}'
      FROM jsonb_each($1) WITH ORDINALITY o(key, value, place))
    WHEN 'array' THEN (SELECT '[' || coalesce(string_agg(pg_catalog.json_serialize(a.value), ',' ORDER BY a.place), '') || ']'
      FROM jsonb_array_elements($1) WITH ORDINALITY a(value, place))
    ELSE textin(jsonb_out($1)) END;
END $$;
CREATE FUNCTION pg_catalog.json_size(jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN octet_length(pg_catalog.json_serialize($1));
CREATE FUNCTION pg_catalog.json_typeof(jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1);
CREATE FUNCTION pg_catalog.get_array_length(jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN jsonb_typeof($1) = 'array' THEN jsonb_array_length($1) END;
CREATE FUNCTION pg_catalog.is_array(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'array';
CREATE FUNCTION pg_catalog.is_object(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'object';
CREATE FUNCTION pg_catalog.is_varchar(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'string';
CREATE FUNCTION pg_catalog.is_boolean(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'boolean';
CREATE FUNCTION pg_catalog.is_scalar(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  RETURN jsonb_typeof($1) NOT IN ('array', 'object');

-- A string that stands where they take SUPER is a string of SUPER's too, and no document.
DO $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES ('json_serialize', 'text'), ('json_size', 'integer'), ('json_typeof', 'text'), ('get_array_length', 'integer'),
    ('is_array', 'boolean'), ('is_object', 'boolean'), ('is_varchar', 'boolean'), ('is_boolean', 'boolean'), ('is_scalar', 'boolean')) k(name, result)
  LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.%I(text) RETURNS %s LANGUAGE sql STABLE STRICT AS ''SELECT pg_catalog.%1$I(redshift_sandbox.super_of($1))''',
      kind.name, kind.result);
  END LOOP;
END $$;
