-- Numbers in other bases, and digests.

CREATE FUNCTION pg_catalog.strtol(digits text, base integer) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  total numeric := 0;
  clean text := lower(btrim(digits));
  negative boolean := left(clean, 1) = '-';
  place integer;
BEGIN
  IF base NOT BETWEEN 2 AND 36 THEN
    RAISE invalid_parameter_value USING MESSAGE = format('invalid base %s for strtol: it must be between 2 and 36', base);
  END IF;
  clean := ltrim(clean, '+-');
  IF base = 16 AND left(clean, 2) = '0x' THEN
    clean := substr(clean, 3);
  END IF;
  FOR i IN 1 .. length(clean) LOOP
    place := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substr(clean, i, 1)) - 1;
    IF place < 0 OR place >= base THEN
      RAISE invalid_text_representation USING MESSAGE = format('the input %s is not valid to be converted to base %s', digits, base);
    END IF;
    total := total * base + place;
  END LOOP;
  RETURN (CASE WHEN negative THEN -total ELSE total END)::bigint;
END $$;

-- PostgreSQL has SHA-2 but not SHA-1.
CREATE FUNCTION pg_catalog.sha1(text) RETURNS varchar
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mask constant bigint := 4294967295;
  source bytea := convert_to($1, 'UTF8');
  bits bigint := octet_length(source)::bigint * 8;
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
BEGIN
  source := source || redshift_sandbox.decode('80', 'hex') || redshift_sandbox.decode(repeat('00', (119 - octet_length(source) % 64) % 64), 'hex') || int8send(bits);
  FOR block IN 0 .. octet_length(source) / 64 - 1 LOOP
    w := ARRAY[]::bigint[];
    FOR i IN 0 .. 15 LOOP
      t := block * 64 + i * 4;
      w := w || ((get_byte(source, t::integer)::bigint << 24) | (get_byte(source, t::integer + 1) << 16)
        | (get_byte(source, t::integer + 2) << 8) | get_byte(source, t::integer + 3));
    END LOOP;
    FOR i IN 17 .. 80 LOOP
      t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w := w || (((t << 1) | (t >> 31)) & mask);
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 1 .. 80 LOOP
      IF i <= 20 THEN f := (b & c) | ((~ b & mask) & d); k := 1518500249;
      ELSIF i <= 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i <= 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & mask, (h[2] + b) & mask, (h[3] + c) & mask, (h[4] + d) & mask, (h[5] + e) & mask];
  END LOOP;
  RETURN (SELECT string_agg(lpad(to_hex(x), 8, '0'), '') FROM unnest(h) x);
END $$;
CREATE FUNCTION pg_catalog.sha(text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT RETURN sha1($1);
CREATE FUNCTION pg_catalog.func_sha1(text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT RETURN sha1($1);
CREATE FUNCTION pg_catalog.sha2(value text, bits integer) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
  RETURN encode(CASE $2 WHEN 224 THEN sha224(convert_to($1, 'UTF8')) WHEN 384 THEN sha384(convert_to($1, 'UTF8'))
    WHEN 512 THEN sha512(convert_to($1, 'UTF8')) WHEN 256 THEN sha256(convert_to($1, 'UTF8')) WHEN 0 THEN sha256(convert_to($1, 'UTF8'))
    ELSE '' END, 'hex')::varchar;

-- The polynomial of CRC-32C (crc32-function).
CREATE FUNCTION pg_catalog.crc32(text) RETURNS varchar
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source bytea := convert_to($1, 'UTF8');
  crc bigint := 4294967295;
BEGIN
  FOR i IN 0 .. octet_length(source) - 1 LOOP
    crc := crc # get_byte(source, i);
    FOR bit IN 1 .. 8 LOOP
      crc := CASE crc & 1 WHEN 1 THEN (crc >> 1) # 2197175160 ELSE crc >> 1 END;
    END LOOP;
  END LOOP;
  RETURN lpad(to_hex(crc # 4294967295), 8, '0');
END $$;

-- 64-bit FNV-1a over the value's bytes; in two halves, since bigint does not wrap. The prime is 2^40 + 435.
CREATE FUNCTION redshift_sandbox.fnv(source bytea, seed bigint) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mask constant bigint := 4294967295;
  low bigint := seed & mask;
  high bigint := (seed >> 32) & mask;
  before bigint;
BEGIN
  FOR i IN 0 .. octet_length(source) - 1 LOOP
    before := low # get_byte(source, i);
    low := (before * 435) & mask;
    high := (high * 435 + ((before * 435) >> 32) + (before << 8)) & mask;
  END LOOP;
  RETURN (high << 32) | low;
END $$;
CREATE FUNCTION redshift_sandbox.reversed(source bytea) RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
  RETURN decode((SELECT string_agg(substr(encode(source, 'hex'), 2 * i - 1, 2), '' ORDER BY i DESC)
    FROM generate_series(1, octet_length(source)) i), 'hex');
CREATE FUNCTION pg_catalog.fnv_hash(text, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(convert_to($1, 'UTF8'), $2);
CREATE FUNCTION pg_catalog.fnv_hash(smallint, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(int2send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(integer, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(int4send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(bigint, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(int8send($1)), $2);
-- The manual says "all basic data types" and shows values only of the ones above; the bytes of the ones below are this sandbox's guess.
CREATE FUNCTION pg_catalog.fnv_hash(numeric, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(convert_to(trim_scale($1)::text, 'UTF8'), $2);
CREATE FUNCTION pg_catalog.fnv_hash(real, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(float4send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(double precision, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(float8send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(boolean, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(boolsend($1), $2);
CREATE FUNCTION pg_catalog.fnv_hash(date, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(date_send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(time, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(time_send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(timetz, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(timetz_send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(timestamp, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(timestamp_send($1)), $2);
CREATE FUNCTION pg_catalog.fnv_hash(timestamptz, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.fnv(redshift_sandbox.reversed(timestamptz_send($1)), $2);
