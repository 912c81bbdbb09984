-- JSON in VARCHAR.

-- An array is none: there is a function of its own for it (IS_VALID_JSON).
CREATE FUNCTION pg_catalog.is_valid_json(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 IS JSON OBJECT;
CREATE FUNCTION pg_catalog.is_valid_json_array(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 IS JSON ARRAY;
CREATE FUNCTION pg_catalog.can_json_parse(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 IS JSON;

-- The error of Redshift's JSON functions, or NULL where the caller asked for that.
CREATE FUNCTION redshift_sandbox.json_input(value text, null_if_invalid boolean) RETURNS json
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF value IS JSON THEN
    RETURN value::json;
  ELSIF null_if_invalid THEN
    RETURN NULL;
  END IF;
  RAISE invalid_text_representation USING MESSAGE = 'JSON parsing error', DETAIL = left(value, 200);
END $$;

-- A path that leads nowhere is NULL.
CREATE FUNCTION redshift_sandbox.json_path(value text, path text[], null_if_invalid boolean) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT
  RETURN json_extract_path_text(redshift_sandbox.json_input(value, null_if_invalid), VARIADIC path);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, $2, false);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, text, boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, ARRAY[$2], $3);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, text, text, boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, ARRAY[$2, $3], $4);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, text, text, text, boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, ARRAY[$2, $3, $4], $5);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, text, text, text, text, boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, ARRAY[$2, $3, $4, $5], $6);
CREATE FUNCTION pg_catalog.json_extract_path_text(text, text, text, text, text, text, boolean) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.json_path($1, ARRAY[$2, $3, $4, $5, $6], $7);
CREATE FUNCTION pg_catalog.json_extract_array_element_text(text, integer, boolean DEFAULT false) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN $2 >= 0 THEN redshift_sandbox.json_input($1, $3) ->> $2 END;
CREATE FUNCTION pg_catalog.json_array_length(text, boolean DEFAULT false) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN json_array_length(redshift_sandbox.json_input($1, $2));
