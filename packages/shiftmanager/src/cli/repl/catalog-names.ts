import type { Redshift } from "../../index.ts";

/** Names of a database, for completion. */
export interface CatalogNames {
  /** Columns by `table` and by `schema.table`. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** How long a Tab may take. */
const patienceMs = 3000;

const relations = `
SELECT n.nspname, c.relname, a.attname, n.nspname = current_schema() AS here
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm')
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
  AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname, a.attnum
LIMIT 50000`;

interface Found {
  readonly nspname: string;
  readonly relname: string;
  readonly attname: string;
  readonly here: boolean;
}

/** Reads the names of a database once, until it is told to forget them. */
export class NameReader {
  #known = new Map<Redshift, Promise<CatalogNames>>();
  #reading = 0;

  /** Is a read under way: what the connection tells meanwhile is not for the screen. */
  get isReading(): boolean {
    return this.#reading > 0;
  }

  forget(): void {
    this.#known = new Map();
  }

  /** The names, or none where they cannot be read in time: a Tab never fails. */
  async names(redshift: Redshift): Promise<CatalogNames> {
    let names = this.#known.get(redshift);
    if (names === undefined) this.#known.set(redshift, (names = this.#read(redshift)));
    const none: CatalogNames = { columns: new Map() };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CatalogNames>((resolve) => {
      timer = setTimeout(() => resolve(none), patienceMs);
    });
    try {
      return await Promise.race([names, late]);
    } catch {
      // The next statement says what is wrong with the connection.
      this.#known.delete(redshift);
      return none;
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(redshift: Redshift): Promise<CatalogNames> {
    this.#reading += 1;
    try {
      const [result] = await redshift.execute(relations);
      const columns = new Map<string, string[]>();
      for (const row of (result?.rows ?? []) as unknown as readonly Found[]) {
        const names = [`${row.nspname}.${row.relname}`, ...(row.here ? [row.relname] : [])];
        for (const name of names) {
          const known = columns.get(name);
          if (known === undefined) columns.set(name, [row.attname]);
          else known.push(row.attname);
        }
      }
      return { columns };
    } finally {
      this.#reading -= 1;
    }
  }
}
