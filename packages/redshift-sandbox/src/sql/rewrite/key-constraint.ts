import { SqlError } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Reader, Relation } from "../reader.ts";
import { call, orNull, textArray } from "../statements.ts";

/** A constraint: kept, never enforced. */
export interface KeyDefinition {
  readonly kind: "p" | "u" | "f";
  readonly name: string | undefined;
  readonly columns: readonly string[];
  readonly references?: { readonly relation: Relation; readonly columns: readonly string[] };
}

/** What follows REFERENCES: no action, no MATCH, not deferrable. */
export function readReferences(reader: Reader): NonNullable<KeyDefinition["references"]> {
  const relation = reader.relation();
  const columns = reader.isMark("(") ? reader.nameList() : [];
  if (reader.is("on") || reader.is("match") || reader.is("deferrable") || reader.is("initially"))
    throw reader.error();
  return { relation, columns };
}

/** A table constraint; undefined when a column comes. */
export function readTableConstraint(reader: Reader): KeyDefinition | undefined {
  const named = reader.accept("constraint");
  const name = named ? reader.name() : undefined;
  if (reader.accept("primary", "key")) return { kind: "p", name, columns: reader.nameList() };
  if (reader.accept("unique")) return { kind: "u", name, columns: reader.nameList() };
  if (reader.accept("foreign", "key")) {
    const columns = reader.nameList();
    reader.expect("references");
    return { kind: "f", name, columns, references: readReferences(reader) };
  }
  if (reader.is("check"))
    throw new SqlError("0A000", "CHECK constraints are not supported by Redshift", {
      position: reader.position(),
    });
  if (named) throw reader.error();
  return undefined;
}

/** `add_key` or `add_foreign_key`. */
export function keySql(regclass: string, key: KeyDefinition, setNotNull: boolean): string {
  if (key.references === undefined)
    return call(
      "add_key",
      regclass,
      orNull(key.name),
      literal(key.kind),
      textArray(key.columns),
      String(setNotNull && key.kind === "p"),
    );
  return call(
    "add_foreign_key",
    regclass,
    orNull(key.name),
    textArray(key.columns),
    key.references.relation.regclass,
    textArray(key.references.columns),
  );
}
