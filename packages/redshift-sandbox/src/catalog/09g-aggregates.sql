-- Aggregates that PostgreSQL lacks, or that give another type there.

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
-- Of strings, and of what is converted to one (09j-strings-of-numbers.sql): as what it is, so that DISTINCT and ORDER BY find the same
-- value. r_LISTAGG says "any valid expression", and not what becomes of SUPER.
DO $$
DECLARE
  kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['text', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date', 'time', 'timetz',
    'timestamp', 'timestamptz']
  LOOP
    EXECUTE format('CREATE AGGREGATE pg_catalog.listagg(%s, text) (SFUNC = redshift_sandbox.listagg_step, STYPE = text)', kind);
    EXECUTE format('CREATE AGGREGATE pg_catalog.listagg(%s) (SFUNC = redshift_sandbox.listagg_step, STYPE = text)', kind);
  END LOOP;
END $$;

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

-- Percentiles are those of numbers, dates and times (r_WF_PERCENTILE_DISC), and one at a time.
SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.percentile_disc(double precision,anyelement)',
  'pg_catalog.percentile_disc(double precision[],anyelement)', 'pg_catalog.percentile_cont(double precision[],double precision)',
  'pg_catalog.percentile_cont(double precision[],interval)']::regprocedure[]) f;
DO $$
DECLARE
  kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date', 'time', 'timetz', 'timestamp',
    'timestamptz']
  LOOP
    EXECUTE format('CREATE AGGREGATE pg_catalog.percentile_disc(double precision ORDER BY %s) (SFUNC = ordered_set_transition, STYPE = internal,
      FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)', kind);
  END LOOP;
END $$;
