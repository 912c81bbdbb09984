import { SqlError } from "../../errors.ts";
import type { Backend } from "../plan.ts";
import type { TableDesign } from "./table-design.ts";

/** A key by its column's position, as text that no name can be, until the columns of the query are known. */
export function positionKey(position: number): string {
  return `\0${position}`;
}

/** The design with names where there were positions. `regclass` finds the table, which is there by now. */
export async function withNames(
  design: TableDesign,
  regclass: string,
  backend: Backend,
): Promise<TableDesign> {
  const { distkey, sortkey } = design;
  if (![distkey, ...(sortkey ?? [])].some((key) => key?.startsWith("\0"))) return design;
  const names = await columnNames(backend, regclass);
  const named = (key: string): string => {
    if (!key.startsWith("\0")) return key;
    const name = names[Number(key.slice(1)) - 1];
    if (name === undefined) throw new SqlError("42703", `position ${key.slice(1)} is not in the select list`);
    return name;
  };
  return {
    ...design,
    distkey: distkey === undefined ? undefined : named(distkey),
    sortkey: sortkey?.map(named),
  };
}

async function columnNames(backend: Backend, regclass: string): Promise<string[]> {
  const { rows } = await backend.query(
    `SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = ${regclass} AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows.map((row) => row[0] ?? "");
}
