-- Redshift's functions and operators that PostgreSQL lacks, or has with another meaning. In pg_catalog, which every search path holds.
-- No SET clause on the simple ones: the planner inlines them.

SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.version()', 'pg_catalog.quote_literal(text)',
  'pg_catalog.quote_literal(anyelement)', 'pg_catalog.regexp_replace(text,text,text)', 'pg_catalog.regexp_replace(text,text,text,text)', 'pg_catalog.regexp_substr(text,text)',
  'pg_catalog.regexp_substr(text,text,integer)', 'pg_catalog.regexp_substr(text,text,integer,integer)',
  'pg_catalog.quote_ident(text)', 'pg_catalog.concat("any")']::regprocedure[]) f;

CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE
  RETURN 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.77467'::text;

-- Numbers -----------------------------------------------------------------------------------------------------------------------------

-- Decimal places of a DOUBLE PRECISION too; whole numbers stay what they are, or PostgreSQL would take them for such.
CREATE FUNCTION pg_catalog.round(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN round($1::numeric, $2)::double precision;
CREATE FUNCTION pg_catalog.trunc(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT RETURN trunc($1::numeric, $2)::double precision;
DO $$
DECLARE
  kind text;
BEGIN
  FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint'] LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.round(%s, integer) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT RETURN round($1::numeric, $2)', kind);
    EXECUTE format('CREATE FUNCTION pg_catalog.trunc(%s, integer) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT RETURN trunc($1::numeric, $2)', kind);
  END LOOP;
END $$;

-- Strings -----------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.join_text(text, text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || $2;
CREATE OPERATOR pg_catalog.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = redshift_sandbox.join_text);

-- AWS's own scripts compare split_part(…) with an oid.
CREATE FUNCTION redshift_sandbox.text_is_oid(text, oid) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = $2::text;
CREATE OPERATOR pg_catalog.= (LEFTARG = text, RIGHTARG = oid, FUNCTION = redshift_sandbox.text_is_oid);

-- Of two, and NULL when one is.
CREATE FUNCTION pg_catalog.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN $1 || $2;

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

-- An ACL is text here (03-acl.sql); AWS's own scripts compare one with '{}'::aclitem[].
CREATE FUNCTION redshift_sandbox.text_is_acl(text[], aclitem[]) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = $2::text[];
CREATE OPERATOR pg_catalog.= (LEFTARG = text[], RIGHTARG = aclitem[], FUNCTION = redshift_sandbox.text_is_acl);

-- Missing values ----------------------------------------------------------------------------------------------------------------------

-- Of each number of arguments, because there is no array of SUPER.
DO $$
BEGIN
  FOR many IN 2 .. 100 LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.nvl(%s) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS ''SELECT coalesce(%s)''',
      (SELECT string_agg('anycompatible', ', ') FROM generate_series(1, many)), (SELECT string_agg('$' || n, ', ') FROM generate_series(1, many) n));
  END LOOP;
END $$;
CREATE FUNCTION pg_catalog.nvl2(anyelement, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END';
CREATE FUNCTION pg_catalog.nvl2(text, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE
  AS 'SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END';

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
-- A whole number beside another kind of value is one of that kind: `flag = 1` (r_logical_condition), and a string (c_Supported_data_types,
-- "General compatibility and conversion rules"), for which the server would take it for an OID, which is never negative.
DO $$
DECLARE
  test record;
BEGIN
  FOR test IN SELECT * FROM (VALUES ('boolean', 'integer'), ('text', 'smallint'), ('text', 'integer'), ('text', 'bigint')) k(kind, number),
    (VALUES ('=', 'number_is'), ('<>', 'number_is_not')) t(operator, name)
  LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.%s(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 %s $2::%2$s',
      test.name, test.kind, test.number, test.operator);
    EXECUTE format('CREATE FUNCTION redshift_sandbox.%s(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1::%3$s %4$s $2',
      test.name, test.number, test.kind, test.operator);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = redshift_sandbox.%s)',
      test.operator, test.kind, test.number, test.name);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = redshift_sandbox.%s)',
      test.operator, test.number, test.kind, test.name);
  END LOOP;
END $$;

-- The server joins anything to a string.
CREATE FUNCTION redshift_sandbox.refuse_join(kind text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE feature_not_supported USING MESSAGE = format('redshift-sandbox does not imitate || with %s values', kind);
END $$;
-- No page says that a BOOLEAN becomes one by itself.
CREATE FUNCTION redshift_sandbox.boolean_join(boolean, text) RETURNS text LANGUAGE sql STABLE AS 'SELECT redshift_sandbox.refuse_join(''BOOLEAN'')';
CREATE FUNCTION redshift_sandbox.boolean_join(text, boolean) RETURNS text LANGUAGE sql STABLE AS 'SELECT redshift_sandbox.refuse_join(''BOOLEAN'')';
CREATE OPERATOR pg_catalog.|| (LEFTARG = boolean, RIGHTARG = text, FUNCTION = redshift_sandbox.boolean_join);
CREATE OPERATOR pg_catalog.|| (LEFTARG = text, RIGHTARG = boolean, FUNCTION = redshift_sandbox.boolean_join);
