import type { Column } from "../catalog/columns.ts";
import type { NewColumn } from "../ddl/create-table.ts";
import { columnType, type ColumnType } from "../ddl/parse-type.ts";
import { typeFragment, typeName } from "../ddl/type-name.ts";
import { OptionsError } from "../errors.ts";
import { checkExpression } from "../sql/check-text.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, literal } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import { overridesByColumn, type ColumnOverrides } from "./column-overrides.ts";

/** A column of the new table and where its values come from. */
export interface CarriedColumn {
  readonly name: string;
  /** Over the old table's columns. */
  readonly value: Fragment;
  /** `as it is`, `converted` to another type, or `computed` by the caller's expression. */
  readonly kind: "as it is" | "converted" | "computed";
  /** True of a row whose value would be another one in the new type; null when the types leave no doubt. */
  readonly changes: Fragment | null;
  /** As the manual spells it. */
  readonly type: string;
  /** As the catalog spells it. */
  readonly formatted: string;
}

/**
 * Says how each column of the new table is filled; those that are added without a value are left to their default.
 * @throws OptionsError for a change of type that could lose something, and for an added column that nothing fills
 */
export function carryColumns(
  columns: readonly Column[],
  created: readonly NewColumn[],
  overrides: ColumnOverrides,
): readonly CarriedColumn[] {
  const byColumn = overridesByColumn(columns, overrides);
  return created.flatMap((column): readonly CarriedColumn[] => {
    const { name, type: formatted } = column;
    const old = columns.find((one) => one.name === name);
    const value = byColumn.get(name)?.value;
    const type = typeName(formatted);
    const common = { name, type, formatted };
    if (value !== undefined) {
      const computed = sql`(${checkExpression(value, `columns.${name}.value`)})`;
      return [{ ...common, value: computed, kind: "computed", changes: null }];
    }
    if (old === undefined) {
      if (column.notNull && column.default === null) {
        throw new OptionsError(
          `columns.${name} is NOT NULL and nothing fills it; give it a default, or a value over the other columns.`,
        );
      }
      return [];
    }
    if (old.type === formatted) {
      return [{ ...common, value: identifier(name), kind: "as it is", changes: null }];
    }
    const conversion = convert(identifier(name), columnType(old.type), columnType(formatted));
    if (conversion === null) {
      throw new OptionsError(
        `columns.${name}.type: no conversion of ${typeName(old.type)} to ${type} is known to keep every value; ` +
          `say how with columns.${name}.value, an SQL expression.`,
      );
    }
    return [{ ...common, kind: "converted", ...conversion }];
  });
}

/** Whether rows can be taken over by their columns' names alone. */
export function areAsTheyWere(carried: readonly CarriedColumn[], columns: readonly Column[]): boolean {
  return (
    carried.every(({ kind }) => kind === "as it is") &&
    carried.map(({ name }) => name).join("\0") === columns.map(({ name }) => name).join("\0")
  );
}

const fromText = new Set<string>(["integer", "decimal", "float", "date", "timestamp"]);
const numbers = new Set<string>(["integer", "decimal", "float"]);

/** How a value goes from one type to another; null where no way is known to keep it. */
function convert(
  column: Fragment,
  from: ColumnType,
  to: ColumnType,
): Pick<CarriedColumn, "value" | "changes"> | null {
  if (alwaysFits(from, to)) return { value: column, changes: null };
  if (from.family === "text" && to.family === "text") {
    // Never by CAST, which would cut the text short. Blanks at the end of a CHAR are no part of it.
    const value = from.padded || to.padded ? sql`RTRIM(${column})` : column;
    return { value, changes: sql`OCTET_LENGTH(${value}) > ${literal(to.size)}` };
  }
  const known =
    (numbers.has(from.family) && numbers.has(to.family)) ||
    (from.family === "text" && fromText.has(to.family)) ||
    (fromText.has(from.family) && to.family === "text") ||
    (from.family === "timestamp" && to.family === "date");
  if (!known) return null;
  const value = sql`CAST(${column} AS ${typeFragment(to.formatted)})`;
  return { value, changes: sql`CAST(${value} AS ${typeFragment(from.formatted)}) <> ${column}` };
}

/** Types that hold every value of the other, and take it by assignment. */
function alwaysFits(from: ColumnType, to: ColumnType): boolean {
  if (from.family === "date") return to.family === "timestamp";
  if (from.family === "integer") {
    if (to.family === "integer") return to.size >= from.size;
    if (to.family === "decimal") return to.size - to.scale >= from.size;
    // A DOUBLE PRECISION holds integers of 53 bits, a REAL of 24.
    return to.family === "float" && (to.size === 8 ? from.size <= 10 : from.size <= 5);
  }
  if (from.family !== to.family) return false;
  switch (from.family) {
    case "text":
      return to.size >= from.size && from.padded === to.padded;
    case "decimal":
      return to.scale >= from.scale && to.size - to.scale >= from.size - from.scale;
    case "float":
      return to.size >= from.size;
    default:
      return from.formatted === to.formatted;
  }
}
