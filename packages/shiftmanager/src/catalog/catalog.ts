import type { Grant, ObjectGrant, SchemaPrivilege } from "./acl.ts";
import type { Column } from "./columns.ts";
import type { Comments } from "./comments.ts";
import type { ForeignKey, Key } from "./constraints.ts";
import type { CatalogViewFacts, DatabaseFacts } from "./database-facts.ts";
import { parseRelation, type RelationInput } from "./relation-name.ts";
import type { SchemaFacts } from "./schemas.ts";
import type { TableFacts } from "./table-facts.ts";
import type { Diststyle, FindOptions } from "./tables.ts";
import type { ViewFacts } from "./view-facts.ts";
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
  readonly kind: Key["kind"];
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
export class Catalog {
  readonly database: string;
  /** When it was read, in ISO 8601. */
  readonly readAt: string;
  /** What the session may not have seen, as sentences; empty when it could see everything. */
  readonly missing: readonly string[];
  /** In name order, as everything here. */
  readonly schemas: readonly CatalogSchema[];
  readonly tables: readonly CatalogTable[];
  readonly views: readonly CatalogView[];
  readonly #relations: ReadonlyMap<string, CatalogTable | CatalogView>;
  readonly #facts: ReadonlyMap<string, TableFacts | CatalogViewFacts>;
  readonly #searchPath: readonly string[];
  readonly #refresh: () => Promise<Catalog>;

  /** @internal Made by `CatalogCache`. */
  constructor(facts: DatabaseFacts, readAt: Date, refresh: () => Promise<Catalog>) {
    this.database = facts.session.database;
    this.readAt = readAt.toISOString();
    this.schemas = facts.schemas.map(toSchema);
    this.tables = facts.tables.map(toTable);
    this.views = facts.views.map(toView);
    this.missing = [
      ...new Set(
        [...facts.schemas, ...facts.tables, ...facts.views].flatMap(
          ({ privileges }) => privileges.missing ?? [],
        ),
      ),
    ];
    this.#relations = new Map([...this.tables, ...this.views].map((found) => [nameKey(found), found]));
    this.#facts = new Map([...facts.tables, ...facts.views].map((found) => [nameKey(found.table), found]));
    this.#searchPath = facts.session.searchPath;
    this.#refresh = refresh;
    freeze(this);
  }

  /** Whether the session could see everything. */
  get complete(): boolean {
    return this.missing.length === 0;
  }

  /**
   * Finds a table or view without asking the server; null when it was not there. A name without a schema is looked for in
   * `options.schema`, by default in the session's current schema as it was.
   * @throws OptionsError for what is no name
   */
  find(relation: RelationInput, options: FindOptions = {}): CatalogTable | CatalogView | null {
    return this.#lookUp(this.#relations, relation, options);
  }

  /** Reads the database again, into a new catalog, which `redshift.catalog` then is as well. */
  refresh(): Promise<Catalog> {
    return this.#refresh();
  }

  /** @internal What a definition is built from. */
  facts(relation: RelationInput, options: FindOptions): TableFacts | ViewFacts | null {
    return this.#lookUp(this.#facts, relation, options);
  }

  #lookUp<T>(from: ReadonlyMap<string, T>, relation: RelationInput, { schema }: FindOptions): T | null {
    const spelling = parseRelation(relation, schema);
    for (const schemaName of spelling.schema ?? this.#searchPath.slice(0, 1)) {
      for (const name of spelling.name) {
        const found = from.get(nameKey({ schema: schemaName, name }));
        if (found !== undefined) return found;
      }
    }
    return null;
  }
}

function nameKey({ schema, name }: CatalogName): string {
  return JSON.stringify([schema, name]);
}

function toSchema({ name, owner, privileges }: SchemaFacts): CatalogSchema {
  return { name, owner: owner.name, grants: privileges.found.grants };
}

function toTable(facts: TableFacts): CatalogTable {
  const { table, columns, comments, constraints, design, privileges } = facts;
  const onConstraints = commentTexts(comments.constraints);
  const foreignKey = ({ name, ...key }: ForeignKey, own: boolean): CatalogForeignKey => ({
    name,
    table: { schema: key.table.schema, name: key.table.name },
    columns: key.columns,
    references: { schema: key.references.schema, name: key.references.name },
    referencedColumns: key.referencedColumns,
    comment: own ? (onConstraints.get(name) ?? null) : null,
  });
  return {
    id: table.id,
    schema: table.schema,
    name: table.name,
    kind: "table",
    owner: table.owner.name,
    columns: toColumns(columns, comments),
    comment: comments.table,
    grants: privileges.found.grants,
    diststyle: table.diststyle,
    sortkeyAuto: design.sortkeyAuto,
    encodeAuto: design.encodeAuto,
    megabytes: design.megabytes,
    keys: constraints.keys.map(({ kind, name, columns: on }) => ({
      kind,
      name,
      columns: on,
      comment: onConstraints.get(name) ?? null,
    })),
    foreignKeys: constraints.foreignKeys.map((key) => foreignKey(key, true)),
    referencedBy: constraints.incoming.map((key) => foreignKey(key, false)),
  };
}

function toView({ table, view, columns, comments, privileges }: CatalogViewFacts): CatalogView {
  return {
    id: table.id,
    schema: table.schema,
    name: table.name,
    kind: view.kind,
    owner: table.owner.name,
    columns: toColumns(columns, comments),
    comment: comments.table,
    grants: privileges.found.grants,
    text: view.text,
  };
}

function toColumns(columns: readonly Column[], comments: Comments): readonly CatalogColumn[] {
  const texts = commentTexts(comments.columns);
  return columns.map(({ number: _, identity, ...column }) => ({
    ...column,
    identity:
      identity === null
        ? null
        : { kind: identity.kind, seed: String(identity.seed), step: String(identity.step) },
    comment: texts.get(column.name) ?? null,
  }));
}

function commentTexts(comments: Comments["columns"]): ReadonlyMap<string, string> {
  return new Map(comments.map(({ name, text }) => [name, text]));
}

/** What is frozen already is not looked into again. */
function freeze(value: object): void {
  Object.freeze(value);
  for (const item of Object.values(value) as readonly unknown[]) {
    if (typeof item === "object" && item !== null && !Object.isFrozen(item)) freeze(item);
  }
}
