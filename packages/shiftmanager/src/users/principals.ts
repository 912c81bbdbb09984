import type { Grantee } from "../catalog/acl.ts";
import type { PrincipalFacts } from "../catalog/principal-facts.ts";
import type { DatabaseUser } from "../catalog/users.ts";
import type { Statement } from "../sql/statement.ts";
import { createGroup } from "./groups.ts";
import { createRole, grantRole } from "./roles.ts";
import { createUser } from "./create-user.ts";

/** The statements that create users, groups and roles, and what a reviewer should know of them. */
export interface PrincipalDefinitions {
  readonly statements: readonly Statement[];
  readonly notes: readonly string[];
}

/**
 * Writes the users, groups and roles that something names, with the members of these groups and roles, theirs, and so on.
 *
 * Passwords cannot be read: users are created without one. The session's own user is left out: who runs this is taken to be
 * there.
 */
export function principalDefinitions(named: readonly Grantee[], facts: PrincipalFacts): PrincipalDefinitions {
  const wanted = withMembers(named, facts);
  const users = facts.users.found.filter(({ name }) => wanted.users.has(name) && name !== facts.session.name);
  const groups = facts.groups.filter(({ name }) => wanted.groups.has(name));
  const roles = facts.roles.found.filter(({ name }) => wanted.roles.has(name));
  const there = new Set([facts.session.name, ...users.map(({ name }) => name)]);
  return {
    statements: [
      ...users.flatMap(userStatements),
      ...groups.flatMap(
        ({ name, users: members }) =>
          createGroup(name, { users: members.filter((member) => there.has(member)) }).statements,
      ),
      ...roles.map(createRole),
      ...roles.flatMap((role) =>
        grantRole({
          ...role,
          // Who creates a role has it already.
          users: role.users.filter(({ name }) => there.has(name) && name !== facts.session.name),
          roles: role.roles.filter((name) => wanted.roles.has(name)),
        }),
      ),
    ],
    notes: [
      ...(users.length === 0
        ? []
        : [
            "Passwords cannot be read back, so the users are written with PASSWORD DISABLE; give each a password by ALTER USER before " +
              "it has to log in.",
          ]),
      ...users
        .filter(({ superuser }) => superuser)
        .map(
          ({ name }) =>
            `${name} is a superuser, whose password cannot be disabled; it is written without CREATEUSER, so run afterwards ALTER USER ` +
            "with CREATEUSER and a password.",
        ),
      ...(users.length > 0 && facts.users.missing !== undefined ? [facts.users.missing] : []),
      ...(facts.roles.missing === undefined ? [] : [facts.roles.missing]),
    ],
  };
}

function userStatements(user: DatabaseUser): readonly Statement[] {
  const { details } = user;
  return createUser(user.name, null, {
    ...(user.createdb ? { createdb: true } : {}),
    ...(user.validUntil === null ? {} : { validUntil: user.validUntil }),
    parameters: user.parameters,
    ...(details === null || details.connectionLimit === "unlimited"
      ? {}
      : { connectionLimit: details.connectionLimit }),
    ...(details?.syslogAccess === "unrestricted" ? { syslogAccess: "unrestricted" } : {}),
    ...(details === null || details.sessionTimeoutSeconds === null
      ? {}
      : { sessionTimeoutSeconds: details.sessionTimeoutSeconds }),
    ...(details === null || details.externalId === null ? {} : { externalId: details.externalId }),
  }).statements;
}

interface Names {
  readonly users: Set<string>;
  readonly groups: Set<string>;
  readonly roles: Set<string>;
}

function withMembers(named: readonly Grantee[], { groups, roles }: PrincipalFacts): Names {
  const names: Names = { users: new Set(), groups: new Set(), roles: new Set() };
  const membersOf = new Map(groups.map((group) => [group.name, group.users]));
  const holdersOf = new Map(roles.found.map((role) => [role.name, role]));
  const add = (grantee: Grantee): void => {
    if (grantee.kind === "public") return;
    const { kind, name } = grantee;
    const known = kind === "user" ? names.users : kind === "group" ? names.groups : names.roles;
    if (known.has(name)) return;
    known.add(name);
    if (kind === "group") for (const user of membersOf.get(name) ?? []) names.users.add(user);
    if (kind === "role") {
      for (const user of holdersOf.get(name)?.users ?? []) names.users.add(user.name);
      for (const role of holdersOf.get(name)?.roles ?? []) add({ kind, name: role });
    }
  };
  for (const grantee of named) add(grantee);
  return names;
}
