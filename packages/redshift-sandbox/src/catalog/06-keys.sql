-- Keys that nothing enforces (DESIGN.md, 7): rows of pg_constraint, written here as the server would write them, but
-- * the index of a PRIMARY KEY or UNIQUE is empty and not live: the server neither fills, checks, plans with nor rebuilds it
--   (TRUNCATE would make an index that is merely invalid a valid one);
-- * a FOREIGN KEY has no triggers, so that also TRUNCATE of the table it refers to works, as on Redshift.

CREATE FUNCTION redshift_sandbox.column_numbers(rel regclass, cols text[]) RETURNS smallint[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT array_agg(redshift_sandbox.column_number(rel, c.name) ORDER BY c.place) FROM unnest(cols) WITH ORDINALITY c(name, place);
  END;

-- A name of at most 63 bytes that neither a relation nor a constraint of the schema has: t_pkey, t_a_key, t_a_key1 …
CREATE FUNCTION redshift_sandbox.free_key_name(rel regclass, middle text, suffix text) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head text;
  candidate text;
  namespace oid;
  attempt integer := 0;
BEGIN
  SELECT c.relname::text, c.relnamespace INTO head, namespace FROM pg_catalog.pg_class_base c WHERE c.oid = rel;
  head := head || coalesce('_' || middle, '');
  LOOP
    candidate := '_' || suffix || CASE attempt WHEN 0 THEN '' ELSE attempt::text END;
    WHILE octet_length(head || candidate) > 63 LOOP
      head := left(head, -1);
    END LOOP;
    candidate := head || candidate;
    EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_class_base c WHERE c.relnamespace = namespace AND c.relname = candidate)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint_base c WHERE c.connamespace = namespace AND c.conname = candidate);
    attempt := attempt + 1;
  END LOOP;
  RETURN candidate;
END $$;

CREATE FUNCTION redshift_sandbox.add_key(rel regclass, name text, kind "char", cols text[], set_not_null boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  numbers smallint[];
  key_name text := name;
  index_id oid;
  constraint_id oid := redshift_sandbox.pg_nextoid('pg_catalog.pg_constraint_base', 'oid', 'pg_catalog.pg_constraint_oid_index');
  namespace oid;
  col text;
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel);
  numbers := redshift_sandbox.column_numbers(rel, cols);
  IF kind = 'p' THEN
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint_base c WHERE c.conrelid = rel AND c.contype = 'p') THEN
      RAISE invalid_table_definition USING MESSAGE = format('multiple primary keys for table "%s" are not allowed',
        redshift_sandbox.relation_name(rel));
    END IF;
    FOREACH col IN ARRAY cols LOOP
      IF set_not_null THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', rel, col);
      ELSIF NOT (SELECT a.attnotnull FROM pg_catalog.pg_attribute_base a WHERE a.attrelid = rel AND a.attname = col) THEN
        RAISE invalid_table_definition USING MESSAGE = format('cannot add a primary key on column "%s", which is not NOT NULL',
          redshift_sandbox.full_name(col));
      END IF;
    END LOOP;
  END IF;
  IF key_name IS NULL THEN
    key_name := CASE kind WHEN 'p' THEN redshift_sandbox.free_key_name(rel, NULL, 'pkey')
      ELSE redshift_sandbox.free_key_name(rel, array_to_string(cols, '_'), 'key') END;
  ELSIF EXISTS (SELECT FROM pg_catalog.pg_constraint_base c WHERE c.conrelid = rel AND c.conname = key_name) THEN
    RAISE duplicate_object USING MESSAGE = format('constraint "%s" for relation "%s" already exists',
      redshift_sandbox.full_name(key_name), redshift_sandbox.relation_name(rel));
  END IF;
  -- Each names other columns than the rest. @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
  IF EXISTS (SELECT FROM pg_catalog.pg_constraint_base c WHERE c.conrelid = rel AND c.contype IN ('p', 'u')
      AND cardinality(c.conkey) = cardinality(numbers) AND NOT EXISTS (SELECT FROM unnest(numbers) n (number) WHERE NOT n.number = ANY (c.conkey))) THEN
    RAISE invalid_table_definition USING MESSAGE = format('table "%s" already has a key on these columns', redshift_sandbox.relation_name(rel));
  END IF;

  -- WHERE false: no row is put into it, whatever the rows hold.
  EXECUTE format('CREATE INDEX %I ON %s (%s) WHERE false', key_name, rel,
    (SELECT string_agg(format('%I', c.name), ', ' ORDER BY c.place) FROM unnest(cols) WITH ORDINALITY c(name, place)));
  SELECT t.relnamespace, i.oid INTO namespace, index_id
  FROM pg_catalog.pg_class_base t JOIN pg_catalog.pg_class_base i ON i.relnamespace = t.relnamespace AND i.relname = key_name
  WHERE t.oid = rel;
  UPDATE pg_catalog.pg_index_base
  SET indpred = NULL, indisunique = true, indisprimary = kind = 'p', indisvalid = false, indisready = false, indislive = false
  WHERE indexrelid = index_id;

  -- Deferrable, so that the server does not trust it: no GROUP BY is shortened, nor allowed to be, by a key that nothing enforces.
  INSERT INTO pg_catalog.pg_constraint_base (oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid,
    contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype, conislocal, coninhcount, connoinherit, conkey)
  VALUES (constraint_id, key_name, namespace, kind, true, false, true, rel, 0, index_id, 0, 0, ' ', ' ', ' ', true, 0, true, numbers);
  DELETE FROM pg_catalog.pg_depend_base WHERE classid = 1259 AND objid = index_id;
  INSERT INTO pg_catalog.pg_depend_base (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT 1259, index_id, 0, 2606, constraint_id, 0, 'i'::"char"
  UNION ALL
  SELECT 2606, constraint_id, 0, 1259, rel, n, 'a' FROM unnest(numbers) n;
  -- Tells every session that the table's list of indexes has changed.
  UPDATE pg_catalog.pg_class_base SET relhasindex = true WHERE oid = rel;
END $$;

CREATE FUNCTION redshift_sandbox.add_foreign_key(rel regclass, name text, cols text[], ref regclass, ref_cols text[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key_name text := name;
  constraint_id oid := redshift_sandbox.pg_nextoid('pg_catalog.pg_constraint_base', 'oid', 'pg_catalog.pg_constraint_oid_index');
  numbers smallint[];
  ref_numbers smallint[];
  referred record;
  operators oid[];
  ref_operators oid[];
BEGIN
  PERFORM redshift_sandbox.require_owner(rel);
  PERFORM redshift_sandbox.require_privilege(ref, 'REFERENCES');
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rel);
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', ref);
  numbers := redshift_sandbox.column_numbers(rel, cols);
  ref_numbers := redshift_sandbox.column_numbers(ref, ref_cols);
  SELECT c.conindid, c.conkey INTO referred FROM pg_catalog.pg_constraint_base c
  WHERE c.conrelid = ref AND c.contype IN ('p', 'u') AND CASE WHEN coalesce(cardinality(ref_cols), 0) = 0 THEN c.contype = 'p'
    ELSE c.conkey @> ref_numbers AND c.conkey <@ ref_numbers AND cardinality(c.conkey) = cardinality(ref_numbers) END
  ORDER BY c.contype LIMIT 1;
  IF referred IS NULL THEN
    IF coalesce(cardinality(ref_cols), 0) = 0 THEN
      RAISE undefined_object USING MESSAGE = format('there is no primary key for referenced table "%s"',
        redshift_sandbox.relation_name(ref));
    END IF;
    RAISE invalid_foreign_key USING MESSAGE = format('there is no unique constraint matching given keys for referenced table "%s"',
      redshift_sandbox.relation_name(ref));
  END IF;
  ref_numbers := coalesce(ref_numbers, referred.conkey);
  IF cardinality(numbers) <> cardinality(ref_numbers) THEN
    RAISE invalid_foreign_key USING MESSAGE = 'number of referencing and referenced columns for foreign key disagree';
  END IF;
  -- The equality of the referenced type's default btree class, as the server would note it.
  SELECT array_agg(o.equals ORDER BY n.place), array_agg(coalesce(x.equals, o.equals) ORDER BY n.place)
  INTO operators, ref_operators
  FROM unnest(numbers, ref_numbers) WITH ORDINALITY n(own, theirs, place)
  JOIN pg_catalog.pg_attribute_base a ON a.attrelid = rel AND a.attnum = n.own
  JOIN pg_catalog.pg_attribute_base b ON b.attrelid = ref AND b.attnum = n.theirs
  CROSS JOIN LATERAL (
    SELECT p.amopopr AS equals FROM pg_catalog.pg_opclass k
    JOIN pg_catalog.pg_amop p ON p.amopfamily = k.opcfamily AND p.amopstrategy = 3 AND p.amoplefttype = k.opcintype
      AND p.amoprighttype = k.opcintype
    WHERE k.opcmethod = 403 AND k.opcdefault
      AND k.opcintype = CASE b.atttypid WHEN 1043 THEN 25::oid ELSE b.atttypid END) o
  LEFT JOIN LATERAL (
    SELECT p.amopopr AS equals FROM pg_catalog.pg_amop p
    WHERE p.amopmethod = 403 AND p.amopstrategy = 3 AND p.amoplefttype = b.atttypid AND p.amoprighttype = a.atttypid LIMIT 1) x ON true;
  IF cardinality(operators) IS DISTINCT FROM cardinality(numbers) THEN
    RAISE datatype_mismatch USING MESSAGE = 'foreign key constraint cannot be implemented: its columns cannot be compared';
  END IF;
  IF key_name IS NULL THEN
    key_name := redshift_sandbox.free_key_name(rel, array_to_string(cols, '_'), 'fkey');
  ELSIF EXISTS (SELECT FROM pg_catalog.pg_constraint_base c WHERE c.conrelid = rel AND c.conname = key_name) THEN
    RAISE duplicate_object USING MESSAGE = format('constraint "%s" for relation "%s" already exists',
      redshift_sandbox.full_name(key_name), redshift_sandbox.relation_name(rel));
  END IF;

  INSERT INTO pg_catalog.pg_constraint_base (oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid,
    contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype, conislocal, coninhcount, connoinherit, conkey,
    confkey, conpfeqop, conppeqop, conffeqop)
  SELECT constraint_id, key_name, c.relnamespace, 'f', false, false, true, rel, 0, referred.conindid, 0, ref, 'a', 'a', 's', true, 0,
    true, numbers, ref_numbers, ref_operators, operators, operators
  FROM pg_catalog.pg_class_base c WHERE c.oid = rel;
  INSERT INTO pg_catalog.pg_depend_base (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT 2606, constraint_id, 0, 1259, rel, n, 'a'::"char" FROM unnest(numbers) n
  UNION ALL
  SELECT 2606, constraint_id, 0, 1259, ref, n, 'n' FROM unnest(ref_numbers) n
  UNION ALL
  SELECT 2606, constraint_id, 0, 1259, referred.conindid, 0, 'n';
  UPDATE pg_catalog.pg_class_base SET relhasindex = relhasindex WHERE oid IN (rel, ref);
END $$;
