-- Catalogs of the server that speak of types and functions which clients do not see. They are renamed last, because the files before this
-- one change them under the server's names.
DO $$
DECLARE
  catalog text;
BEGIN
  FOREACH catalog IN ARRAY ARRAY['pg_aggregate', 'pg_amop', 'pg_amproc', 'pg_cast', 'pg_language', 'pg_opclass', 'pg_operator', 'pg_statistic']
  LOOP
    EXECUTE format('ALTER TABLE pg_catalog.%I RENAME TO %I', catalog, catalog || '_base');
    EXECUTE format('REVOKE ALL ON pg_catalog.%I FROM PUBLIC', catalog || '_base');
  END LOOP;
END $$;

CREATE FUNCTION redshift_sandbox.shown_type(type_oid oid) RETURNS oid LANGUAGE sql IMMUTABLE
  RETURN CASE type_oid WHEN 3802 THEN 4000::oid ELSE type_oid END;
-- The sandbox's own functions have no name that a client could read: what they do has none.
CREATE FUNCTION redshift_sandbox.shown_function(function_oid oid) RETURNS oid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN redshift_sandbox.is_hidden_function(function_oid) OR EXISTS (SELECT FROM pg_catalog.pg_proc_base p
    WHERE p.oid = function_oid AND redshift_sandbox.is_hidden_namespace(p.pronamespace)) THEN 0::oid ELSE function_oid END;

CREATE VIEW pg_catalog.pg_aggregate AS
SELECT a.aggfnoid, redshift_sandbox.shown_function(a.aggtransfn)::regproc AS aggtransfn, redshift_sandbox.shown_function(a.aggfinalfn)::regproc AS aggfinalfn,
  redshift_sandbox.shown_type(a.aggtranstype) AS aggtranstype, a.agginitval,
  redshift_sandbox.shown_catalog(a.tableoid) AS tableoid, a.xmin
FROM pg_catalog.pg_aggregate_base a
WHERE redshift_sandbox.shown_function(a.aggfnoid) <> 0;

CREATE VIEW pg_catalog.pg_operator AS
SELECT o.oid, o.oprname, o.oprnamespace, redshift_sandbox.shown_user(o.oprowner) AS oprowner, o.oprkind, o.oprcanmerge, o.oprcanhash,
  redshift_sandbox.shown_type(o.oprleft) AS oprleft, redshift_sandbox.shown_type(o.oprright) AS oprright, redshift_sandbox.shown_type(o.oprresult) AS oprresult,
  o.oprcom, o.oprnegate, redshift_sandbox.shown_function(o.oprcode)::regproc AS oprcode, o.oprrest, o.oprjoin,
  redshift_sandbox.shown_catalog(o.tableoid) AS tableoid, o.xmin
FROM pg_catalog.pg_operator_base o
WHERE o.oid NOT IN (SELECT h.objid FROM redshift_sandbox.hidden_object h WHERE h.classid = 2617);

CREATE VIEW pg_catalog.pg_cast AS
SELECT c.oid, redshift_sandbox.shown_type(c.castsource) AS castsource, redshift_sandbox.shown_type(c.casttarget) AS casttarget,
  redshift_sandbox.shown_function(c.castfunc) AS castfunc, c.castcontext, c.castmethod,
  redshift_sandbox.shown_catalog(c.tableoid) AS tableoid, c.xmin
FROM pg_catalog.pg_cast_base c
WHERE NOT redshift_sandbox.is_hidden_type(c.castsource) AND NOT redshift_sandbox.is_hidden_type(c.casttarget)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type_base t WHERE t.oid IN (c.castsource, c.casttarget) AND redshift_sandbox.is_hidden_namespace(t.typnamespace));

CREATE VIEW pg_catalog.pg_opclass AS
SELECT o.oid, o.opcmethod AS opcamid, o.opcname, o.opcnamespace, redshift_sandbox.shown_user(o.opcowner) AS opcowner, o.opcintype, o.opcdefault, o.opckeytype,
  o.opcmethod, o.opcfamily, redshift_sandbox.shown_catalog(o.tableoid) AS tableoid, o.xmin
FROM pg_catalog.pg_opclass_base o
WHERE o.opcintype <> 3802 AND NOT redshift_sandbox.is_hidden_type(o.opcintype) AND NOT redshift_sandbox.is_hidden_namespace(o.opcnamespace);

CREATE VIEW pg_catalog.pg_amop AS
SELECT a.oid, a.amopfamily, a.amoplefttype, a.amoprighttype, a.amopstrategy, a.amoppurpose, a.amopopr, a.amopmethod, a.amopsortfamily,
  redshift_sandbox.shown_catalog(a.tableoid) AS tableoid, a.xmin
FROM pg_catalog.pg_amop_base a
WHERE EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oid = a.amopopr);
CREATE VIEW pg_catalog.pg_amproc AS
SELECT a.oid, a.amprocfamily, a.amproclefttype, a.amprocrighttype, a.amprocnum, a.amproc, redshift_sandbox.shown_catalog(a.tableoid) AS tableoid, a.xmin
FROM pg_catalog.pg_amproc_base a
WHERE redshift_sandbox.shown_function(a.amproc) <> 0;

-- Nobody can name what `internal` and `c` (12-wall.sql) would run, but functions are written in them.
CREATE VIEW pg_catalog.pg_language AS
SELECT l.oid, l.lanname, l.lanispl, l.lanpltrusted, l.lanplcallfoid, l.lanvalidator, redshift_sandbox.acl_text(l.lanacl, 'l') AS lanacl,
  redshift_sandbox.shown_user(l.lanowner) AS lanowner, redshift_sandbox.shown_catalog(l.tableoid) AS tableoid, l.xmin
FROM pg_catalog.pg_language_base l
UNION ALL
SELECT v.oid::oid, v.name::name, false, false, 0::oid, 0::oid, NULL::text[], 1::oid, 'pg_catalog.pg_language_base'::regclass::oid, NULL::xid
FROM (VALUES (12, 'internal'), (13, 'c')) v(oid, name);

CREATE VIEW pg_catalog.pg_statistic AS
SELECT s.starelid, s.staattnum, s.stanullfrac, s.stawidth, s.stadistinct, s.stakind1, s.stakind2, s.stakind3, s.stakind4, s.staop1, s.staop2, s.staop3, s.staop4,
  s.stanumbers1, s.stanumbers2, s.stanumbers3, s.stanumbers4, s.stavalues1, s.stavalues2, s.stavalues3, s.stavalues4
FROM pg_catalog.pg_statistic_base s
JOIN pg_catalog.pg_class c ON c.oid = s.starelid
WHERE c.relnamespace <> 11 AND c.oid >= 16384;

DO $$
DECLARE
  shown text;
BEGIN
  FOREACH shown IN ARRAY ARRAY['pg_aggregate', 'pg_amop', 'pg_amproc', 'pg_cast', 'pg_language', 'pg_opclass', 'pg_operator'] LOOP
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', shown);
  END LOOP;
END $$;
SELECT redshift_sandbox.settle_hidden();
