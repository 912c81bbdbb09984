import type { Comments } from "../catalog/comments.ts";
import type { RelationName } from "../catalog/relation-name.ts";
import { identifier, literal, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";

/** The statements that put a table's comments back. */
export function commentStatements(table: RelationName, comments: Comments): readonly Statement[] {
  const name = qualifiedName(table);
  return [
    ...(comments.table === null
      ? []
      : [
          {
            sql: sql`COMMENT ON TABLE ${name} IS ${literal(comments.table)}`,
            summary: "Comments on the table",
          },
        ]),
    ...comments.columns.map((column) => ({
      sql: sql`COMMENT ON COLUMN ${name}.${identifier(column.name)} IS ${literal(column.text)}`,
      summary: `Comments on the column ${column.name}`,
    })),
    ...comments.constraints.map((constraint) => ({
      sql: sql`COMMENT ON CONSTRAINT ${identifier(constraint.name)} ON ${name} IS ${literal(constraint.text)}`,
      summary: `Comments on the constraint ${constraint.name}`,
    })),
  ];
}
