import type { Grant, ObjectGrant, SchemaPrivilege } from "./acl.ts";
import type { RelationInput } from "./relation-name.ts";
import type { Diststyle, FindOptions } from "./tables.ts";
import type { ViewKind } from "./views.ts";

/** A column of a table or view. */
export interface CatalogColumn {
  readonly name: string;
  /** As the catalog writes it: `character varying(256)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** The server's own text; null for none and for an identity. */
  readonly default: string | null;
  /** Seed and step as text, because they may be larger than JavaScript's numbers. */
  readonly identity: {
    readonly kind: "always" | "by default";
    readonly seed: string;
    readonly step: string;
  } | null;
  /** In the catalog's spelling: `none` is RAW. */
  readonly encoding: string;
  readonly distkey: boolean;
  /** Position in the sort key from 1, or 0. */
  readonly sortkeyPosition: number;
  readonly interleaved: boolean;
  readonly comment: string | null;
}

/** A primary or unique key. Informational, never enforced. */
export interface CatalogKey {
  readonly kind: "primary key" | "unique";
  readonly name: string;
  readonly columns: readonly string[];
  readonly comment: string | null;
}

/** A foreign key. Informational, never enforced. */
export interface CatalogForeignKey {
  readonly name: string;
  readonly table: CatalogName;
  readonly columns: readonly string[];
  readonly references: CatalogName;
  readonly referencedColumns: readonly string[];
  readonly comment: string | null;
}

/** A table's or view's name. */
export interface CatalogName {
  readonly schema: string;
  readonly name: string;
}

/** What tables and views have in common. */
export interface CatalogRelation extends CatalogName {
  readonly id: number;
  /** Null when the owner has been dropped. */
  readonly owner: string | null;
  readonly columns: readonly CatalogColumn[];
  readonly comment: string | null;
  /** The owner's own are among them only where the catalog holds them. */
  readonly grants: readonly Grant[];
}

/** A table. */
export interface CatalogTable extends CatalogRelation {
  readonly kind: "table";
  readonly diststyle: Diststyle;
  /** `unknown` where SVV_TABLE_INFO does not tell, as of an empty table. */
  readonly sortkeyAuto: boolean | "unknown";
  readonly encodeAuto: boolean | "unknown";
  /** In blocks of 1 MB; null where it cannot be read. */
  readonly megabytes: number | null;
  readonly keys: readonly CatalogKey[];
  readonly foreignKeys: readonly CatalogForeignKey[];
  /** Foreign keys of other tables that point here. */
  readonly referencedBy: readonly CatalogForeignKey[];
}

/** A view. A late-binding one has no columns here: the catalog does not hold them. */
export interface CatalogView extends CatalogRelation {
  readonly kind: ViewKind;
  /** The server's own text, unchanged. */
  readonly text: string;
}

/** A schema. */
export interface CatalogSchema {
  readonly name: string;
  readonly owner: string | null;
  readonly grants: readonly ObjectGrant<SchemaPrivilege>[];
}

/**
 * A database as it was when it was read: every schema, table, column, key, comment, view, owner and privilege, but the
 * server's own. It never changes and has a JSON form; `refresh()` reads again.
 */
export interface Catalog {
  readonly database: string;
  /** When it was read, in ISO 8601. */
  readonly readAt: string;
  /** Whether the session could see everything that the server's catalogs show to a superuser. */
  readonly complete: boolean;
  /**
   * What may be missing, as sentences: what this user could not see, and what nobody can, such as the AUTO flags of an empty
   * table. With `complete` it is the latter alone.
   */
  readonly missing: readonly string[];
  /** In name order, as everything here. */
  readonly schemas: readonly CatalogSchema[];
  readonly tables: readonly CatalogTable[];
  readonly views: readonly CatalogView[];
  /**
   * Finds a table or view without asking the server; null when it was not there. A name without a schema is looked for in
   * `options.schema`, by default in the session's current schema as it was.
   * @throws OptionsError for what is no name
   */
  find(relation: RelationInput, options?: FindOptions): CatalogTable | CatalogView | null;
  /** Reads the database again, into a new catalog, which `redshift.catalog` then is as well. */
  refresh(): Promise<Catalog>;
}
