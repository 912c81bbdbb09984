import type { Catalog, Redshift } from "../../index.ts";

/** Columns by `table` and by `schema.table`: the names of a database, for completion. */
export type CatalogNames = ReadonlyMap<string, readonly string[]>;

/** How long a Tab may take. */
const patienceMs = 3000;

/** Reads the names of a database from its catalog, which is kept until a statement may have changed it. */
export class NameReader {
  #reading = 0;

  /** Is a read under way: what the connection tells meanwhile is not for the screen. */
  get isReading(): boolean {
    return this.#reading > 0;
  }

  /** The names; where they cannot be read in time those of the last time, or none: a Tab never fails. */
  async names(redshift: Redshift): Promise<CatalogNames> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    const catalog = (await Promise.race([this.#read(redshift), late])) ?? redshift.lastCatalog;
    clearTimeout(timer);
    return catalog === undefined ? new Map() : namesOf(catalog);
  }

  async #read(redshift: Redshift): Promise<Catalog | undefined> {
    this.#reading += 1;
    try {
      return await redshift.catalog;
    } catch {
      // The next statement says what is wrong with the connection.
      return undefined;
    } finally {
      this.#reading -= 1;
    }
  }
}

function namesOf(catalog: Catalog): CatalogNames {
  const names = new Map<string, readonly string[]>();
  for (const relation of [...catalog.tables, ...catalog.views]) {
    const columns = relation.columns.map(({ name }) => name);
    names.set(`${relation.schema}.${relation.name}`, columns);
    // Without its schema a name means one of the session's current schema.
    if (catalog.find({ name: relation.name })?.id === relation.id) names.set(relation.name, columns);
  }
  return names;
}
