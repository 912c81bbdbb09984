import { checkArguments } from "../check-arguments.ts";
import { options, relation, text } from "../kinds.ts";
import type {
  Catalog,
  CatalogColumn,
  CatalogForeignKey,
  CatalogName,
  CatalogSchema,
  CatalogTable,
  CatalogView,
} from "./catalog.ts";
import type { Column } from "./columns.ts";
import type { Comments } from "./comments.ts";
import type { ForeignKey } from "./constraints.ts";
import type { CatalogViewFacts, DatabaseFacts } from "./database-facts.ts";
import { parseRelation, type RelationInput } from "./relation-name.ts";
import type { SchemaFacts } from "./schemas.ts";
import type { TableFacts } from "./table-facts.ts";
import type { FindOptions } from "./tables.ts";
import { unreadOf } from "./unread.ts";
import type { ViewFacts } from "./view-facts.ts";

const findSignature = { relation, options: options({ schema: text }) };

/** The catalog as a value, with the facts that definitions are built from. */
export class DatabaseCatalog implements Catalog {
  readonly database: string;
  readonly readAt: string;
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly schemas: readonly CatalogSchema[];
  readonly tables: readonly CatalogTable[];
  readonly views: readonly CatalogView[];
  readonly #relations: ReadonlyMap<string, CatalogTable | CatalogView>;
  readonly #facts: ReadonlyMap<string, TableFacts | CatalogViewFacts>;
  readonly #searchPath: readonly string[];
  readonly #refresh: () => Promise<Catalog>;

  constructor(facts: DatabaseFacts, readAt: Date, refresh: () => Promise<Catalog>) {
    this.database = facts.session.database;
    this.readAt = readAt.toISOString();
    this.schemas = facts.schemas.map(toSchema);
    this.tables = facts.tables.map(toTable);
    this.views = facts.views.map(toView);
    const { hidden, untold } = unreadOf(facts);
    this.complete = hidden.length === 0;
    this.missing = [...hidden, ...untold];
    this.#relations = new Map([...this.tables, ...this.views].map((found) => [nameKey(found), found]));
    this.#facts = new Map([...facts.tables, ...facts.views].map((found) => [nameKey(found.table), found]));
    this.#searchPath = facts.session.searchPath;
    this.#refresh = refresh;
    freeze(this);
  }

  find(relation: RelationInput, options: FindOptions = {}): CatalogTable | CatalogView | null {
    checkArguments("catalog.find", findSignature, { relation, options });
    return this.#lookUp(this.#relations, relation, options);
  }

  refresh(): Promise<Catalog> {
    return this.#refresh();
  }

  /** What a definition is built from; found as by `find`. */
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
