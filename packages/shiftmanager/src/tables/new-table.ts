import type { DefinitionFacts, TableFacts } from "../catalog/table-facts.ts";
import type { NewTable, Sortkey } from "../ddl/create-table.ts";
import type { TableOverrides } from "./design-overrides.ts";

/**
 * The table that CREATE TABLE has to make to get this one again.
 *
 * Where Redshift tunes the encodings or the sort key by itself, AUTO is said and today's choice is not. Where it cannot be
 * read whether it does, today's design is said: nothing of it is lost then, and AUTO is one statement away, which the
 * notes give.
 */
export function asNewTable({ table, columns, design, collations }: DefinitionFacts): NewTable {
  const encodeAuto = design.encodeAuto === true;
  return {
    schema: table.schema,
    name: table.name,
    columns: columns.map((column) => ({
      ...column,
      encoding: encodeAuto ? null : column.encoding,
      collation: collations.found.get(column.name),
    })),
    diststyle: table.diststyle,
    distkey: table.diststyle === "key" ? (columns.find(({ distkey }) => distkey)?.name ?? null) : null,
    sortkey: design.sortkeyAuto === true ? { style: "auto" } : declaredSortkey({ columns }),
    encodeAuto,
    backup: design.backup !== false,
  };
}

/** The sort key as the columns show it. */
export function declaredSortkey({ columns }: Pick<TableFacts, "columns">): Sortkey {
  const keyed = columns
    .filter(({ sortkeyPosition }) => sortkeyPosition > 0)
    .sort((a, b) => a.sortkeyPosition - b.sortkeyPosition);
  if (keyed.length === 0) return { style: "none" };
  return {
    style: keyed.some(({ interleaved }) => interleaved) ? "interleaved" : "compound",
    columns: keyed.map(({ name }) => name),
  };
}

/** What of the design could not be read and is not overridden, and what the definition says in its place. */
export function designNotes(
  { table, columns, design, collations }: DefinitionFacts,
  names: string,
  overrides: TableOverrides = {},
): readonly string[] {
  const notes: string[] = [];
  const why = design.reason ?? "SVV_TABLE_INFO does not say";
  if (design.encodeAuto === "unknown" && overrides.encodings === undefined) {
    notes.push(
      `Whether ${table.name} is ENCODE AUTO cannot be read (${why}). The encodings it has now are written, so the new table is not ` +
        `ENCODE AUTO; if this one is, run afterwards: ALTER TABLE ${names} ALTER ENCODE AUTO.`,
    );
  }
  if (
    design.sortkeyAuto === "unknown" &&
    overrides.sortkey === undefined &&
    overrides.interleavedSortkey === undefined
  ) {
    notes.push(
      declaredSortkey({ columns }).style === "none"
        ? `Whether ${table.name} is SORTKEY AUTO or has SORTKEY NONE cannot be read (${why}). The new table is SORTKEY AUTO; if this one ` +
            `is not, run afterwards: ALTER TABLE ${names} ALTER SORTKEY NONE.`
        : `Whether ${table.name} is SORTKEY AUTO cannot be read (${why}). The sort key it has now is written, so the new table is not ` +
            `SORTKEY AUTO; if this one is, run afterwards: ALTER TABLE ${names} ALTER SORTKEY AUTO.`,
    );
  }
  if (design.backup === "unknown") {
    notes.push(
      `Whether ${table.name} is BACKUP NO cannot be read (PG_CONF is closed to this user); it is written as BACKUP YES, the default.`,
    );
  }
  if (collations.missing !== undefined) notes.push(collations.missing);
  return notes;
}
