import { SqlError } from "../errors.ts";

/** Bytes of a name that PostgreSQL keeps. */
const longestName = 63;

/** The role that a user is to PostgreSQL; undefined for those that no client may be. */
export function roleName(user: string, shortName: (full: string) => string): string | undefined {
  return user === "rdsdb" || user.includes("/") ? undefined : postgresName(user, shortName);
}

/** What PostgreSQL calls it; undefined when it would cut the name, and perhaps meet another. */
export function postgresName(name: string, shortName: (full: string) => string): string | undefined {
  try {
    const short = shortName(name);
    return Buffer.byteLength(short) > longestName ? undefined : short;
  } catch (error) {
    // Longer than any name.
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}
