-- SUPER is the server's jsonb under a new name: what the server says and writes by itself (messages, view texts, 'super'::regtype) names it so.
-- It knows the type by its number and its functions by theirs; the files before this one were read under the old name, and what they
-- keep as text is read again in each session.
UPDATE pg_catalog.pg_type_base SET typname = 'super' WHERE oid = 3802;
UPDATE pg_catalog.pg_type_base SET typname = '_super' WHERE oid = 3807;
UPDATE pg_catalog.pg_proc_base p SET prosrc = redshift_sandbox.regexp_replace(p.prosrc, '[[:<:]]jsonb[[:>:]]', 'super', 'g')
FROM pg_catalog.pg_language l
WHERE l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql') AND p.prosrc ~ '[[:<:]]jsonb[[:>:]]';
