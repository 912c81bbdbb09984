-- Dates and times, and the parts they have.

-- GETDATE is the start of the statement in whole seconds, SYSDATE the start of the transaction.
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE RETURN date_trunc('second', statement_timestamp())::timestamp;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE RETURN transaction_timestamp()::timestamp;
CREATE FUNCTION pg_catalog.trunc(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT RETURN $1::date;

-- One name for each of Redshift's spellings of a date part. What can be read of a moment is more than what can be added to one.
CREATE FUNCTION redshift_sandbox.date_part_name(part text, to_read boolean) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  spelled text := lower(btrim(part));
  known text := CASE spelled
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
BEGIN
  IF to_read AND known IS NULL THEN
    known := CASE WHEN spelled IN ('dayofweek', 'dow', 'dw', 'weekday') THEN 'dow' WHEN spelled IN ('dayofyear', 'doy', 'dy', 'yearday') THEN 'doy'
      WHEN spelled IN ('epoch', 'timezone', 'timezone_hour', 'timezone_minute') THEN spelled END;
  END IF;
  IF known IS NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = format('unit "%s" not recognized', part);
  END IF;
  RETURN known;
END $$;

CREATE FUNCTION redshift_sandbox.part_interval(part text, amount bigint) RETURNS interval
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE redshift_sandbox.date_part_name(part, false)
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

-- Years lead from the 29th of February to the 1st of March, months to the 28th (r_DATEADD_function).
CREATE FUNCTION redshift_sandbox.date_added(part text, amount bigint, moment timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN moment + redshift_sandbox.part_interval(part, amount) + CASE
    WHEN redshift_sandbox.date_part_name(part, false) IN ('year', 'decade', 'century', 'millennium')
      AND extract(day FROM moment) <> extract(day FROM moment + redshift_sandbox.part_interval(part, amount)) THEN interval '1 day'
    ELSE interval '0' END;

-- The text form takes a bare literal, which is a timestamp for Redshift.
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.date_added($1, $2, $3);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT
  RETURN redshift_sandbox.date_added($1, $2, $3::timestamp);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT
  RETURN redshift_sandbox.date_added($1, $2, $3::timestamp)::timestamptz;
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment time) RETURNS time LANGUAGE sql IMMUTABLE STRICT
  RETURN $3 + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment timetz) RETURNS timetz LANGUAGE sql IMMUTABLE STRICT
  RETURN timezone('UTC', $3) + redshift_sandbox.part_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, moment text) RETURNS timestamp LANGUAGE sql STABLE STRICT
  RETURN redshift_sandbox.date_added($1, $2, $3::timestamp);

-- Counts the boundaries that are crossed, not the time that passes. Weeks begin on Sunday.
CREATE FUNCTION pg_catalog.datediff(part text, start_at timestamp, end_at timestamp) RETURNS bigint
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := redshift_sandbox.date_part_name(part, false);
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
CREATE FUNCTION pg_catalog.datediff(part text, start_at timetz, end_at timetz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  RETURN datediff($1, timezone('UTC', $2)::time, timezone('UTC', $3)::time);
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

-- TO_DATE and TO_TIMESTAMP take what is out of range, unless told not to: the 31st of June is the first of July (r_TO_DATE_function).
SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.to_date(text,text)', 'pg_catalog.to_timestamp(text,text)']::regprocedure[]) f;
DO $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES ('to_date', 'date'), ('to_timestamp', 'timestamptz')) k(name, result) LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.%1$s(value text, layout text, is_strict boolean) RETURNS %2$s LANGUAGE plpgsql STABLE STRICT AS $body$
      BEGIN
        RETURN redshift_sandbox.%1$s(value, layout);
      EXCEPTION WHEN datetime_field_overflow THEN
        IF is_strict THEN
          RAISE;
        END IF;
        RAISE feature_not_supported USING MESSAGE = %3$L, HINT = %4$L;
      END $body$', kind.name, kind.result, format('redshift-sandbox does not imitate %s of a value that is out of range', upper(kind.name)),
      'With is_strict = TRUE it is an error.');
    EXECUTE format('CREATE FUNCTION pg_catalog.%1$s(value text, layout text) RETURNS %2$s LANGUAGE sql STABLE STRICT
      RETURN pg_catalog.%1$s($1, $2, false)', kind.name, kind.result);
  END LOOP;
END $$;
CREATE FUNCTION pg_catalog.to_timestamp(value timestamp, layout text) RETURNS timestamptz LANGUAGE sql STABLE STRICT
  RETURN to_timestamp($1::text, $2);

-- DATE_PART and EXTRACT ----------------------------------------------------------------------------------------------------------

SELECT redshift_sandbox.move_aside(p.oid) FROM pg_catalog.pg_proc_base p
WHERE p.pronamespace = 11 AND p.proname IN ('extract', 'date_part');

-- EXTRACT gives whole numbers, of that part alone: no second has its fraction, no millisecond its seconds.
CREATE FUNCTION redshift_sandbox.whole_part(part text, value double precision) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  RETURN CASE redshift_sandbox.date_part_name(part, true) WHEN 'millisecond' THEN trunc(value)::bigint % 1000 WHEN 'microsecond' THEN trunc(value)::bigint % 1000
    WHEN 'decade' THEN trunc(value) + 1 ELSE trunc(value) END::integer;
-- The first decade is that of the years 1 to 9. Microseconds are without their seconds; of milliseconds no page tells (r_DATE_PART_function).
CREATE FUNCTION redshift_sandbox.read_part(part text, value double precision) RETURNS double precision
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF part = 'millisecond' THEN
    RAISE feature_not_supported USING MESSAGE = 'redshift-sandbox does not imitate DATE_PART of milliseconds', HINT = 'EXTRACT gives them.';
  END IF;
  RETURN CASE part WHEN 'decade' THEN value + 1 WHEN 'microsecond' THEN value::bigint % 1000000 ELSE value END;
END $$;

DO $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES ('timestamp', 'integer', 'IMMUTABLE'), ('timestamptz', 'double precision', 'STABLE'), ('date', 'integer', 'IMMUTABLE'),
    ('time', 'integer', 'IMMUTABLE'), ('timetz', 'integer', 'IMMUTABLE'), ('interval', 'integer', 'IMMUTABLE')) k(source, result, volatility)
  LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.date_part(part text, value %s) RETURNS double precision LANGUAGE sql %s STRICT
      RETURN redshift_sandbox.read_part(redshift_sandbox.date_part_name($1, true), redshift_sandbox.date_part(redshift_sandbox.date_part_name($1, true), $2))',
      kind.source, kind.volatility);
    EXECUTE format('CREATE FUNCTION pg_catalog.extract(part text, value %s) RETURNS %s LANGUAGE sql %s STRICT
      RETURN redshift_sandbox.whole_part($1, redshift_sandbox.date_part(redshift_sandbox.date_part_name($1, true), $2))', kind.source, kind.result, kind.volatility);
  END LOOP;
END $$;
CREATE FUNCTION pg_catalog.pgdate_part(text, timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN date_part($1, $2);
CREATE FUNCTION pg_catalog.datepart(text, timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN date_part($1, $2);
