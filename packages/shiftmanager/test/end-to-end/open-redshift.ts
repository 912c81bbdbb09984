import type { Sandbox } from "redshift-sandbox";
import type { RedshiftOptions } from "../../src/index.ts";
import { Redshift } from "../../src/index.ts";

/** A `Redshift` on a sandbox, independent of this process's environment. */
export function openRedshift({ env }: Pick<Sandbox, "env">, options: RedshiftOptions = {}): Redshift {
  return new Redshift({
    host: env.PGHOST,
    port: Number(env.PGPORT),
    database: env.PGDATABASE,
    user: env.PGUSER,
    password: env.PGPASSWORD,
    ssl: "disable",
    ...options,
  });
}
