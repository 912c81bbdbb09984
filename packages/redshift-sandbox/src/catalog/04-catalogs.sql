-- pg_class and its kin as Redshift shows them (facts.md 3.2). Columns of PostgreSQL 17 that psql and drivers ask for stay, after
-- Redshift's own. Names are text where they may be longer than PostgreSQL's 63 bytes. Every LEFT JOIN is on a unique key, so that the
-- planner drops it when none of its columns is read; access lists and expressions are functions, called only for rows that are shown.

SELECT redshift_sandbox.move_aside(f) FROM unnest(ARRAY['pg_catalog.format_type(oid,integer)', 'pg_catalog.pg_get_constraintdef(oid)',
  'pg_catalog.pg_get_constraintdef(oid,boolean)', 'pg_catalog.pg_get_viewdef(oid)', 'pg_catalog.pg_get_viewdef(oid,boolean)',
  'pg_catalog.pg_get_indexdef(oid)', 'pg_catalog.obj_description(oid,name)', 'pg_catalog.pg_get_userbyid(oid)',
  'pg_catalog.pg_nextoid(regclass,name,regclass)']::regprocedure[]) f;

-- rdsdb is user 1 (facts.md 3.7), and 10 to the server: AWS's own scripts leave out what belongs to users below 2 or 100.
CREATE FUNCTION redshift_sandbox.shown_user(role oid) RETURNS oid LANGUAGE sql IMMUTABLE RETURN CASE role WHEN 10 THEN 1::oid ELSE role END;
CREATE FUNCTION redshift_sandbox.server_user(shown oid) RETURNS oid LANGUAGE sql IMMUTABLE RETURN CASE shown WHEN 1 THEN 10::oid ELSE shown END;

-- SUPER is kept as jsonb; its number in the catalogs is 4000.
CREATE FUNCTION pg_catalog.format_type(type_oid oid, typmod integer) RETURNS text
  LANGUAGE sql STABLE
  RETURN CASE WHEN type_oid IN (3802, 4000) THEN 'super' ELSE redshift_sandbox.format_type(type_oid, typmod) END;

-- Names that were shortened, in SQL text of the server's making. It always quotes them, because of the `…`.
CREATE FUNCTION redshift_sandbox.restore_long_names(sql text) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pair record;
BEGIN
  FOR pair IN SELECT replace(short_name, '"', '""') AS short, replace(l.full_name, '"', '""') AS long_form
    FROM redshift_sandbox.long_name l LOOP
    sql := replace(sql, pair.short, pair.long_form);
  END LOOP;
  RETURN sql;
END $$;
CREATE FUNCTION redshift_sandbox.with_long_names(sql text) RETURNS text
  LANGUAGE sql STABLE
  RETURN CASE WHEN strpos(sql, '…') = 0 THEN sql ELSE redshift_sandbox.restore_long_names(sql) END;
-- What the server says of a stored query or expression, in words that a client may use: operands have types of their own
-- (09f-super-comparison.sql, 09j-strings-of-numbers.sql), which stand for these.
CREATE FUNCTION redshift_sandbox.client_sql(sql text) RETURNS text
  LANGUAGE sql STABLE
  RETURN redshift_sandbox.with_long_names(replace(replace(sql, '::redshift_sandbox.super_operand', '::super'), '::redshift_sandbox.string_operand', '::text'));

-- That keys are deferrable is a secret between the sandbox and the server (06-keys.sql).
CREATE FUNCTION pg_catalog.pg_get_constraintdef(constraint_oid oid) RETURNS text
  LANGUAGE sql STABLE STRICT
  RETURN redshift_sandbox.with_long_names(regexp_replace(redshift_sandbox.pg_get_constraintdef(constraint_oid), ' DEFERRABLE$', ''));
CREATE FUNCTION pg_catalog.pg_get_constraintdef(constraint_oid oid, pretty boolean) RETURNS text
  LANGUAGE sql STABLE STRICT
  RETURN redshift_sandbox.with_long_names(regexp_replace(redshift_sandbox.pg_get_constraintdef(constraint_oid, pretty), ' DEFERRABLE$', ''));
-- What stands behind the system's own views here is not what stands behind Redshift's.
CREATE FUNCTION redshift_sandbox.is_system_view(view_oid oid) RETURNS boolean
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT c.relnamespace IN (11, 'information_schema'::regnamespace) FROM pg_catalog.pg_class_base c WHERE c.oid = view_oid);
CREATE FUNCTION pg_catalog.pg_get_viewdef(view_oid oid) RETURNS text
  LANGUAGE sql STABLE STRICT
  RETURN CASE WHEN NOT redshift_sandbox.is_system_view(view_oid) THEN coalesce(redshift_sandbox.view_source(view_oid), redshift_sandbox.client_sql(redshift_sandbox.pg_get_viewdef(view_oid))) END;
CREATE FUNCTION pg_catalog.pg_get_viewdef(view_oid oid, pretty boolean) RETURNS text
  LANGUAGE sql STABLE STRICT
  RETURN CASE WHEN NOT redshift_sandbox.is_system_view(view_oid)
    THEN coalesce(redshift_sandbox.view_source(view_oid), redshift_sandbox.client_sql(redshift_sandbox.pg_get_viewdef(view_oid, pretty))) END;
CREATE FUNCTION pg_catalog.pg_get_indexdef(index_oid oid) RETURNS text
  LANGUAGE sql STABLE STRICT RETURN redshift_sandbox.with_long_names(redshift_sandbox.pg_get_indexdef(index_oid));
CREATE FUNCTION pg_catalog.pg_get_userbyid(role_oid oid) RETURNS text
  LANGUAGE sql STABLE STRICT RETURN redshift_sandbox.full_name(redshift_sandbox.pg_get_userbyid(redshift_sandbox.server_user(role_oid))::text);

-- pg_attrdef.adbin is text here (an identity has no expression in PostgreSQL). An expression is found again by its relation, so
-- that no client can hand the server a made-up tree. A default names no column, and without its relation none has to be locked.
CREATE FUNCTION redshift_sandbox.stored_expression(tree text, relation oid, pretty boolean) RETURNS text
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT redshift_sandbox.client_sql(pg_catalog.pg_get_expr(d.adbin, 0, pretty))
    FROM pg_catalog.pg_attrdef_base d WHERE d.adrelid = relation AND d.adbin::text = tree LIMIT 1);
CREATE FUNCTION pg_catalog.pg_get_expr(expression text, relation oid) RETURNS text
  LANGUAGE sql STABLE
  RETURN CASE WHEN left(expression, 1) = '{' THEN redshift_sandbox.stored_expression(expression, relation, false) ELSE expression END;
CREATE FUNCTION pg_catalog.pg_get_expr(expression text, relation oid, pretty boolean) RETURNS text
  LANGUAGE sql STABLE
  RETURN CASE WHEN left(expression, 1) = '{' THEN redshift_sandbox.stored_expression(expression, relation, pretty) ELSE expression END;

CREATE FUNCTION pg_catalog.format_encoding(encoding integer) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN CASE encoding WHEN 0 THEN 'none' WHEN 1 THEN 'bytedict' WHEN 2 THEN 'delta' WHEN 3 THEN 'lzo' WHEN 4 THEN 'runlength'
    WHEN 5 THEN 'mostly8' WHEN 6 THEN 'mostly16' WHEN 7 THEN 'mostly32' WHEN 8 THEN 'text255' WHEN 9 THEN 'text32k'
    WHEN 10 THEN 'delta32k' WHEN 11 THEN 'zstd' WHEN 12 THEN 'az64' END;

-- What Redshift gives a column without ENCODE that is no sort key (facts.md 1.4). SUPER's zstd is not in AWS's table.
CREATE FUNCTION redshift_sandbox.default_encoding(type_oid oid) RETURNS smallint
  LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN type_oid IN (21, 23, 20, 1700, 1082, 1083, 1266, 1114, 1184) THEN 12
    WHEN type_oid IN (1042, 1043, 17) THEN 3 WHEN type_oid = 3802 THEN 11 ELSE 0 END::smallint;

CREATE VIEW pg_catalog.pg_class AS
SELECT
  c.oid,
  redshift_sandbox.full_name(c.relname::text) AS relname,
  c.relnamespace, c.reltype, redshift_sandbox.shown_user(c.relowner) AS relowner, c.relam, c.relfilenode, c.reltablespace, c.relpages,
  greatest(c.reltuples, 0::real) AS reltuples,
  CASE WHEN c.oid < 16384 THEN c.reltoastrelid ELSE 0::oid END AS reltoastrelid, 0::oid AS reltoastidxid, c.relhasindex, c.relisshared,
  CASE c.relkind WHEN 'm' THEN 'v'::"char" ELSE c.relkind END AS relkind,
  c.relnatts, 0::oid AS relexternid, false AS relisreplicated, false AS relispinned,
  CASE WHEN c.relkind = 'r' AND c.oid >= 16384 THEN coalesce(d.diststyle, 9::smallint) ELSE 0::smallint END AS reldiststyle,
  0::oid AS relprojbaseid,
  0::smallint AS relchecks, 0::smallint AS reltriggers, 0::smallint AS relukeys, 0::smallint AS relfkeys, 0::smallint AS relrefs,
  false AS relhasoids,
  EXISTS (SELECT FROM pg_catalog.pg_constraint_base k WHERE k.conrelid = c.oid AND k.contype = 'p') AS relhaspkey,
  c.relhasrules, c.relhassubclass,
  redshift_sandbox.acl_text(c.relacl, 'r') AS relacl,
  c.reloftype, c.relallvisible, c.relpersistence,
  -- Foreign keys have triggers in every other server, on both sides: psql looks for them only where this says so.
  c.relhastriggers OR EXISTS (SELECT FROM pg_catalog.pg_constraint_base k WHERE k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid)) AS relhastriggers,
  c.relrowsecurity, c.relforcerowsecurity, c.relispopulated,
  c.relreplident, c.relispartition, c.relrewrite, c.relfrozenxid, c.relminmxid, c.reloptions, c.relpartbound,
  redshift_sandbox.shown_catalog(c.tableoid) AS tableoid, c.xmin
FROM pg_catalog.pg_class_base c
LEFT JOIN redshift_sandbox.table_design d ON d.reloid = c.oid
WHERE c.relkind <> 'S'
  AND NOT redshift_sandbox.is_hidden_namespace(c.relnamespace)
  AND NOT redshift_sandbox.is_hidden_catalog(c.oid)
  -- What the server keeps long values of a user's table in.
  AND NOT (c.relnamespace = 'pg_toast'::regnamespace AND c.oid >= 16384);

-- attacl is a column of PG_ATTRIBUTE_INFO only, but psql asks for it here.
CREATE VIEW pg_catalog.pg_attribute AS
SELECT
  a.attrelid,
  redshift_sandbox.full_name(a.attname::text) AS attname,
  CASE a.atttypid WHEN 3802 THEN 4000::oid ELSE a.atttypid END AS atttypid,
  coalesce(a.attstattarget, -1) AS attstattarget,
  a.attlen, a.attnum, a.attndims::integer AS attndims, a.attcacheoff, a.atttypmod, a.attbyval, a.attstorage, a.attalign, a.attnotnull,
  a.atthasdef OR a.attidentity <> '' AS atthasdef,
  a.attisdropped, a.attislocal, a.attinhcount,
  coalesce(d.isdistkey, false) AS attisdistkey,
  CASE WHEN c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped THEN coalesce(d.encoding,
      CASE WHEN c.relpersistence = 't' OR d.sortkeyord <> 0 OR c.oid < 16384 THEN 0::smallint
        ELSE redshift_sandbox.default_encoding(a.atttypid) END)
    ELSE 0::smallint END AS attencodingtype,
  coalesce(d.sortkeyord, 0::smallint) AS attsortkeyord,
  NULL::text[] AS attencodingparms,
  redshift_sandbox.acl_text(a.attacl, 'c') AS attacl,
  -- That a column is case-sensitive by itself (16-collations.sql) is a secret between the sandbox and the server.
  CASE WHEN a.attcollation = 950 AND a.atttypid IN (25, 1042, 1043) THEN 100::oid ELSE a.attcollation END AS attcollation, a.attcompression, a.atthasmissing, ''::"char" AS attidentity, a.attgenerated, a.attoptions, a.attfdwoptions,
  redshift_sandbox.shown_catalog(a.tableoid) AS tableoid, a.xmin
FROM pg_catalog.pg_attribute_base a
LEFT JOIN pg_catalog.pg_class_base c ON c.oid = a.attrelid
LEFT JOIN redshift_sandbox.column_design d ON d.reloid = a.attrelid AND d.attnum = a.attnum
-- A late-binding view has no columns until it is read; pg_get_late_binding_view_cols() tells them.
WHERE NOT EXISTS (SELECT FROM redshift_sandbox.late_view l WHERE l.reloid = a.attrelid);

-- An identity is a default in Redshift's catalog: `"identity"(table, column - 1, 'seed,step'::text)`.
CREATE VIEW pg_catalog.pg_attrdef AS
SELECT
  d.oid, d.adrelid, d.adnum, d.adbin::text AS adbin,
  -- PostgreSQL writes -1.5 as '-1.5'::numeric, which Redshift would round: its NUMERIC is NUMERIC(18,0).
  regexp_replace(redshift_sandbox.client_sql(pg_catalog.pg_get_expr(d.adbin, 0)),
    '''(-[0-9.]+)''::numeric(?![(])', E'\\1', 'g') AS adsrc,
  redshift_sandbox.shown_catalog(d.tableoid) AS tableoid, d.xmin
FROM pg_catalog.pg_attrdef_base d
UNION ALL
SELECT s.seqrelid, a.attrelid, a.attnum, e.text, e.text, redshift_sandbox.shown_catalog(2604), a.xmin
FROM pg_catalog.pg_attribute_base a
JOIN pg_catalog.pg_depend_base p
  ON p.refclassid = 1259 AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.classid = 1259 AND p.deptype = 'i'
JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
CROSS JOIN LATERAL (SELECT CASE a.attidentity WHEN 'a' THEN '"identity"(' ELSE '"default_identity"(' END || a.attrelid || ', '
  || a.attnum - 1 || ', ''' || s.seqstart || ',' || s.seqincrement || '''::text)' AS text) e
WHERE a.attidentity <> '';

CREATE VIEW pg_catalog.pg_constraint AS
SELECT
  c.oid,
  redshift_sandbox.full_name(c.conname::text) AS conname,
  c.connamespace, c.contype, false AS condeferrable, false AS condeferred, c.conrelid, c.contypid, c.confrelid, c.confupdtype, c.confdeltype,
  c.confmatchtype, c.conkey, c.confkey, c.conbin, NULL::text AS consrc,
  c.convalidated, c.conindid, c.conparentid, c.conislocal, c.coninhcount, c.connoinherit,
  redshift_sandbox.shown_catalog(c.tableoid) AS tableoid, c.xmin
FROM pg_catalog.pg_constraint_base c
WHERE c.contype IN ('p', 'u', 'f') AND c.connamespace <> 11 AND NOT redshift_sandbox.is_hidden_namespace(c.connamespace);

CREATE VIEW pg_catalog.pg_namespace AS
SELECT
  n.oid, redshift_sandbox.full_name(n.nspname::text) AS nspname, redshift_sandbox.shown_user(n.nspowner) AS nspowner, redshift_sandbox.acl_text(n.nspacl, 'n') AS nspacl,
  redshift_sandbox.shown_catalog(n.tableoid) AS tableoid, n.xmin
FROM pg_catalog.pg_namespace_base n
WHERE NOT redshift_sandbox.is_hidden_namespace(n.oid);

-- The rows of catalogs that speak of what clients do not see. Asked by NOT IN, which the server answers from one hash, and not by
-- NOT EXISTS, for which it joins, badly.
CREATE VIEW redshift_sandbox.hidden_object AS
SELECT 1259::oid AS classid, c.oid AS objid FROM pg_catalog.pg_class_base c
WHERE redshift_sandbox.is_hidden_namespace(c.relnamespace) OR redshift_sandbox.is_hidden_catalog(c.oid)
UNION ALL
SELECT 1255, p.oid FROM pg_catalog.pg_proc_base p WHERE redshift_sandbox.is_hidden_namespace(p.pronamespace) OR redshift_sandbox.is_hidden_function(p.oid)
UNION ALL
SELECT 1247, t.oid FROM pg_catalog.pg_type_base t WHERE redshift_sandbox.is_hidden_namespace(t.typnamespace) OR redshift_sandbox.is_hidden_type(t.oid)
UNION ALL
SELECT 2617, o.oid FROM pg_catalog.pg_operator o
WHERE redshift_sandbox.is_hidden_namespace(o.oprnamespace) OR redshift_sandbox.is_hidden_type(o.oprleft) OR redshift_sandbox.is_hidden_type(o.oprright)
  OR o.oprleft IN (SELECT t.oid FROM pg_catalog.pg_type_base t WHERE redshift_sandbox.is_hidden_namespace(t.typnamespace))
  OR o.oprright IN (SELECT t.oid FROM pg_catalog.pg_type_base t WHERE redshift_sandbox.is_hidden_namespace(t.typnamespace))
  OR o.oid < 16384 AND 3802 IN (o.oprleft, o.oprright) -- what the server has for jsonb, no client can use
UNION ALL
SELECT 2615, n.oid FROM pg_catalog.pg_namespace_base n WHERE redshift_sandbox.is_hidden_namespace(n.oid)
UNION ALL
SELECT 2604, d.oid FROM pg_catalog.pg_attrdef_base d JOIN pg_catalog.pg_class_base c ON c.oid = d.adrelid
WHERE redshift_sandbox.is_hidden_namespace(c.relnamespace)
UNION ALL
SELECT 2606, k.oid FROM pg_catalog.pg_constraint_base k WHERE redshift_sandbox.is_hidden_namespace(k.connamespace)
UNION ALL
SELECT 2618, r.oid FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class_base c ON c.oid = r.ev_class
WHERE r.rulename <> '_RETURN' OR redshift_sandbox.is_hidden_namespace(c.relnamespace) OR redshift_sandbox.is_hidden_catalog(c.oid);

CREATE VIEW pg_catalog.pg_description AS
SELECT d.objoid, redshift_sandbox.shown_catalog(d.classoid) AS classoid, d.objsubid, d.description,
  redshift_sandbox.shown_catalog(d.tableoid) AS tableoid, d.xmin
FROM pg_catalog.pg_description_base d
WHERE (d.classoid, d.objoid) NOT IN (SELECT h.classid, h.objid FROM redshift_sandbox.hidden_object h);

CREATE FUNCTION pg_catalog.obj_description(object oid, catalog name) RETURNS text
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.obj_description(object, (catalog::text || CASE WHEN (catalog::text || '_base')::name IN (
    SELECT c.relname FROM pg_catalog.pg_class_base c WHERE c.relnamespace = 11) THEN '_base' ELSE '' END)::name);

CREATE VIEW pg_catalog.pg_depend AS
SELECT redshift_sandbox.shown_catalog(d.classid) AS classid, d.objid, d.objsubid,
  redshift_sandbox.shown_catalog(d.refclassid) AS refclassid, d.refobjid, d.refobjsubid, d.deptype,
  redshift_sandbox.shown_catalog(d.tableoid) AS tableoid, d.xmin
FROM pg_catalog.pg_depend_base d
-- Relations and their parts, functions, types, operators, casts, schemas, languages.
WHERE d.classid IN (1259, 2604, 2606, 2618, 1255, 1247, 2617, 2605, 2615, 2612, 2616)
  AND d.refclassid IN (1259, 2604, 2606, 2618, 1255, 1247, 2617, 2605, 2615, 2612, 2616)
  AND (d.classid, d.objid) NOT IN (SELECT h.classid, h.objid FROM redshift_sandbox.hidden_object h)
  AND (d.refclassid, d.refobjid) NOT IN (SELECT h.classid, h.objid FROM redshift_sandbox.hidden_object h);

CREATE VIEW pg_catalog.pg_default_acl AS
SELECT d.oid, d.defaclrole AS defacluser, d.defaclnamespace, d.defaclobjtype,
  redshift_sandbox.acl_text(d.defaclacl, CASE d.defaclobjtype WHEN 'f' THEN 'f' ELSE 'r' END::"char") AS defaclacl,
  d.defaclrole, redshift_sandbox.shown_catalog(d.tableoid) AS tableoid, d.xmin
FROM pg_catalog.pg_default_acl_base d
-- What was granted to roles only shows in SVV_DEFAULT_PRIVILEGES.
WHERE d.defaclobjtype IN ('r', 'f') AND NOT (d.defaclacl <> '{}' AND redshift_sandbox.acl_text(d.defaclacl, d.defaclobjtype) = '{}');

CREATE VIEW pg_catalog.pg_proc AS
SELECT
  p.oid, p.proname, p.pronamespace, redshift_sandbox.shown_user(p.proowner) AS proowner,
  -- A client can make no function, so that each is the server's own, whatever stands behind it here.
  CASE WHEN p.pronamespace = 11 THEN 12::oid ELSE p.prolang END AS prolang, p.prokind = 'a' AS proisagg, p.prokind = 'w' AS proiswindow,
  p.prosecdef, p.proisstrict, p.proretset,
  p.provolatile, p.pronargs, CASE p.prorettype WHEN 3802 THEN 4000::oid ELSE p.prorettype END AS prorettype,
  CASE WHEN 3802 = ANY (p.proargtypes) THEN array_to_string(array_replace(p.proargtypes::oid[], 3802, 4000), ' ')::oidvector ELSE p.proargtypes END AS proargtypes,
  p.proargnames, CASE WHEN p.pronamespace = 11 AND p.prolang <> 12 THEN p.proname::text ELSE p.prosrc END AS prosrc, convert_to(p.probin, 'UTF8') AS probin,
  redshift_sandbox.acl_text(p.proacl, 'f') AS proacl,
  p.procost, p.prorows, p.provariadic, p.prosupport, p.prokind, p.proleakproof, p.proparallel, p.pronargdefaults, p.proallargtypes,
  p.proargmodes, p.proargdefaults, p.protrftypes, CASE WHEN p.pronamespace <> 11 THEN p.prosqlbody::text END AS prosqlbody, NULL::text[] AS proconfig,
  redshift_sandbox.shown_catalog(p.tableoid) AS tableoid, p.xmin
FROM pg_catalog.pg_proc_base p
WHERE NOT redshift_sandbox.is_hidden_namespace(p.pronamespace) AND NOT redshift_sandbox.is_hidden_function(p.oid);
CREATE VIEW pg_catalog.pg_proc_info AS SELECT p.oid AS prooid, p.* FROM pg_catalog.pg_proc p;

-- jsonb is shown as SUPER, under its number on the wire.
CREATE VIEW pg_catalog.pg_type AS
SELECT
  t.oid, t.typname, t.typnamespace, redshift_sandbox.shown_user(t.typowner) AS typowner, t.typlen, t.typbyval, t.typtype, t.typisdefined, t.typdelim, t.typrelid, t.typelem,
  t.typinput, t.typoutput, t.typreceive, t.typsend, t.typanalyze, t.typalign, t.typstorage, t.typnotnull, t.typbasetype, t.typtypmod,
  t.typndims, t.typdefaultbin, t.typdefault,
  t.typcategory, t.typispreferred, t.typsubscript, t.typarray, t.typmodin, t.typmodout, t.typcollation, t.typacl,
  redshift_sandbox.shown_catalog(t.tableoid) AS tableoid, t.xmin
FROM pg_catalog.pg_type_base t
WHERE t.oid <> 3802 AND NOT redshift_sandbox.is_hidden_type(t.oid) AND NOT redshift_sandbox.is_hidden_namespace(t.typnamespace)
UNION ALL
SELECT
  4000::oid, 'super'::name, t.typnamespace, redshift_sandbox.shown_user(t.typowner), t.typlen, t.typbyval, t.typtype, t.typisdefined, t.typdelim, t.typrelid, t.typelem,
  0::regproc, 0::regproc, 0::regproc, 0::regproc, t.typanalyze, t.typalign, t.typstorage, t.typnotnull, t.typbasetype, t.typtypmod,
  t.typndims, t.typdefaultbin, t.typdefault,
  t.typcategory, t.typispreferred, 0::regproc, 0::oid, t.typmodin, t.typmodout, t.typcollation, t.typacl,
  redshift_sandbox.shown_catalog(t.tableoid), t.xmin
FROM pg_catalog.pg_type_base t
WHERE t.oid = 3802;

-- The indexes of keys are dead in PostgreSQL (05-keys.sql) but not in Redshift's eyes.
CREATE VIEW pg_catalog.pg_index AS
SELECT
  i.indexrelid, i.indrelid, i.indkey, i.indclass, i.indnatts, i.indisunique, i.indisprimary, i.indisclustered, i.indexprs, i.indpred,
  i.indnkeyatts, i.indnullsnotdistinct, i.indisexclusion, i.indimmediate, true AS indisvalid, i.indcheckxmin, true AS indisready,
  true AS indislive, i.indisreplident, i.indcollation, i.indoption,
  redshift_sandbox.shown_catalog(i.tableoid) AS tableoid, i.xmin
FROM pg_catalog.pg_index_base i;

CREATE VIEW pg_catalog.pg_database AS
SELECT
  d.oid, redshift_sandbox.full_name(d.datname::text) AS datname, redshift_sandbox.shown_user(d.datdba) AS datdba, d.encoding, d.datistemplate, d.datallowconn,
  16383::oid AS datlastsysoid, d.datfrozenxid AS datvacuumxid, d.datfrozenxid, d.dattablespace,
  (SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0) AS datconfig,
  redshift_sandbox.acl_text(d.datacl, 'd') AS datacl,
  d.datconnlimit, d.datcollate, d.datctype, d.datlocprovider, d.datlocale, d.datlocale AS daticulocale, d.datminmxid,
  redshift_sandbox.shown_catalog(d.tableoid) AS tableoid, d.xmin
FROM pg_catalog.pg_database_base d
WHERE d.datname <> 'postgres';

-- Groups are roles named `group/NAME`; users are every other role that is not the server's own.
CREATE FUNCTION redshift_sandbox.is_user(role_name text) RETURNS boolean
  LANGUAGE sql IMMUTABLE
  RETURN strpos(role_name, '/') = 0 AND left(role_name, 3) <> 'pg_';

CREATE VIEW pg_catalog.pg_user AS
SELECT
  redshift_sandbox.full_name(r.rolname::text) AS usename,
  redshift_sandbox.shown_user(r.oid)::integer AS usesysid,
  r.rolcreatedb AS usecreatedb,
  r.rolsuper AS usesuper,
  r.oid = 10 AS usecatupd,
  '********'::text AS passwd,
  r.rolvaliduntil AS valuntil,
  -- Parameters that only Redshift has are kept as redshift.NAME.
  (SELECT array_agg(regexp_replace(c.setting, '^redshift\.', '') ORDER BY c.n)
     FROM unnest(s.setconfig) WITH ORDINALITY AS c(setting, n)) AS useconfig
FROM pg_catalog.pg_authid r
LEFT JOIN pg_catalog.pg_db_role_setting s ON s.setrole = r.oid AND s.setdatabase = 0
WHERE redshift_sandbox.is_user(r.rolname::text);

CREATE VIEW pg_catalog.pg_group AS
SELECT
  substr(redshift_sandbox.full_name(r.rolname::text), 7) AS groname,
  r.oid::integer AS grosysid,
  coalesce((SELECT array_agg(m.member::integer ORDER BY m.member) FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid),
    '{}') AS grolist
FROM pg_catalog.pg_authid r
WHERE left(r.rolname::text, 6) = 'group/';

-- BACKUP NO, where AWS's own scripts look for it.
CREATE VIEW pg_catalog.pg_conf AS
SELECT 'pg_class_backup_' || b.oid || '_' || d.reloid AS key, '0'::text AS value
FROM redshift_sandbox.table_design d
JOIN pg_catalog.pg_database_base b ON b.datname = current_database()
WHERE NOT d.backup;

CREATE VIEW pg_catalog.pg_database_info AS
SELECT d.oid AS datid, d.datname, d.datdba, d.encoding, d.datistemplate, d.datallowconn, d.datlastsysoid, d.datvacuumxid, d.datfrozenxid,
  d.dattablespace, d.datconfig, d.datacl,
  CASE WHEN d.datconnlimit < 0 THEN 'UNLIMITED' ELSE d.datconnlimit::text END AS datconnlimit
FROM pg_catalog.pg_database d;

CREATE VIEW pg_catalog.pg_class_info AS
SELECT
  c.oid AS reloid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relam, c.relfilenode, c.reltablespace, c.relpages, c.reltuples,
  c.reltoastrelid, c.reltoastidxid, c.relhasindex, c.relisshared, c.relkind, c.relnatts, c.relexternid, c.relisreplicated,
  c.relispinned, c.reldiststyle, c.relprojbaseid, c.relchecks, c.reltriggers, c.relukeys, c.relfkeys, c.relrefs, c.relhasoids,
  c.relhaspkey, c.relhasrules, c.relhassubclass, c.relacl,
  d.created AS relcreationtime,
  -- AUTO starts as ALL on a cluster and grows into EVEN; here it stays what it starts as, or keeps the key it had.
  CASE WHEN c.reldiststyle <> 9 THEN c.reldiststyle::integer
    WHEN EXISTS (SELECT FROM redshift_sandbox.column_design k WHERE k.reloid = c.oid AND k.isdistkey) THEN 12
    ELSE 10 END AS releffectivediststyle
FROM pg_catalog.pg_class c
LEFT JOIN redshift_sandbox.table_design d ON d.reloid = c.oid;

CREATE VIEW pg_catalog.pg_attribute_info AS
SELECT
  a.attrelid, a.attname, a.atttypid, a.attstattarget, a.attlen, a.attnum, a.attndims, a.attcacheoff, a.atttypmod, a.attbyval,
  a.attstorage, a.attalign, a.attnotnull, a.atthasdef, a.attisdropped, a.attislocal, a.attinhcount, a.attisdistkey, a.attencodingtype,
  a.attsortkeyord, a.attencodingparms, a.attacl
FROM pg_catalog.pg_attribute a;

CREATE VIEW pg_catalog.pg_tables AS
SELECT n.nspname AS schemaname, c.relname AS tablename, pg_catalog.pg_get_userbyid(c.relowner) AS tableowner, NULL::name AS tablespace,
  c.relhasindex AS hasindexes, c.relhasrules AS hasrules, c.relhastriggers AS hastriggers
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r';

CREATE VIEW pg_catalog.pg_views AS
SELECT n.nspname AS schemaname, c.relname AS viewname, pg_catalog.pg_get_userbyid(c.relowner) AS viewowner,
  pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v';

CREATE VIEW pg_catalog.pg_indexes AS
SELECT n.nspname AS schemaname, c.relname AS tablename, i.relname AS indexname, NULL::name AS tablespace,
  pg_catalog.pg_get_indexdef(i.oid) AS indexdef
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace;

-- Redshift's names beside those of PostgreSQL 17.
CREATE VIEW pg_catalog.pg_stat_activity AS
SELECT s.datid, redshift_sandbox.full_name(s.datname::text) AS datname, s.pid AS procpid, redshift_sandbox.shown_user(s.usesysid) AS usesysid,
  redshift_sandbox.full_name(s.usename::text) AS usename,
  CASE s.state WHEN 'idle' THEN '<IDLE>' WHEN 'idle in transaction' THEN '<IDLE> in transaction' ELSE s.query END AS current_query,
  s.query_start, s.pid, s.backend_start, s.xact_start, s.state_change, s.wait_event_type, s.wait_event, s.state, s.backend_xid,
  s.backend_xmin, s.query, s.backend_type, s.application_name
FROM pg_catalog.pg_stat_activity_base s
WHERE s.backend_type = 'client backend' AND s.usename IS DISTINCT FROM 'rdsdb';

CREATE VIEW pg_catalog.pg_locks AS
SELECT redshift_sandbox.shown_catalog(l.relation) AS relation, l.database, l.transactionid AS transaction, l.pid, l.mode, l.granted,
  l.locktype, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid, l.virtualtransaction, l.fastpath, l.waitstart
FROM pg_catalog.pg_locks_base l;

-- Redshift enforces no key and has no triggers. The server's own guard the sandbox's tables.
CREATE VIEW pg_catalog.pg_trigger AS
SELECT t.tgrelid, t.tgname, t.tgfoid, t.tgtype, t.tgenabled, false AS tgisconstraint, NULL::name AS tgconstrname, t.tgconstrrelid, t.tgdeferrable,
  t.tginitdeferred, t.tgnargs, t.tgattr, t.tgargs, t.oid, t.tgisinternal
FROM pg_catalog.pg_trigger_base t
WHERE false;

SELECT redshift_sandbox.settle_hidden();
