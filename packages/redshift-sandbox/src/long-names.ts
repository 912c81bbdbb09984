import type { Services } from "./services.ts";

/**
 * The names of 64 to 127 bytes that a sandbox has met, by the short form that PostgreSQL has. In memory for what the wire sends,
 * and in each database's `redshift_sandbox.long_name` for what its catalogs show.
 */
export class LongNames {
  readonly #full = new Map<string, string>();
  readonly #saved = new Map<string, Set<string>>();
  /** What is being written now, by database. */
  readonly #writing = new Map<string, Promise<void>>();
  readonly #adminQuery: Services["adminQuery"];

  constructor(adminQuery: Services["adminQuery"]) {
    this.#adminQuery = adminQuery;
  }

  /** Remembers a pair. */
  add(short: string, full: string): void {
    this.#full.set(short, full);
  }

  /** Reads what an earlier run of the same data directory has met. */
  async load(): Promise<void> {
    const databases = await this.#adminQuery(
      "template1",
      "SELECT datname FROM pg_catalog.pg_database WHERE datname <> 'template1'",
    );
    for (const { datname } of databases) {
      const rows = await this.#adminQuery(
        String(datname),
        "SELECT short_name, full_name FROM redshift_sandbox.long_name",
      );
      for (const row of rows) this.add(String(row["short_name"]), String(row["full_name"]));
    }
  }

  /** Puts the full names back into what PostgreSQL says. */
  restore(text: string): string {
    if (!text.includes("…")) return text;
    let restored = text;
    for (const [short, full] of this.#full) restored = restored.replaceAll(short, () => full);
    return restored;
  }

  /**
   * Writes to a database's catalog the names that it does not have, outside any client's transaction, so that a rollback does not
   * take them away. Undefined when all of them are there.
   */
  save(database: string): Promise<void> | undefined {
    const saved = this.#saved.get(database) ?? new Set();
    const missing = [...this.#full].filter(([short]) => !saved.has(short));
    const earlier = this.#writing.get(database);
    if (missing.length === 0) return earlier;
    this.#saved.set(database, saved);
    for (const [short] of missing) saved.add(short);
    const own = this.#write(database, missing).catch((error: unknown) => {
      for (const [short] of missing) saved.delete(short);
      throw error;
    });
    const both = Promise.all([earlier, own]).then(() => undefined);
    this.#writing.set(database, both);
    const done = (): void => {
      if (this.#writing.get(database) === both) this.#writing.delete(database);
    };
    both.then(done, done);
    return both;
  }

  /** Databases were dropped: what they held has to be written again. */
  forgetSaved(): void {
    this.#saved.clear();
  }

  async #write(database: string, pairs: readonly (readonly [string, string])[]): Promise<void> {
    const [shorts, fulls] = [pairs.map(([short]) => short), pairs.map(([, full]) => full)];
    await this.#adminQuery(
      database,
      "SELECT redshift_sandbox.remember_name(p.short, p.full_name) FROM unnest($1::text[], $2::text[]) AS p(short, full_name)",
      [shorts, fulls],
    );
  }
}
