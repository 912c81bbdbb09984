import type { ForeignKey, Key } from "../catalog/constraints.ts";
import type { RelationName } from "../catalog/relation-name.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";

/** Writes a primary key or unique key under its own name. */
export function addKey(table: RelationName, key: Key): Fragment {
  const columns = list(key.columns.map(identifier));
  const kind = key.kind === "primary key" ? sql`PRIMARY KEY` : sql`UNIQUE`;
  return sql`ALTER TABLE ${qualifiedName(table)} ADD CONSTRAINT ${identifier(key.name)} ${kind} (${columns})`;
}

/** Writes a foreign key under its own name. */
export function addForeignKey(key: ForeignKey): Fragment {
  const columns = list(key.columns.map(identifier));
  const referenced = list(key.referencedColumns.map(identifier));
  return sql`ALTER TABLE ${qualifiedName(key.table)} ADD CONSTRAINT ${identifier(key.name)} FOREIGN KEY (${columns}) REFERENCES ${qualifiedName(key.references)} (${referenced})`;
}

/** Drops a constraint, and nothing that depends on it. */
export function dropConstraint(table: RelationName, name: string): Fragment {
  return sql`ALTER TABLE ${qualifiedName(table)} DROP CONSTRAINT ${identifier(name)}`;
}
