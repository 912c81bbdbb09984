import type { BackendConnection } from "./backend-connection.ts";

/** What reads the values: pg_last_copy_id() and its like. */
const readers = /pg_last_/i;

/**
 * The values that statements leave behind for `pg_last_copy_id()` and its like. They live here, because a setting would be undone by ROLLBACK
 * and the load it tells of was not; they are set just before a statement that reads them.
 */
export class SessionValues {
  readonly state: Map<string, string> = new Map<string, string>();

  /** Whether `apply` must come before this statement. */
  wanted(statement: string): boolean {
    return this.state.size > 0 && readers.test(statement);
  }

  async apply(backend: BackendConnection): Promise<void> {
    if (this.state.size === 0 || backend.state === "E") return;
    const calls = [...this.state].map(
      ([name, value]) => `pg_catalog.set_config(${literal(settingName(name))}, ${literal(value)}, false)`,
    );
    await backend.query(`SELECT ${calls.join(", ")}`);
  }
}

function settingName(name: string): string {
  return name.includes(".") ? name : `redshift.${name}`;
}

function literal(value: string): string {
  return `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
