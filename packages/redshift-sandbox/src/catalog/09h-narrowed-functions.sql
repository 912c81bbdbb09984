-- Functions that Redshift has too, where PostgreSQL's take more, or say something else.

-- What PostgreSQL has added under names that Redshift knows. AT LOCAL is timezone of one argument.
SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.random(integer,integer)', 'pg_catalog.random(bigint,bigint)',
  'pg_catalog.random(numeric,numeric)', 'pg_catalog.to_timestamp(double precision)', 'pg_catalog.decode(text,text)',
  'pg_catalog.date_trunc(text,timestamptz,text)', 'pg_catalog.log(numeric,numeric)', 'pg_catalog.substring(text,text)',
  'pg_catalog.substring(text,text,text)', 'pg_catalog.lag(anycompatible,integer,anycompatible)',
  'pg_catalog.lead(anycompatible,integer,anycompatible)', 'pg_catalog.timezone(timestamp)', 'pg_catalog.timezone(timestamptz)',
  'pg_catalog.timezone(timetz)', 'pg_catalog.json_typeof(json)', 'pg_catalog.json_array_length(json)', 'pg_catalog.split_part(text,text,integer)',
  'pg_catalog.regexp_replace(text,text,text,integer)',
  'pg_catalog.regexp_replace(text,text,text,integer,integer)', 'pg_catalog.regexp_replace(text,text,text,integer,integer,text)',
  'pg_catalog.regexp_substr(text,text,integer,integer,text)', 'pg_catalog.regexp_substr(text,text,integer,integer,text,integer)',
  'pg_catalog.regexp_instr(text,text,integer,integer,integer,text)', 'pg_catalog.regexp_instr(text,text,integer,integer,integer,text,integer)',
  'pg_catalog.regexp_count(text,text,integer,text)', 'pg_catalog.pg_get_viewdef(oid,integer)']::regprocedure[]) f;

-- These give DOUBLE PRECISION whatever they get (r_SQRT, r_EXP, r_LOG, r_POWER, r_STDDEV_functions, r_VARIANCE_functions).
SELECT redshift_sandbox.move_aside(p.oid) FROM pg_catalog.pg_proc_base p
WHERE p.pronamespace = 11 AND (p.proname IN ('sqrt', 'exp', 'log', 'power', 'pow') AND p.prorettype = 'numeric'::regtype
  OR p.proname IN ('stddev', 'stddev_samp', 'stddev_pop', 'variance', 'var_samp', 'var_pop') AND p.prorettype = 'numeric'::regtype);

-- Trailing blanks ---------------------------------------------------------------------------------------------------------------------

-- VARCHAR compares as CHAR does: trailing blanks say nothing (r_Character_types). The server's functions for bpchar do just that, and
-- both types are laid out alike. For =, <>, <, ordering, DISTINCT, GROUP BY and joins.
UPDATE pg_catalog.pg_operator o SET oprcode = p.oid
FROM (VALUES ('=', 'bpchareq'), ('<>', 'bpcharne'), ('<', 'bpcharlt'), ('<=', 'bpcharle'), ('>', 'bpchargt'), ('>=', 'bpcharge')) f(operator, name)
JOIN pg_catalog.pg_proc_base p ON p.proname = f.name AND p.pronamespace = 11
WHERE o.oprname = f.operator AND o.oprleft = 25 AND o.oprright = 25 AND o.oprnamespace = 11;
UPDATE pg_catalog.pg_amproc a SET amproc = f.proc
FROM (VALUES ('text_ops', 'btree', 1, 'bpcharcmp(bpchar,bpchar)'::regprocedure), ('text_ops', 'btree', 2, 'bpchar_sortsupport(internal)'),
  ('text_ops', 'hash', 1, 'hashbpchar(bpchar)'), ('text_ops', 'hash', 2, 'hashbpcharextended(bpchar,bigint)')) f(family, method, number, proc)
JOIN pg_catalog.pg_am m ON m.amname = f.method
JOIN pg_catalog.pg_opfamily o ON o.opfname = f.family AND o.opfmethod = m.oid AND o.opfnamespace = 11
WHERE a.amprocfamily = o.oid AND a.amproclefttype = 25 AND a.amprocrighttype = 25 AND a.amprocnum = f.number;

-- Strings -----------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.part_number(part integer) RETURNS integer
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF part < 1 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'field position must be greater than zero';
  END IF;
  RETURN part;
END $$;
CREATE FUNCTION pg_catalog.split_part(text, text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS 'SELECT redshift_sandbox.split_part($1, $2, redshift_sandbox.part_number($3))';

-- `c` and `i` mean the same to both; `e` and `p` do not.
CREATE FUNCTION redshift_sandbox.regexp_flags(parameters text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF parameters ~ '[^ci]' THEN
    RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate the parameters "%s" of REGEXP functions', parameters);
  END IF;
  RETURN parameters;
END $$;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_replace($1, $2, $3, greatest($4, 1), 0)$$;
CREATE FUNCTION pg_catalog.regexp_replace(text, text, text, integer, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_replace($1, $2, $3, greatest($4, 1), 0, redshift_sandbox.regexp_flags($5))$$;
CREATE FUNCTION pg_catalog.regexp_substr(text, text, integer, integer, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT coalesce(redshift_sandbox.regexp_substr($1, $2, $3, $4, redshift_sandbox.regexp_flags($5)), '')$$;
CREATE FUNCTION pg_catalog.regexp_instr(text, text, integer, integer, integer, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_instr($1, $2, $3, $4, $5, redshift_sandbox.regexp_flags($6))$$;
CREATE FUNCTION pg_catalog.regexp_count(text, text, integer, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
  AS $$SELECT redshift_sandbox.regexp_count($1, $2, $3, redshift_sandbox.regexp_flags($4))$$;
