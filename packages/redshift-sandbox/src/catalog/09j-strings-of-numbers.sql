-- Numbers, dates and times where a function takes a character string: Redshift converts them to one (c_Supported_data_types, "Type
-- compatibility and conversion"; examples in r_SUBSTRING, r_LTRIM, r_REVERSE). No page says so of BOOLEAN and SUPER.

-- The server would have to convert them to `text` wherever it looks for a function or an operator, and then compare numbers as strings.
-- So they become strings of a type of their own, which those functions alone take.
CREATE TYPE redshift_sandbox.string_operand;
CREATE FUNCTION redshift_sandbox.string_operand_in(cstring) RETURNS redshift_sandbox.string_operand LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION redshift_sandbox.string_operand_out(redshift_sandbox.string_operand) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE redshift_sandbox.string_operand (INPUT = redshift_sandbox.string_operand_in, OUTPUT = redshift_sandbox.string_operand_out, LIKE = pg_catalog.text);
CREATE CAST (text AS redshift_sandbox.string_operand) WITHOUT FUNCTION;
CREATE CAST (redshift_sandbox.string_operand AS text) WITHOUT FUNCTION;
-- `oid` for AWS's own scripts, which trim one.
DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date', 'time', 'timetz', 'timestamp',
    'timestamptz', 'oid']
  LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.string_of(%s) RETURNS redshift_sandbox.string_operand LANGUAGE sql STABLE STRICT
      AS ''SELECT $1::pg_catalog.text::redshift_sandbox.string_operand''', source);
    EXECUTE format('CREATE CAST (%s AS redshift_sandbox.string_operand) WITH FUNCTION redshift_sandbox.string_of(%1$s) AS IMPLICIT', source);
  END LOOP;
END $$;

-- Each of these functions for every choice of its strings; where all are strings already it stays the one it is, so that a literal, which
-- goes where `text` is taken, stays one. Pattern and parameters of the REGEXP functions are string literals (REGEXP_REPLACE).
DO $$
DECLARE
  form record;
BEGIN
  FOR form IN
    SELECT p.proname AS name, format_type(p.prorettype, NULL) AS result, p.proisstrict, p.provolatile, a.types, a.arguments
    FROM pg_catalog.pg_proc_base p
    CROSS JOIN LATERAL (SELECT array_agg(t.place) AS places FROM unnest(p.proargtypes) WITH ORDINALITY t(type, place)
      WHERE t.type = 'text'::regtype AND NOT (p.proname LIKE 'regexp%' AND t.place NOT IN (1, 3))) s
    CROSS JOIN LATERAL generate_series(1, (1 << cardinality(s.places)) - 1) choice
    CROSS JOIN LATERAL (
      SELECT string_agg(CASE WHEN chosen.yes THEN 'redshift_sandbox.string_operand' ELSE format_type(t.type, NULL) END, ', ' ORDER BY t.place) AS types,
        string_agg('$' || t.place || CASE WHEN chosen.yes THEN '::pg_catalog.text' ELSE '' END, ', ' ORDER BY t.place) AS arguments
      FROM unnest(p.proargtypes) WITH ORDINALITY t(type, place)
      CROSS JOIN LATERAL (SELECT coalesce((choice >> array_position(s.places, t.place) - 1) & 1 = 1, false) AS yes) chosen) a
    WHERE p.pronamespace = 11 AND p.prokind = 'f' AND p.proname IN ('ascii', 'btrim', 'char_length', 'character_length', 'charindex', 'concat',
      'crc32', 'func_sha1', 'initcap', 'left', 'len', 'length', 'lower', 'lpad', 'ltrim', 'md5', 'octet_length', 'position', 'quote_ident',
      'quote_literal', 'regexp_count', 'regexp_instr', 'regexp_replace', 'regexp_substr', 'repeat', 'replace', 'replicate', 'reverse',
      'right', 'rpad', 'rtrim', 'sha', 'sha1', 'sha2', 'split_part', 'strpos', 'strtol', 'substr', 'substring', 'textlen', 'translate', 'upper')
  LOOP
    EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS %s LANGUAGE sql %s %s AS %L', form.name, form.types, form.result,
      CASE form.provolatile WHEN 'i' THEN 'IMMUTABLE' ELSE 'STABLE' END, CASE WHEN form.proisstrict THEN 'STRICT' ELSE '' END,
      format('SELECT pg_catalog.%I(%s)', form.name, form.arguments));
  END LOOP;
END $$;

-- And before LIKE, ILIKE, SIMILAR TO and POSIX patterns.
DO $$
DECLARE
  match record;
BEGIN
  FOR match IN SELECT * FROM (VALUES ('~~', 'textlike'), ('!~~', 'textnlike'), ('~~*', 'texticlike'), ('!~~*', 'texticnlike'), ('~', 'textregexeq'),
    ('!~', 'textregexne')) m(operator, name)
  LOOP
    EXECUTE format('CREATE FUNCTION redshift_sandbox.%I(redshift_sandbox.string_operand, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
      AS ''SELECT pg_catalog.%1$I($1::pg_catalog.text, $2)''', match.name);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = redshift_sandbox.string_operand, RIGHTARG = text, FUNCTION = redshift_sandbox.%I)',
      match.operator, match.name);
  END LOOP;
END $$;
