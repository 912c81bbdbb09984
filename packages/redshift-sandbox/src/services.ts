import type { Faults } from "./faults.ts";
import type { ObjectStore } from "./s3/store.ts";
import type { Edition } from "./sql/plan.ts";
import type { Switches } from "./switches.ts";

/** What a running sandbox offers to the statements that reach outside PostgreSQL: one object, handed down from sandbox.ts. */
export interface Services {
  readonly edition: Edition;
  readonly switches: Switches;
  readonly region: string;
  readonly store: ObjectStore;
  readonly faults: Faults;
  /** The key pair of the sandbox's environment; any other is refused as S3 refuses. */
  readonly accessKey: { readonly id: string; readonly secret: string; readonly sessionToken?: string };
  /** Roles that COPY and UNLOAD may assume; the first is `default`. */
  readonly iamRoles: readonly string[];
  /** A statement as the administrator (`rdsdb`) on its own connection to the given database: survives the client's rollback. */
  adminQuery(
    database: string,
    sql: string,
    values?: readonly unknown[],
  ): Promise<readonly Record<string, unknown>[]>;
}
