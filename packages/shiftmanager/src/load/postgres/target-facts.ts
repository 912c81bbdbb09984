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

/** That the name of a table which is to be created is still free. */
export function newTargetFacts({ schema, name }: Pick<LoadTable, "schema" | "name">): Facts {
  return {
    differences: async (session) =>
      (await findTable(session, { schema, name })) === null ? [] : [`${schema}.${name} exists now`],
  };
}

function shape(columns: readonly Column[]): readonly string[] {
  return columns.map((column) => `${column.name} ${column.type}${column.notNull ? " NOT NULL" : ""}`);
}
