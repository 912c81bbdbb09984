import { SqlError } from "../../errors.ts";
import { quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { script, virtual } from "../statements.ts";
import { dropRole } from "./user.ts";

/** `CREATE GROUP g [[WITH] USER a, b]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_GROUP.html */
export function createGroup(reader: Reader): Plan {
  reader.expect("create", "group");
  const group = readNewGroup(reader);
  reader.accept("with");
  const users = reader.accept("user") ? readUsers(reader) : [];
  reader.end();
  return script("CREATE GROUP", [
    `CREATE ROLE ${group} NOLOGIN${users.length === 0 ? "" : ` ROLE ${users.join(", ")}`}`,
  ]);
}

/** `ALTER GROUP g { ADD USER | DROP USER | RENAME TO }`: one change a statement. */
export function alterGroup(reader: Reader): Plan {
  reader.expect("alter", "group");
  const group = quoted(reader.names.groupRole(reader.groupName()));
  if (reader.accept("add", "user")) {
    const users = readUsers(reader);
    reader.end();
    return script("ALTER GROUP", [`GRANT ${group} TO ${users.join(", ")}`]);
  }
  if (reader.accept("drop", "user")) {
    const users = readUsers(reader);
    reader.end();
    return script("ALTER GROUP", [`REVOKE ${group} FROM ${users.join(", ")}`]);
  }
  reader.expect("rename", "to");
  const renamed = readNewGroup(reader);
  reader.end();
  return script("ALTER GROUP", [`ALTER ROLE ${group} RENAME TO ${renamed}`]);
}

/** `DROP GROUP g`: one, without IF EXISTS or CASCADE. */
export function dropGroup(reader: Reader): Plan {
  reader.expect("drop", "group");
  const name = reader.groupName();
  const role = reader.names.groupRole(name);
  reader.end();
  return virtual("DROP GROUP", (backend) => dropRole(backend, "group", name, role, false));
}

function readNewGroup(reader: Reader): string {
  const name = reader.groupName();
  if (name.startsWith("__")) throw new SqlError("42939", `group name "${name}" is reserved`);
  return quoted(reader.names.groupRole(name));
}

function readUsers(reader: Reader): string[] {
  return reader.list(() => quoted(reader.names.userRole(reader.userName())));
}
