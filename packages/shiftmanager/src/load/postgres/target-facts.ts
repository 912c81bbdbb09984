import { readColumns, type Column } from "../../catalog/columns.ts";
import { findTable } from "../../catalog/tables.ts";
import type { Facts } from "../../sql/batch.ts";
import type { LoadTable } from "../load-table.ts";

/** That the target still has the columns it had: between the check of the columns and the load lies the whole upload. */
export function targetFacts({ schema, name, columns }: LoadTable): Facts {
  return {
    differences: async (session) => {
      const table = await findTable(session, { schema, name });
      if (table === null) return [`${schema}.${name} is gone`];
      const now = shape(await readColumns(session, table.id));
      const before = shape(columns);
      return [
        ...before.filter((column) => !now.includes(column)).map((column) => `${column} is gone or changed`),
        ...now.filter((column) => !before.includes(column)).map((column) => `${column} is new`),
      ];
    },
  };
}

function shape(columns: readonly Column[]): readonly string[] {
  return columns.map((column) => `${column.name} ${column.type}${column.notNull ? " NOT NULL" : ""}`);
}
