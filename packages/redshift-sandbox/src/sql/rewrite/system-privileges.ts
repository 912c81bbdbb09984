import { SqlError, notImitated } from "../../errors.ts";
import type { Reader } from "../reader.ts";

/**
 * System permissions, which only roles can hold. ACCESS CATALOG, EXPLAIN MASKING and the
 * two permissions on RLS have statements of their own in the manual and stand in the same list here.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html
 */
const systemPrivileges: readonly string[] = [
  ...["CREATE USER", "DROP USER", "ALTER USER", "CREATE SCHEMA", "DROP SCHEMA", "ALTER DEFAULT PRIVILEGES"],
  ...["CREATE TABLE", "DROP TABLE", "ALTER TABLE", "CREATE OR REPLACE FUNCTION"],
  ...[
    "CREATE OR REPLACE EXTERNAL FUNCTION",
    "DROP FUNCTION",
    "CREATE OR REPLACE PROCEDURE",
    "DROP PROCEDURE",
  ],
  ...["CREATE OR REPLACE VIEW", "DROP VIEW", "CREATE MODEL", "DROP MODEL", "CREATE DATASHARE"],
  ...["ALTER DATASHARE", "DROP DATASHARE", "CREATE LIBRARY", "DROP LIBRARY", "CREATE ROLE", "DROP ROLE"],
  ...["TRUNCATE TABLE", "VACUUM", "ANALYZE", "CANCEL", "ACCESS CATALOG", "ACCESS SYSTEM TABLE"],
  ...["EXPLAIN RLS", "IGNORE RLS", "EXPLAIN MASKING"],
];

const phrases = systemPrivileges.map((name) => ({ name, words: name.toLowerCase().split(" ") }));

/**
 * The system permissions that GRANT and REVOKE name. Nothing is read when they name privileges on an object.
 * @throws SqlError 0LP01 when the grantee is not a role
 */
export function readSystemPrivileges(reader: Reader): readonly string[] | undefined {
  const start = reader.at;
  const names = reader.accept("all") ? systemPrivileges : readNames(reader);
  if (names === systemPrivileges) reader.accept("privileges");
  if (names.length > 0) {
    if (reader.is("to", "role") || reader.is("from", "role")) return names;
    if (reader.is("to") || reader.is("from")) {
      if (names !== systemPrivileges && names.includes("CREATE MODEL"))
        throw notImitated("machine learning models", reader.position());
      throw new SqlError("0LP01", "system permissions can only be granted to roles", {
        position: reader.position(),
      });
    }
  }
  reader.seek(start);
  return undefined;
}

function readNames(reader: Reader): string[] {
  const names = [];
  do {
    const found = phrases.find(({ words }) => reader.is(...words));
    if (found === undefined) break;
    reader.accept(...found.words);
    names.push(found.name);
  } while (reader.acceptMark(","));
  return names;
}
