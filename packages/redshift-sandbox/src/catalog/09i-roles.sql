-- Roles (RBAC): server roles named `role/NAME` that may not log in. Who owns one, its external id and its system permissions ride in its
-- comment, as a user's options do. Memberships are all granted by rdsdb, so that no user has to stay for them.

CREATE FUNCTION redshift_sandbox.is_rbac_role(role_name text) RETURNS boolean
  LANGUAGE sql IMMUTABLE
  RETURN left(role_name, 5) = 'role/';

CREATE FUNCTION redshift_sandbox.rbac_name(role_name text) RETURNS text
  LANGUAGE sql STABLE
  RETURN substr(redshift_sandbox.full_name(role_name), 6);

CREATE VIEW redshift_sandbox.rbac_role AS
SELECT r.oid AS role_id, redshift_sandbox.rbac_name(r.rolname::text) AS role_name, (d.options ->> 'owner')::oid AS owner_id,
  d.options ->> 'external_id' AS external_id, d.options -> 'system' AS system_privileges
FROM pg_catalog.pg_authid r
CROSS JOIN LATERAL (SELECT coalesce((SELECT redshift_sandbox.document(c.description) FROM pg_catalog.pg_shdescription c
  WHERE c.classoid = 1260 AND c.objoid = r.oid), '{}') AS options) d
WHERE redshift_sandbox.is_rbac_role(r.rolname::text);

-- Who has a role or is in a group, over other roles too. pg_has_role would say that a superuser has every one.
CREATE FUNCTION redshift_sandbox.is_member(member oid, role oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    WITH RECURSIVE held AS (
      SELECT m.roleid FROM pg_catalog.pg_auth_members m WHERE m.member = $1
      UNION
      SELECT m.roleid FROM held h JOIN pg_catalog.pg_auth_members m ON m.member = h.roleid
    )
    SELECT EXISTS (SELECT FROM held h WHERE h.roleid = $2);
  END;

CREATE FUNCTION redshift_sandbox.session_has_role(role text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN EXISTS (SELECT FROM redshift_sandbox.rbac_role r
    WHERE r.role_name = role AND redshift_sandbox.is_member(redshift_sandbox.user_number()::oid, r.role_id));

CREATE FUNCTION redshift_sandbox.session_has_system_privilege(privilege text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_is_superuser() OR EXISTS (SELECT FROM redshift_sandbox.rbac_role r
    WHERE r.system_privileges ? privilege AND redshift_sandbox.is_member(redshift_sandbox.user_number()::oid, r.role_id));

-- Owners, those who have the role WITH ADMIN OPTION, superusers; security administrators may grant roles (facts.md 1.2).
CREATE FUNCTION redshift_sandbox.session_administers(role oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.session_is_superuser()
    OR EXISTS (SELECT FROM redshift_sandbox.rbac_role r WHERE r.role_id = role AND r.owner_id = redshift_sandbox.user_number()::oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m
      WHERE m.roleid = role AND m.member = redshift_sandbox.user_number()::oid AND m.admin_option);

-- Identities that a session may see: itself, everyone, groups it is in, roles that it has or owns.
CREATE FUNCTION redshift_sandbox.session_sees_identity(identity oid) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN identity = 0 OR identity = redshift_sandbox.user_number()::oid
    OR redshift_sandbox.is_member(redshift_sandbox.user_number()::oid, identity)
    OR EXISTS (SELECT FROM redshift_sandbox.rbac_role r WHERE r.role_id = identity AND r.owner_id = redshift_sandbox.user_number()::oid);

-- Users, groups, roles and PUBLIC, as the SVV views name them.
CREATE FUNCTION redshift_sandbox.identity_type(role oid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN role = 0 THEN 'public' ELSE coalesce((
    SELECT CASE split_part(r.rolname::text, '/', 1) WHEN r.rolname::text THEN 'user' WHEN 'group' THEN 'group' ELSE 'role' END
    FROM pg_catalog.pg_authid r WHERE r.oid = role), 'user') END;
CREATE FUNCTION redshift_sandbox.identity_name(role oid) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN role = 0 THEN 'public' ELSE (
    SELECT regexp_replace(redshift_sandbox.full_name(r.rolname::text), '^(group|role)/', '')
    FROM pg_catalog.pg_authid r WHERE r.oid = role) END;

-- What statements call; messages say `role "role/NAME"`, which role-words.ts puts right ---------------------------------------------------------

-- `role` is the name that the server knows it by.
CREATE FUNCTION redshift_sandbox.role_number(role text) RETURNS oid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_role oid;
BEGIN
  SELECT r.oid INTO found_role FROM pg_catalog.pg_authid r WHERE r.rolname = role;
  IF found_role IS NULL THEN
    RAISE undefined_object USING MESSAGE = CASE WHEN redshift_sandbox.is_rbac_role(role)
      THEN format('role "%s" does not exist', redshift_sandbox.full_name(role))
      ELSE format('user "%s" does not exist', redshift_sandbox.full_name(role)) END;
  END IF;
  RETURN found_role;
END $$;

-- No user and no group is made, changed or granted by what follows.
CREATE FUNCTION redshift_sandbox.require_rbac_role(role text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF NOT redshift_sandbox.is_rbac_role(role) THEN
    RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', role);
  END IF;
END $$;

-- The number of a role that the session may change.
CREATE FUNCTION redshift_sandbox.administered_role(role text) RETURNS oid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number oid := redshift_sandbox.role_number(role);
BEGIN
  PERFORM redshift_sandbox.require_rbac_role(role);
  IF role LIKE 'role/sys:%' THEN
    RAISE insufficient_privilege USING MESSAGE = format('cannot change the system-defined role "%s"', redshift_sandbox.full_name(role));
  ELSIF NOT redshift_sandbox.session_administers(number) THEN
    RAISE insufficient_privilege USING MESSAGE = format('must be owner of role "%s" or have it with admin option', redshift_sandbox.full_name(role));
  END IF;
  RETURN number;
END $$;

CREATE FUNCTION redshift_sandbox.set_role_option(role text, option text, value jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number oid := redshift_sandbox.role_number(role);
BEGIN
  EXECUTE format('COMMENT ON ROLE %I IS %L', role, jsonb_strip_nulls(jsonb_concat(
    coalesce((SELECT redshift_sandbox.document(d.description) FROM pg_catalog.pg_shdescription d WHERE d.classoid = 1260 AND d.objoid = number), '{}'),
    jsonb_build_object(option, value))));
END $$;
REVOKE ALL ON FUNCTION redshift_sandbox.set_role_option(text, text, jsonb) FROM PUBLIC;

-- A role and a user have no name in common (facts.md 1.2).
CREATE FUNCTION redshift_sandbox.check_new_role(role text) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_rbac_role(role);
  IF EXISTS (SELECT FROM pg_catalog.pg_user u WHERE u.usename = redshift_sandbox.rbac_name(role)) THEN
    RAISE duplicate_object USING MESSAGE = format('role "%s" cannot be made: a user has that name', redshift_sandbox.full_name(role));
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.create_role(role text, external_id text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT redshift_sandbox.session_has_system_privilege('CREATE ROLE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for CREATE ROLE';
  END IF;
  PERFORM redshift_sandbox.check_new_role(role);
  EXECUTE format('CREATE ROLE %I NOLOGIN', role);
  PERFORM redshift_sandbox.set_role_option(role, 'owner', to_jsonb(redshift_sandbox.user_number()));
  PERFORM redshift_sandbox.set_role_option(role, 'external_id', to_jsonb(external_id));
END $$;

CREATE FUNCTION redshift_sandbox.rename_role(role text, renamed text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.administered_role(role);
  PERFORM redshift_sandbox.check_new_role(renamed);
  EXECUTE format('ALTER ROLE %I RENAME TO %I', role, renamed);
END $$;

CREATE FUNCTION redshift_sandbox.set_role_owner(role text, owner text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.administered_role(role);
  PERFORM redshift_sandbox.set_role_option(role, 'owner', to_jsonb(redshift_sandbox.role_number(owner)::integer));
END $$;

CREATE FUNCTION redshift_sandbox.set_role_external_id(role text, external_id text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.administered_role(role);
  PERFORM redshift_sandbox.set_role_option(role, 'external_id', to_jsonb(external_id));
END $$;

-- AWS says nothing of a role that holds privileges: here RESTRICT refuses and FORCE takes them away.
CREATE FUNCTION redshift_sandbox.drop_role(role text, force boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  number oid := redshift_sandbox.administered_role(role);
BEGIN
  PERFORM redshift_sandbox.detach_policies_of(number);
  IF force THEN
    EXECUTE format('DROP OWNED BY %I', role);
  ELSIF EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_user u ON u.usesysid = m.member::integer
    WHERE m.roleid = number) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = 'cannot drop this role since it has been granted on a user';
  ELSIF EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = number OR m.member = number) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = 'cannot drop this role since it depends on another role';
  ELSIF EXISTS (SELECT FROM pg_catalog.pg_shdepend d WHERE d.refclassid = 1260 AND d.refobjid = number) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = 'cannot drop this role since it has privileges on some object';
  END IF;
  EXECUTE format('DROP ROLE %I', role);
END $$;

CREATE FUNCTION redshift_sandbox.require_role_granter(role text) RETURNS oid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number oid := redshift_sandbox.role_number(role);
BEGIN
  PERFORM redshift_sandbox.require_rbac_role(role);
  IF NOT redshift_sandbox.session_administers(number) AND NOT redshift_sandbox.session_has_role('sys:secadmin') THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied to grant or revoke role "%s"', redshift_sandbox.full_name(role));
  END IF;
  RETURN number;
END $$;

CREATE FUNCTION redshift_sandbox.grant_role(role text, grantee text, admin boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
  number oid := redshift_sandbox.require_role_granter(role);
  holder oid := redshift_sandbox.role_number(grantee);
BEGIN
  IF number = holder OR redshift_sandbox.is_member(number, holder) THEN
    RAISE invalid_grant_operation
      USING MESSAGE = 'cannot grant this role, a circular dependency was detected between these roles';
  END IF;
  EXECUTE format('GRANT %I TO %I%s', role, grantee, CASE WHEN admin THEN ' WITH ADMIN OPTION' ELSE '' END);
END $$;

CREATE FUNCTION redshift_sandbox.revoke_role(role text, grantee text, admin_only boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
  PERFORM redshift_sandbox.require_role_granter(role), redshift_sandbox.role_number(grantee);
  EXECUTE format('REVOKE %s %I FROM %I', CASE WHEN admin_only THEN 'ADMIN OPTION FOR' ELSE '' END, role, grantee);
END $$;

CREATE FUNCTION redshift_sandbox.require_system_granter(role text) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_rbac_role(role);
  IF NOT redshift_sandbox.session_is_superuser() AND NOT redshift_sandbox.session_has_role('sys:secadmin') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied to grant or revoke system permissions';
  ELSIF role LIKE 'role/sys:%' THEN
    RAISE insufficient_privilege USING MESSAGE = format('cannot change the system-defined role "%s"', redshift_sandbox.full_name(role));
  END IF;
END $$;

CREATE FUNCTION redshift_sandbox.held_system_privileges(role text) RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN ARRAY(SELECT p FROM redshift_sandbox.rbac_role r CROSS JOIN LATERAL jsonb_array_elements_text(r.system_privileges) p
    WHERE r.role_id = redshift_sandbox.role_number(role));

CREATE FUNCTION redshift_sandbox.grant_system_privileges(role text, privileges text[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_system_granter(role);
  PERFORM redshift_sandbox.set_role_option(role, 'system', to_jsonb(ARRAY(
    SELECT unnest(redshift_sandbox.held_system_privileges(role)) UNION SELECT unnest(privileges) ORDER BY 1)));
END $$;

CREATE FUNCTION redshift_sandbox.revoke_system_privileges(role text, privileges text[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM redshift_sandbox.require_system_granter(role);
  PERFORM redshift_sandbox.set_role_option(role, 'system', to_jsonb(ARRAY(
    SELECT unnest(redshift_sandbox.held_system_privileges(role)) EXCEPT SELECT unnest(privileges) ORDER BY 1)));
END $$;

-- DROP USER is refused to owners of roles, as to owners of anything else.
CREATE FUNCTION redshift_sandbox.require_owns_no_role(usr text) RETURNS void
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM redshift_sandbox.rbac_role r JOIN pg_catalog.pg_authid u ON u.oid = r.owner_id WHERE u.rolname = usr) THEN
    RAISE object_in_use USING MESSAGE = format('user "%s" can''t be dropped because the user owns some object', redshift_sandbox.full_name(usr));
  END IF;
END $$;

-- Questions -----------------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION redshift_sandbox.visible_identity(name text, kinds text[]) RETURNS oid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_role oid;
BEGIN
  SELECT r.oid INTO found_role FROM pg_catalog.pg_authid r
  WHERE redshift_sandbox.full_name(r.rolname::text) = ANY (ARRAY(SELECT k || name FROM unnest(kinds) k))
  ORDER BY r.rolname DESC LIMIT 1; -- a role before a group of the same name
  IF found_role IS NULL OR NOT (redshift_sandbox.session_sees_all() OR redshift_sandbox.session_sees_identity(found_role)) THEN
    RAISE undefined_object USING MESSAGE = format('"%s" does not exist, or the current user has no access to it', name);
  END IF;
  RETURN found_role;
END $$;

-- Security administrators may ask about every user (USER_IS_MEMBER_OF in the manual).
CREATE FUNCTION pg_catalog.user_is_member_of(user_name text, role_name text) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF redshift_sandbox.session_has_role('sys:secadmin') OR redshift_sandbox.session_has_role('sys:superuser') THEN
    RETURN EXISTS (SELECT FROM pg_catalog.pg_authid u, pg_catalog.pg_authid r WHERE redshift_sandbox.full_name(u.rolname::text) = $1
      AND redshift_sandbox.full_name(r.rolname::text) IN ('role/' || $2, 'group/' || $2) AND redshift_sandbox.is_member(u.oid, r.oid));
  END IF;
  RETURN redshift_sandbox.is_member(redshift_sandbox.visible_identity($1, ARRAY['']),
    redshift_sandbox.visible_identity($2, ARRAY['role/', 'group/']));
END $$;

CREATE FUNCTION pg_catalog.role_is_member_of(role_name text, granted_role_name text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN redshift_sandbox.is_member(redshift_sandbox.visible_identity($1, ARRAY['role/']),
    redshift_sandbox.visible_identity($2, ARRAY['role/']));
