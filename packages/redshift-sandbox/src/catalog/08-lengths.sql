-- VARCHAR(n) and CHAR(n) count bytes (DESIGN.md, 8): the server calls these to give a value the length of its type. A value
-- that fits costs one comparison. typmod is n + 4.

CREATE FUNCTION redshift_sandbox.cut_bytes(value text, most integer) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- At most so many characters, then fewer until the bytes fit: never half a character.
  value := left(value, most);
  WHILE octet_length(value) > most LOOP
    value := left(value, -greatest(1, (octet_length(value) - most) / 4));
  END LOOP;
  RETURN value;
END $$;

CREATE FUNCTION redshift_sandbox.varchar_overflow(value text, most integer, explicit boolean) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kept text := redshift_sandbox.cut_bytes(value, most);
BEGIN
  IF NOT explicit AND rtrim(substr(value, length(kept) + 1), ' ') <> '' THEN
    RAISE string_data_right_truncation USING MESSAGE = format('value too long for type character varying(%s)', most);
  END IF;
  RETURN kept;
END $$;

-- Not in SQL: the planner calls it for each constant of an INSERT, and would parse and plan its body each time.
CREATE FUNCTION redshift_sandbox.varchar_length(value varchar, typmod integer, explicit boolean) RETURNS varchar
  LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF typmod OPERATOR(pg_catalog.>=) 4 AND pg_catalog.octet_length(value) OPERATOR(pg_catalog.>) (typmod OPERATOR(pg_catalog.-) 4) THEN
    RETURN redshift_sandbox.varchar_overflow(value, typmod OPERATOR(pg_catalog.-) 4, explicit);
  END IF;
  RETURN value;
END $$;

-- CHAR holds single-byte characters only; an explicit cast cuts what does not fit instead.
CREATE FUNCTION redshift_sandbox.char_multibyte(value text, most integer, explicit boolean) RETURNS bpchar
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kept text := redshift_sandbox.cut_bytes(value, most);
BEGIN
  IF NOT explicit THEN
    RAISE character_not_in_repertoire USING MESSAGE = 'Multibyte character not supported for CHAR (Hint: try using VARCHAR)';
  END IF;
  RETURN kept || repeat(' ', most - octet_length(kept));
END $$;

CREATE FUNCTION redshift_sandbox.char_length(value bpchar, typmod integer, explicit boolean) RETURNS bpchar
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN typmod >= 4 AND octet_length(value) <> length(textin(bpcharout(value)))
    THEN redshift_sandbox.char_multibyte(textin(bpcharout(value)), typmod - 4, explicit)
    ELSE pg_catalog.bpchar(value, typmod, explicit) END;

-- DECIMAL of 19 digits is kept in eight bytes, so that its greatest value is 9223372036854775807 wherever the point is (r_Numeric_types201);
-- one of 18 always fits. The typmod is (precision << 16 | scale) + 4.
CREATE FUNCTION redshift_sandbox.decimal_length(value numeric, typmod integer) RETURNS numeric
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fitted numeric := pg_catalog."numeric"(value, typmod);
BEGIN
  IF (typmod - 4) >> 16 = 19 AND abs(fitted) * 10::numeric ^ ((typmod - 4) & 2047) > 9223372036854775807 THEN
    RAISE numeric_value_out_of_range USING MESSAGE = 'numeric field overflow';
  END IF;
  RETURN fitted;
END $$;

UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_sandbox.decimal_length(numeric,integer)'::regprocedure
WHERE castsource = 1700 AND casttarget = 1700;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_sandbox.varchar_length(varchar,integer,boolean)'::regprocedure
WHERE castsource = 1043 AND casttarget = 1043;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_sandbox.char_length(bpchar,integer,boolean)'::regprocedure
WHERE castsource = 1042 AND casttarget = 1042;
