-- Redshift's functions and operators that PostgreSQL lacks, or has with another meaning. In pg_catalog, which every search path holds.
-- No SET clause on the simple ones: the planner inlines them.

SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.version()', 'pg_catalog.quote_literal(text)',
  'pg_catalog.quote_literal(anyelement)', 'pg_catalog.regexp_replace(text,text,text)', 'pg_catalog.regexp_replace(text,text,text,text)', 'pg_catalog.regexp_substr(text,text)',
  'pg_catalog.regexp_substr(text,text,integer)', 'pg_catalog.regexp_substr(text,text,integer,integer)',
  'pg_catalog.quote_ident(text)', 'pg_catalog.concat("any")']::regprocedure[]) f;

CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE
  RETURN 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.77467'::text;

-- Strings -----------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.join_text(text, text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || $2;
CREATE OPERATOR pg_catalog.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = redshift_sandbox.join_text);

-- AWS's own scripts compare split_part(…) with an oid.
CREATE FUNCTION redshift_sandbox.text_is_oid(text, oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = $2::text;
CREATE OPERATOR pg_catalog.= (LEFTARG = text, RIGHTARG = oid, FUNCTION = redshift_sandbox.text_is_oid);

-- Of two, and NULL when one is.
CREATE FUNCTION pg_catalog.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN $1 || $2;
CREATE FUNCTION pg_catalog.concat(anynonarray, text) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT $1::text OPERATOR(pg_catalog.||) $2';
CREATE FUNCTION pg_catalog.concat(text, anynonarray) RETURNS text LANGUAGE sql STABLE STRICT AS 'SELECT $1 OPERATOR(pg_catalog.||) $2::text';

CREATE FUNCTION pg_catalog.len(text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN length($1);
CREATE FUNCTION pg_catalog.len(bpchar) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN length($1);
-- As text, read where it is called: so it searches by the collation of what it is given (COLLATE CASE_INSENSITIVE is then refused).
CREATE FUNCTION pg_catalog.charindex(part text, whole text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  AS 'SELECT pg_catalog.strpos($2, $1)';
CREATE FUNCTION pg_catalog.replicate(text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN repeat($1, $2);

-- Both quotes and backslashes are doubled; PostgreSQL would write E'…', which Redshift does not know.
CREATE FUNCTION pg_catalog.quote_literal(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN '''' || replace(replace($1, chr(92), chr(92) || chr(92)), '''', '''''') || '''';

-- Redshift's reserved words (facts.md 1.10) that PostgreSQL would leave bare.
CREATE FUNCTION pg_catalog.quote_ident(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN $1 = ANY (ARRAY['aes128', 'aes256', 'allowoverwrite', 'az64', 'backup', 'blanksasnull', 'bytedict', 'bzip2', 'connect',
    'credentials', 'current_user_id', 'deflate', 'defrag', 'delta', 'delta32k', 'disable', 'emptyasnull', 'enable', 'encode', 'encrypt',
    'encryption', 'explicit', 'globaldict256', 'globaldict64k', 'gzip', 'identity', 'ignore', 'language', 'lun', 'luns', 'lzo', 'lzop',
    'minus', 'mostly16', 'mostly32', 'mostly8', 'new', 'nulls', 'off', 'offline', 'oid', 'old', 'open', 'parallel', 'partition',
    'percent', 'permissions', 'pivot', 'raw', 'readratio', 'recover', 'rejectlog', 'resort', 'respect', 'restore', 'snapshot', 'start',
    'sysdate', 'system', 'tag', 'tdes', 'text255', 'text32k', 'timestamp', 'top', 'truncatecolumns', 'unnest', 'unpivot', 'wallet',
    'without']) THEN '"' || $1 || '"' ELSE redshift_sandbox.quote_ident($1) END;

-- Every match is replaced, and no match is the empty string. As text, for the collation's sake.
CREATE FUNCTION pg_catalog.regexp_replace(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_replace($1, $2, '', 'g')$$;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_replace($1, $2, $3, 'g')$$;
CREATE FUNCTION pg_catalog.regexp_substr(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT coalesce(redshift_sandbox.regexp_substr($1, $2), '')$$;
CREATE FUNCTION pg_catalog.regexp_substr(text, text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT coalesce(redshift_sandbox.regexp_substr($1, $2, $3), '')$$;
CREATE FUNCTION pg_catalog.regexp_substr(text, text, integer, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT coalesce(redshift_sandbox.regexp_substr($1, $2, $3, $4), '')$$;

-- Missing values ----------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.nvl(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT coalesce($1, $2)';
CREATE FUNCTION pg_catalog.nvl(anycompatible, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT coalesce($1, $2, $3)';
CREATE FUNCTION pg_catalog.nvl(VARIADIC anycompatiblearray) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT v.value FROM pg_catalog.unnest($1) WITH ORDINALITY v(value, place) WHERE v.value IS NOT NULL ORDER BY v.place LIMIT 1';
CREATE FUNCTION pg_catalog.nvl2(anyelement, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END';
CREATE FUNCTION pg_catalog.nvl2(text, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END';

-- Dates -------------------------------------------------------------------------------------------------------------------------------

-- GETDATE is the start of the statement in whole seconds, SYSDATE the start of the transaction.
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE RETURN date_trunc('second', statement_timestamp())::timestamp;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE RETURN transaction_timestamp()::timestamp;
CREATE FUNCTION pg_catalog.trunc(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT RETURN $1::date;

-- One name for each of Redshift's spellings of a date part.
CREATE FUNCTION redshift_sandbox.date_part_name(part text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE lower(btrim(part))
    WHEN 'millennium' THEN 'millennium' WHEN 'millennia' THEN 'millennium' WHEN 'mil' THEN 'millennium' WHEN 'mils' THEN 'millennium'
    WHEN 'century' THEN 'century' WHEN 'centuries' THEN 'century' WHEN 'c' THEN 'century' WHEN 'cent' THEN 'century' WHEN 'cents' THEN 'century'
    WHEN 'decade' THEN 'decade' WHEN 'decades' THEN 'decade' WHEN 'dec' THEN 'decade' WHEN 'decs' THEN 'decade'
    WHEN 'year' THEN 'year' WHEN 'years' THEN 'year' WHEN 'y' THEN 'year' WHEN 'yr' THEN 'year' WHEN 'yrs' THEN 'year' WHEN 'yyyy' THEN 'year'
    WHEN 'quarter' THEN 'quarter' WHEN 'quarters' THEN 'quarter' WHEN 'qtr' THEN 'quarter' WHEN 'qtrs' THEN 'quarter'
    WHEN 'month' THEN 'month' WHEN 'months' THEN 'month' WHEN 'mon' THEN 'month' WHEN 'mons' THEN 'month'
    WHEN 'week' THEN 'week' WHEN 'weeks' THEN 'week' WHEN 'w' THEN 'week'
    WHEN 'day' THEN 'day' WHEN 'days' THEN 'day' WHEN 'd' THEN 'day'
    WHEN 'hour' THEN 'hour' WHEN 'hours' THEN 'hour' WHEN 'h' THEN 'hour' WHEN 'hr' THEN 'hour' WHEN 'hrs' THEN 'hour'
    WHEN 'minute' THEN 'minute' WHEN 'minutes' THEN 'minute' WHEN 'm' THEN 'minute' WHEN 'min' THEN 'minute' WHEN 'mins' THEN 'minute'
    WHEN 'second' THEN 'second' WHEN 'seconds' THEN 'second' WHEN 's' THEN 'second' WHEN 'sec' THEN 'second' WHEN 'secs' THEN 'second'
    WHEN 'millisecond' THEN 'millisecond' WHEN 'milliseconds' THEN 'millisecond' WHEN 'ms' THEN 'millisecond' WHEN 'msec' THEN 'millisecond'
    WHEN 'msecs' THEN 'millisecond' WHEN 'msecond' THEN 'millisecond' WHEN 'mseconds' THEN 'millisecond' WHEN 'millisec' THEN 'millisecond'
    WHEN 'millisecs' THEN 'millisecond' WHEN 'millisecon' THEN 'millisecond'
    WHEN 'microsecond' THEN 'microsecond' WHEN 'microseconds' THEN 'microsecond' WHEN 'us' THEN 'microsecond' WHEN 'usec' THEN 'microsecond'
    WHEN 'usecs' THEN 'microsecond' WHEN 'usecond' THEN 'microsecond' WHEN 'useconds' THEN 'microsecond' WHEN 'microsec' THEN 'microsecond'
    WHEN 'microsecs' THEN 'microsecond' WHEN 'microsecon' THEN 'microsecond'
  END;
END $$;

CREATE FUNCTION redshift_sandbox.require_date_part(part text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := redshift_sandbox.date_part_name(part);
BEGIN
  IF known IS NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = format('unit "%s" not recognized', part);
  END IF;
  RETURN known;
END $$;

CREATE FUNCTION redshift_sandbox.part_interval(part text, amount bigint) RETURNS interval
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE redshift_sandbox.require_date_part(part)
    WHEN 'millennium' THEN make_interval(years => (amount * 1000)::integer)
    WHEN 'century' THEN make_interval(years => (amount * 100)::integer)
    WHEN 'decade' THEN make_interval(years => (amount * 10)::integer)
    WHEN 'year' THEN make_interval(years => amount::integer)
    WHEN 'quarter' THEN make_interval(months => (amount * 3)::integer)
    WHEN 'month' THEN make_interval(months => amount::integer)
    WHEN 'week' THEN make_interval(weeks => amount::integer)
    WHEN 'day' THEN make_interval(days => amount::integer)
    WHEN 'hour' THEN amount * interval '1 hour'
    WHEN 'minute' THEN amount * interval '1 minute'
    WHEN 'second' THEN amount * interval '1 second'
    WHEN 'millisecond' THEN amount * interval '1 millisecond'
    ELSE amount * interval '1 microsecond' END;
END $$;

-- The text form takes a bare literal, which is a timestamp for Redshift.
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN $3 + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN $3 + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT
  RETURN $3 + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment time) RETURNS time LANGUAGE sql IMMUTABLE STRICT
  RETURN $3 + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment text) RETURNS timestamp LANGUAGE sql STABLE STRICT
  RETURN $3::timestamp + redshift_sandbox.part_interval($1, $2);

-- Counts the boundaries that are crossed, not the time that passes. Weeks begin on Sunday.
CREATE FUNCTION pg_catalog.datediff(part text, start_at timestamp, end_at timestamp) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := redshift_sandbox.require_date_part(part);
  years bigint := redshift_sandbox.extract('year', end_at) - redshift_sandbox.extract('year', start_at);
  days bigint := end_at::date - start_at::date;
BEGIN
  RETURN CASE known
    WHEN 'millennium' THEN redshift_sandbox.extract('millennium', end_at) - redshift_sandbox.extract('millennium', start_at)
    WHEN 'century' THEN redshift_sandbox.extract('century', end_at) - redshift_sandbox.extract('century', start_at)
    WHEN 'decade' THEN redshift_sandbox.extract('decade', end_at) - redshift_sandbox.extract('decade', start_at)
    WHEN 'year' THEN years
    WHEN 'quarter' THEN years * 4 + redshift_sandbox.extract('quarter', end_at) - redshift_sandbox.extract('quarter', start_at)
    WHEN 'month' THEN years * 12 + redshift_sandbox.extract('month', end_at) - redshift_sandbox.extract('month', start_at)
    WHEN 'week' THEN (days - redshift_sandbox.extract('dow', end_at) + redshift_sandbox.extract('dow', start_at)) / 7
    WHEN 'day' THEN days
    WHEN 'hour' THEN redshift_sandbox.extract('epoch', date_trunc('hour', end_at) - date_trunc('hour', start_at)) / 3600
    WHEN 'minute' THEN redshift_sandbox.extract('epoch', date_trunc('minute', end_at) - date_trunc('minute', start_at)) / 60
    WHEN 'second' THEN redshift_sandbox.extract('epoch', date_trunc('second', end_at) - date_trunc('second', start_at))
    WHEN 'millisecond' THEN redshift_sandbox.extract('epoch', date_trunc('milliseconds', end_at) - date_trunc('milliseconds', start_at)) * 1000
    ELSE redshift_sandbox.extract('epoch', end_at - start_at) * 1000000 END;
END $$;
CREATE FUNCTION pg_catalog.datediff(part text, start_at date, end_at date) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN datediff($1, $2::timestamp, $3::timestamp);
CREATE FUNCTION pg_catalog.datediff(part text, start_at timestamptz, end_at timestamptz) RETURNS bigint LANGUAGE sql STABLE STRICT
  RETURN datediff($1, $2::timestamp, $3::timestamp);
CREATE FUNCTION pg_catalog.datediff(part text, start_at time, end_at time) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN datediff($1, date '2000-01-01' + $2, date '2000-01-01' + $3);
CREATE FUNCTION pg_catalog.datediff(part text, start_at text, end_at text) RETURNS bigint LANGUAGE sql STABLE STRICT
  RETURN datediff($1, $2::timestamp, $3::timestamp);

CREATE FUNCTION pg_catalog.date_part_year(date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT RETURN extract(year FROM $1)::integer;

CREATE FUNCTION pg_catalog.last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
  RETURN (date_trunc('month', $1) + interval '1 month' - interval '1 day')::date;

-- The last day of a month goes to the last day of the other.
CREATE FUNCTION pg_catalog.add_months(moment timestamp, months bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN last_day($1) = $1::date THEN last_day($1 + redshift_sandbox.part_interval('month', $2)) + $1::time
    ELSE $1 + redshift_sandbox.part_interval('month', $2) END;

-- Whole months when both are the same day or both the last one, else a fraction of 31 days.
CREATE FUNCTION pg_catalog.months_between(later timestamp, earlier timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
  RETURN (datediff('month', $2, $1) + CASE
    WHEN extract(day FROM $1) = extract(day FROM $2) OR (last_day($1) = $1::date AND last_day($2) = $2::date) THEN 0
    ELSE extract(epoch FROM ($1 - date_trunc('month', $1)) - ($2 - date_trunc('month', $2))) / 86400 / 31 END)::double precision;

CREATE FUNCTION pg_catalog.next_day(moment timestamp, day text) RETURNS date
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted integer := CASE left(lower(day), 2) WHEN 'su' THEN 0 WHEN 'mo' THEN 1 WHEN 'tu' THEN 2 WHEN 'we' THEN 3 WHEN 'th' THEN 4
    WHEN 'fr' THEN 5 WHEN 'sa' THEN 6 END;
BEGIN
  IF wanted IS NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = format('"%s" is not a day of the week', day);
  END IF;
  RETURN moment::date + 1 + ((wanted - redshift_sandbox.extract('dow', moment)::integer + 6) % 7);
END $$;

CREATE FUNCTION pg_catalog.convert_timezone(target text, moment timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT
  RETURN timezone($1, timezone('UTC', $2));
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, moment timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT
  RETURN timezone($2, timezone($1, $3));

-- Numbers and digests -----------------------------------------------------------------------------------------------------------------


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

CREATE FUNCTION pg_catalog.from_hex(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN convert_from(decode($1, 'hex'), 'UTF8');

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

CREATE FUNCTION pg_catalog.crc32(text) RETURNS varchar
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source bytea := convert_to($1, 'UTF8');
  crc bigint := 4294967295;
BEGIN
  FOR i IN 0 .. octet_length(source) - 1 LOOP
    crc := crc # get_byte(source, i);
    FOR bit IN 1 .. 8 LOOP
      crc := CASE crc & 1 WHEN 1 THEN (crc >> 1) # 3988292384 ELSE crc >> 1 END;
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

-- JSON --------------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.json_parse(text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT RETURN $1::jsonb;

-- A SUPER string as what it says, numbers and booleans as text; arrays and objects are no VARCHAR, which is NULL and no error (query-super).
CREATE FUNCTION redshift_sandbox.super_varchar(jsonb) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN jsonb_typeof($1) IN ('object', 'array') THEN NULL ELSE ($1 #>> '{}')::varchar END;
CREATE CAST (jsonb AS varchar) WITH FUNCTION redshift_sandbox.super_varchar(jsonb);

-- Without the spaces that PostgreSQL puts in. Its calls are qualified: a bare JSON_SERIALIZE( is SQL's own syntax to PostgreSQL.
CREATE FUNCTION pg_catalog.json_serialize(jsonb) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE jsonb_typeof($1)
    WHEN 'object' THEN (SELECT '{' || coalesce(string_agg(to_json(o.key)::text || ':' || pg_catalog.json_serialize(o.value), ',' ORDER BY o.place), '') || '}'
      FROM jsonb_each($1) WITH ORDINALITY o(key, value, place))
    WHEN 'array' THEN (SELECT '[' || coalesce(string_agg(pg_catalog.json_serialize(a.value), ',' ORDER BY a.place), '') || ']'
      FROM jsonb_array_elements($1) WITH ORDINALITY a(value, place))
    ELSE $1::text END;
END $$;
CREATE FUNCTION pg_catalog.json_typeof(jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1);

CREATE FUNCTION pg_catalog.is_valid_json(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 IS JSON;
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

CREATE FUNCTION pg_catalog.get_array_length(jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE WHEN jsonb_typeof($1) = 'array' THEN jsonb_array_length($1) END;
CREATE FUNCTION pg_catalog.is_array(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'array';
CREATE FUNCTION pg_catalog.is_object(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'object';
CREATE FUNCTION pg_catalog.is_varchar(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'string';
CREATE FUNCTION pg_catalog.is_boolean(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN jsonb_typeof($1) = 'boolean';
CREATE FUNCTION pg_catalog.is_scalar(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
  RETURN jsonb_typeof($1) NOT IN ('array', 'object');

-- Aggregates --------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.listagg_step(state text, value text, delimiter text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Empty ones are ignored like NULLs.
  IF value IS NULL OR value = '' THEN
    RETURN state;
  END IF;
  state := CASE WHEN state IS NULL THEN value ELSE state || coalesce(delimiter, '') || value END;
  IF octet_length(state) > 65535 THEN
    RAISE program_limit_exceeded USING MESSAGE = 'Result size exceeds LISTAGG limit';
  END IF;
  RETURN state;
END $$;
CREATE FUNCTION redshift_sandbox.listagg_step(state text, value anynonarray, delimiter text) RETURNS text
  LANGUAGE sql IMMUTABLE AS 'SELECT redshift_sandbox.listagg_step($1, $2::pg_catalog.text, $3)';
CREATE FUNCTION redshift_sandbox.listagg_step(state text, value anynonarray) RETURNS text
  LANGUAGE sql IMMUTABLE AS 'SELECT redshift_sandbox.listagg_step($1, $2::pg_catalog.text, NULL)';
CREATE AGGREGATE pg_catalog.listagg(text, text) (SFUNC = redshift_sandbox.listagg_step, STYPE = text);
CREATE AGGREGATE pg_catalog.listagg(anynonarray, text) (SFUNC = redshift_sandbox.listagg_step, STYPE = text);
CREATE AGGREGATE pg_catalog.listagg(anynonarray) (SFUNC = redshift_sandbox.listagg_step, STYPE = text);

CREATE FUNCTION redshift_sandbox.median_end(state double precision[]) RETURNS double precision
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(state) v; END;
CREATE FUNCTION redshift_sandbox.median_end(state numeric[]) RETURNS numeric
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT avg(s.v) FROM (SELECT v, row_number() OVER (ORDER BY v) AS place, count(*) OVER () AS total FROM unnest(state) v
      WHERE v IS NOT NULL) s WHERE s.place IN ((s.total + 1) / 2, (s.total + 2) / 2);
  END;
CREATE FUNCTION redshift_sandbox.median_end(state timestamp[]) RETURNS timestamp
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT min(s.v) + (max(s.v) - min(s.v)) / 2 FROM (SELECT v, row_number() OVER (ORDER BY v) AS place, count(*) OVER () AS total
      FROM unnest(state) v WHERE v IS NOT NULL) s WHERE s.place IN ((s.total + 1) / 2, (s.total + 2) / 2);
  END;
CREATE AGGREGATE pg_catalog.median(double precision) (SFUNC = array_append, STYPE = double precision[], FINALFUNC = redshift_sandbox.median_end);
CREATE AGGREGATE pg_catalog.median(numeric) (SFUNC = array_append, STYPE = numeric[], FINALFUNC = redshift_sandbox.median_end);
CREATE AGGREGATE pg_catalog.median(timestamp) (SFUNC = array_append, STYPE = timestamp[], FINALFUNC = redshift_sandbox.median_end);

-- The average of whole numbers is a whole number, cut towards zero.
SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.avg(smallint)', 'pg_catalog.avg(integer)',
  'pg_catalog.avg(bigint)']::regprocedure[]) f;
CREATE FUNCTION redshift_sandbox.avg_end(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN state[2] / nullif(state[1], 0);
CREATE FUNCTION redshift_sandbox.avg_step(state numeric[], value bigint) RETURNS numeric[] LANGUAGE sql IMMUTABLE STRICT
  RETURN ARRAY[state[1] + 1, state[2] + value];
CREATE FUNCTION redshift_sandbox.avg_end(state numeric[]) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN trunc(state[2] / nullif(state[1], 0))::bigint;
CREATE AGGREGATE pg_catalog.avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], FINALFUNC = redshift_sandbox.avg_end, INITCOND = '{0,0}');
CREATE AGGREGATE pg_catalog.avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], FINALFUNC = redshift_sandbox.avg_end, INITCOND = '{0,0}');
CREATE AGGREGATE pg_catalog.avg(bigint) (SFUNC = redshift_sandbox.avg_step, STYPE = numeric[], FINALFUNC = redshift_sandbox.avg_end, INITCOND = '{0,0}');

-- The session -------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.session_value(name text, absent bigint) RETURNS bigint LANGUAGE sql STABLE
  RETURN coalesce(nullif(current_setting(name, true), '')::bigint, absent);
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS bigint LANGUAGE sql STABLE RETURN redshift_sandbox.session_value('redshift.last_copy_id', -1);
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE RETURN redshift_sandbox.session_value('redshift.last_copy_count', 0);
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS bigint LANGUAGE sql STABLE RETURN redshift_sandbox.session_value('redshift.last_unload_id', -1);
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE RETURN redshift_sandbox.session_value('redshift.last_unload_count', 0);
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS bigint LANGUAGE sql STABLE RETURN redshift_sandbox.session_value('redshift.last_query_id', -1);

CREATE FUNCTION redshift_sandbox.user_number() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT r.oid::integer FROM pg_catalog.pg_authid r WHERE r.rolname = session_user);
CREATE FUNCTION pg_catalog.current_user_id() RETURNS integer LANGUAGE sql STABLE RETURN redshift_sandbox.user_number();

-- What CURRENT_USER and its kin are read as in the session of a user whose name PostgreSQL has shortened.
SELECT redshift_sandbox.move_aside(p.oid) FROM pg_catalog.pg_proc_base p
WHERE p.pronamespace = 11 AND p.pronargs = 0 AND p.proname IN ('current_user', 'session_user', 'user');
CREATE FUNCTION pg_catalog."current_user"() RETURNS text LANGUAGE sql STABLE RETURN redshift_sandbox.full_name(CURRENT_USER::text);
CREATE FUNCTION pg_catalog."session_user"() RETURNS text LANGUAGE sql STABLE RETURN redshift_sandbox.full_name(SESSION_USER::text);
CREATE FUNCTION pg_catalog."user"() RETURNS text LANGUAGE sql STABLE RETURN redshift_sandbox.full_name(CURRENT_USER::text);

-- `WHERE 1` is accepted (facts.md 7).
UPDATE pg_catalog.pg_cast SET castcontext = 'a' WHERE castsource = 23 AND casttarget = 16;
