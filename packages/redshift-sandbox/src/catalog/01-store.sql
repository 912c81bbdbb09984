-- What Redshift knows of an object and PostgreSQL does not. Read by the views of this folder, written only through functions.
-- USAGE for everyone: the translated statements of ordinary users call functions here. Client text that names the schema is refused.
CREATE SCHEMA redshift_sandbox;
GRANT USAGE ON SCHEMA redshift_sandbox TO PUBLIC;

-- Accents count and case does not. PostgreSQL refuses LIKE and regular expressions under it, rather than answer wrongly.
CREATE COLLATION redshift_sandbox.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE TABLE redshift_sandbox.table_design (
  reloid oid PRIMARY KEY,
  diststyle smallint NOT NULL DEFAULT 9, -- 0 EVEN, 1 KEY, 8 ALL, 9 AUTO
  backup boolean NOT NULL DEFAULT true,
  sort_auto boolean NOT NULL DEFAULT true,
  encode_auto boolean NOT NULL DEFAULT true,
  created timestamp NOT NULL DEFAULT statement_timestamp()
);

-- By column number, so that a renamed column keeps its design.
CREATE TABLE redshift_sandbox.column_design (
  reloid oid NOT NULL,
  attnum smallint NOT NULL,
  isdistkey boolean NOT NULL DEFAULT false,
  sortkeyord smallint NOT NULL DEFAULT 0, -- as pg_attribute.attsortkeyord shows it: interleaved keys alternate in sign
  encoding smallint, -- explicit; NULL is what Redshift would choose by type
  case_insensitive boolean NOT NULL DEFAULT false,
  PRIMARY KEY (reloid, attnum)
);

-- Late-binding views. The server's own view holds what the definition means now, or fails with what is missing (13-late-binding.sql).
CREATE TABLE redshift_sandbox.late_view (
  reloid oid PRIMARY KEY,
  source text NOT NULL, -- the statement as its author wrote it
  definition text NOT NULL, -- the server's words behind CREATE VIEW name
  refs text[] NOT NULL, -- quoted, qualified names of what it reads
  guessed text[] NOT NULL, -- names of its columns as far as the text tells them
  bound boolean NOT NULL DEFAULT false,
  state text -- what `refs` meant when it was last bound
);
CREATE FUNCTION redshift_sandbox.is_late_view(view_oid oid) RETURNS boolean
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC SELECT EXISTS (SELECT FROM redshift_sandbox.late_view l WHERE l.reloid = view_oid); END;

-- By its names, which to_regclass reads only for who may use the schema.
CREATE FUNCTION redshift_sandbox.is_late_view(schema_name text, view_name text) RETURNS boolean
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM redshift_sandbox.late_view l JOIN pg_catalog.pg_class c ON c.oid = l.reloid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = schema_name AND c.relname = view_name);
  END;

-- Materialized views: the server's own, of which Redshift remembers more (14-materialized-views.sql).
CREATE TABLE redshift_sandbox.materialized_view (
  reloid oid PRIMARY KEY,
  name text NOT NULL,
  source text NOT NULL, -- the statement as its author wrote it
  auto_refresh boolean NOT NULL,
  state integer NOT NULL, -- as STV_MV_INFO shows it: 0 recomputed, 1 incremental, over 100 unrefreshable
  updated_upto_xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
CREATE FUNCTION redshift_sandbox.is_materialized_view(view_oid oid) RETURNS boolean
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC SELECT EXISTS (SELECT FROM redshift_sandbox.materialized_view m WHERE m.reloid = view_oid); END;
-- What each reads, as it was then.
CREATE TABLE redshift_sandbox.materialized_base (
  reloid oid NOT NULL,
  base oid NOT NULL,
  schema_name text NOT NULL,
  name text NOT NULL,
  columns jsonb NOT NULL, -- by number: name, type
  PRIMARY KEY (reloid, base)
);
CREATE TABLE redshift_sandbox.materialized_event (
  userid integer NOT NULL,
  starttime timestamp NOT NULL DEFAULT clock_timestamp(),
  xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  event_desc text NOT NULL,
  base_schema text NOT NULL,
  base_name text NOT NULL,
  mv_schema text NOT NULL,
  mv_name text NOT NULL
);
CREATE TABLE redshift_sandbox.materialized_refresh (
  userid integer NOT NULL,
  pid integer NOT NULL DEFAULT pg_backend_pid(),
  xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  mv_id oid NOT NULL,
  mv_schema text NOT NULL,
  mv_name text NOT NULL,
  starttime timestamp NOT NULL,
  endtime timestamp NOT NULL DEFAULT clock_timestamp(),
  status text NOT NULL
);

-- The statement behind a view that keeps it as it was written.
CREATE FUNCTION redshift_sandbox.view_source(view_oid oid) RETURNS text
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT coalesce((SELECT l.source FROM redshift_sandbox.late_view l WHERE l.reloid = view_oid),
      (SELECT m.source FROM redshift_sandbox.materialized_view m WHERE m.reloid = view_oid));
  END;

-- Names of 64 to 127 bytes by the short ones that PostgreSQL keeps.
CREATE TABLE redshift_sandbox.long_name (
  short_name text PRIMARY KEY,
  full_name text NOT NULL
);

-- The numbers are this sandbox's own: AWS documents only the names that format_encoding gives.
CREATE TABLE redshift_sandbox.encoding (
  id smallint PRIMARY KEY,
  name text NOT NULL UNIQUE
);
INSERT INTO redshift_sandbox.encoding VALUES
  (0, 'none'), (1, 'bytedict'), (2, 'delta'), (3, 'lzo'), (4, 'runlength'), (5, 'mostly8'), (6, 'mostly16'), (7, 'mostly32'),
  (8, 'text255'), (9, 'text32k'), (10, 'delta32k'), (11, 'zstd'), (12, 'az64');

CREATE SEQUENCE redshift_sandbox.query_id START 100;
CREATE FUNCTION redshift_sandbox.next_query_id() RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN nextval('redshift_sandbox.query_id');

-- One row per column that a COPY could not fill: the columns of STL_LOAD_ERRORS, unpadded.
CREATE TABLE redshift_sandbox.load_error (
  userid integer NOT NULL,
  slice integer NOT NULL DEFAULT 0,
  tbl integer NOT NULL,
  starttime timestamp NOT NULL DEFAULT statement_timestamp(),
  session integer NOT NULL,
  query integer NOT NULL,
  filename text NOT NULL DEFAULT '',
  line_number bigint NOT NULL DEFAULT 0,
  colname text NOT NULL DEFAULT '',
  type text NOT NULL DEFAULT '',
  col_length text NOT NULL DEFAULT '',
  position integer NOT NULL DEFAULT 0,
  raw_line text NOT NULL DEFAULT '',
  raw_field_value text NOT NULL DEFAULT '',
  err_code integer NOT NULL,
  err_reason text NOT NULL DEFAULT '',
  is_partial integer NOT NULL DEFAULT 0,
  start_offset integer NOT NULL DEFAULT 0
);

-- One row per file that a COPY has read.
CREATE TABLE redshift_sandbox.load_commit (
  userid integer NOT NULL,
  query integer NOT NULL,
  slice integer NOT NULL DEFAULT 0,
  name text NOT NULL,
  filename text NOT NULL,
  byte_offset integer NOT NULL DEFAULT 0,
  lines_scanned bigint NOT NULL,
  errors bigint NOT NULL DEFAULT 0,
  status integer NOT NULL DEFAULT 1,
  curtime timestamp NOT NULL DEFAULT statement_timestamp(),
  file_format text NOT NULL DEFAULT ''
);

-- One row per file that an UNLOAD has written.
CREATE TABLE redshift_sandbox.unload_log (
  userid integer NOT NULL,
  query integer NOT NULL,
  slice integer NOT NULL DEFAULT 0,
  pid integer NOT NULL,
  path text NOT NULL,
  start_time timestamp NOT NULL DEFAULT statement_timestamp(),
  end_time timestamp NOT NULL DEFAULT statement_timestamp(),
  line_count bigint NOT NULL,
  transfer_size bigint NOT NULL,
  file_format text NOT NULL DEFAULT ''
);

CREATE FUNCTION redshift_sandbox.known_full_name(short text) RETURNS text
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN coalesce((SELECT l.full_name FROM redshift_sandbox.long_name l WHERE l.short_name = short), short);

-- Inlined by the planner into every view, so that names that were never shortened cost no call.
CREATE FUNCTION redshift_sandbox.full_name(short text) RETURNS text
  LANGUAGE sql STABLE
  RETURN CASE WHEN strpos(short, '…') = 0 THEN short ELSE redshift_sandbox.known_full_name(short) END;

-- Only what hashes to it can be remembered under a short name, so that no user renames another's table in the views.
CREATE FUNCTION redshift_sandbox.remember_name(short text, long_form text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF right(short, 17) <> '…' || left(encode(sha256(convert_to(long_form, 'UTF8')), 'hex'), 16) THEN
    RAISE EXCEPTION 'the name "%" is not the short form of "%"', short, long_form;
  END IF;
  INSERT INTO redshift_sandbox.long_name VALUES (short, long_form) ON CONFLICT DO NOTHING;
END $$;
