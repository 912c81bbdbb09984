import type { Session } from "../session.ts";
import { splitStatements } from "../sql/lexer.ts";
import { statementKind } from "../sql/statement-kind.ts";
import type { Catalog } from "./catalog.ts";
import { DatabaseCatalog } from "./database-catalog.ts";
import { readDatabaseFacts } from "./database-facts.ts";
import { parseRelation, type RelationInput } from "./relation-name.ts";
import { readCurrentSchema } from "./session-user.ts";
import type { TableFacts } from "./table-facts.ts";
import type { FindOptions } from "./tables.ts";
import type { ViewFacts } from "./view-facts.ts";

/** Keeps the catalog that was read last, until something is executed that may have changed it. */
export class CatalogCache {
  readonly #withSession: <T>(work: (session: Session) => Promise<T>) => Promise<T>;
  #reading: Promise<Catalog> | undefined;
  #current: DatabaseCatalog | undefined;
  #isFresh = false;

  constructor(withSession: <T>(work: (session: Session) => Promise<T>) => Promise<T>) {
    this.#withSession = withSession;
  }

  /** The catalog that was read last, though it may be out of date; undefined before the first reading. */
  get current(): Catalog | undefined {
    return this.#current;
  }

  /** The same, unless something was executed since that may have changed it. */
  get fresh(): DatabaseCatalog | undefined {
    return this.#isFresh ? this.#current : undefined;
  }

  /** The fresh one, else one that is read now; calls made meanwhile share the reading. */
  get(): Promise<Catalog> {
    return this.fresh === undefined ? (this.#reading ?? this.refresh()) : Promise.resolve(this.fresh);
  }

  /** Reads again. A reading that fails is not kept. */
  refresh(): Promise<Catalog> {
    const reading = this.#withSession(async (session) => {
      // While this has the session, nothing else of the same object runs.
      this.#current = new DatabaseCatalog(await readDatabaseFacts(session), new Date(), () => this.refresh());
      this.#isFresh = true;
      return this.#current;
    });
    this.#reading = reading;
    const done = (): void => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    reading.then(done, done);
    return reading;
  }

  /** A session that tells the cache of statements that do more than read. */
  watch(session: Session): Session {
    return {
      query: (text, values, options) => {
        if (this.#isFresh && !onlyReads(text)) this.#isFresh = false;
        return session.query(text, values, options);
      },
    };
  }

  /**
   * The facts of a table or view from the fresh catalog; null when there is none, or the relation is not in it, which it may
   * have come after.
   */
  async facts(
    session: Session,
    relation: RelationInput,
    { schema }: FindOptions,
  ): Promise<TableFacts | ViewFacts | null> {
    const { fresh } = this;
    if (fresh === undefined) return null;
    const named = parseRelation(relation, schema).schema !== undefined;
    return fresh.facts(relation, { schema: named ? schema : await readCurrentSchema(session) });
  }
}

/** BEGIN and COMMIT change nothing by themselves. */
function onlyReads(text: string): boolean {
  return splitStatements(text, "The statement").every((statement) => {
    const { reads, control } = statementKind(statement);
    return reads || control !== undefined;
  });
}
