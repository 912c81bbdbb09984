import { checkArguments } from "../check-arguments.ts";
import type { Collation } from "../catalog/collations.ts";
import type { Identity } from "../catalog/columns.ts";
import type { RelationName } from "../catalog/relation-name.ts";
import type { DefinitionFacts } from "../catalog/table-facts.ts";
import type { Diststyle } from "../catalog/tables.ts";
import { createTable, type NewTable, type Sortkey } from "../ddl/create-table.ts";
import { typeName } from "../ddl/type-name.ts";
import { options } from "../kinds.ts";
import { applyOverrides, mergeOverrides, overrideKinds, type TableOverrides } from "./design-overrides.ts";
import { asNewTable } from "./new-table.ts";

/** A column of a reflected table. */
export interface TableColumn {
  readonly name: string;
  /** As the manual spells it: `VARCHAR(256)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** SQL; null for none and for an identity. */
  readonly default: string | null;
  readonly identity: Identity | null;
  /** Null where Redshift chooses: under ENCODE AUTO. */
  readonly encoding: string | null;
  /** Where it is not the database's. */
  readonly collation: Collation | null;
}

let make: (facts: DefinitionFacts, overrides: TableOverrides) => Table;
let look: (table: Table) => Reflection;

/** What a `Table` stands for. */
export interface Reflection {
  /** What the catalog told. */
  readonly facts: DefinitionFacts;
  /** The table to create, overrides included. */
  readonly created: NewTable;
}

/**
 * A table as the catalog told it, with what is to be otherwise: `tableDefinition` writes it, `deepCopy` makes it. It never
 * changes; what is in the database may, and `deepCopy` looks again.
 */
export class Table implements RelationName {
  readonly schema: string;
  readonly name: string;
  /** Null when the owner no longer exists. */
  readonly owner: string | null;
  readonly columns: readonly TableColumn[];
  readonly diststyle: Diststyle;
  /** With `diststyle` `key`. */
  readonly distkey: string | null;
  readonly sortkey: Sortkey;
  readonly encodeAuto: boolean;
  readonly backup: boolean;
  /** What is otherwise than in the database. */
  readonly overrides: TableOverrides;
  readonly #facts: DefinitionFacts;
  readonly #created: NewTable;

  static {
    make = (facts, overrides) => new Table(facts, overrides);
    look = (table) => ({ facts: table.#facts, created: table.#created });
  }

  private constructor(facts: DefinitionFacts, overrides: TableOverrides) {
    const created = applyOverrides(asNewTable(facts), facts.columns, overrides);
    this.#facts = facts;
    this.#created = created;
    this.schema = created.schema;
    this.name = created.name;
    this.owner = facts.table.owner.name;
    this.columns = created.columns.map((column) => ({
      name: column.name,
      type: typeName(column.type),
      notNull: column.notNull,
      default: column.default,
      identity: column.identity,
      encoding: column.encoding,
      collation: column.collation ?? null,
    }));
    this.diststyle = created.diststyle;
    this.distkey = created.distkey;
    this.sortkey = structuredClone(created.sortkey);
    this.encodeAuto = created.encodeAuto;
    this.backup = created.backup;
    this.overrides = structuredClone(overrides);
    freeze(this.columns);
    freeze(this.sortkey);
    freeze(this.overrides);
    Object.freeze(this);
  }

  /**
   * The same table with more overrides; the later ones count.
   * @throws OptionsError as `reflectedTable`
   */
  with(overrides: TableOverrides): Table {
    checkArguments("Table.with", { overrides: options(overrideKinds) }, { overrides });
    return new Table(this.#facts, mergeOverrides(this.overrides, overridesOf(overrides)));
  }

  /** The CREATE TABLE. */
  toString(): string {
    return String(createTable(this.#created));
  }
}

/**
 * Lays overrides over what the catalog told.
 * @throws OptionsError for overrides that the table cannot have
 */
export function newTable(facts: DefinitionFacts, overrides: TableOverrides = {}): Table {
  return make(facts, overrides);
}

/** What a table stands for. */
export function reflectionOf(table: Table): Reflection {
  return look(table);
}

/** The overrides among options that may hold others. */
export function overridesOf(options: TableOverrides): TableOverrides {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name in overrideKinds && value !== undefined),
  );
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) freeze(item);
  Object.freeze(value);
}
