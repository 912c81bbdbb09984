import type { Comments } from "../catalog/comments.ts";
import type { RelationName } from "../catalog/relation-name.ts";
import { identifier, keyword, literal, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";

/** The statements that put a table's or view's comments back. */
export function commentStatements(
  table: RelationName,
  comments: Comments,
  kind: "TABLE" | "VIEW" = "TABLE",
): readonly Statement[] {
  const name = qualifiedName(table);
  return [
    ...(comments.table === null
      ? []
      : [
          {
            sql: sql`COMMENT ON ${keyword(kind, ["TABLE", "VIEW"])} ${name} IS ${literal(comments.table)}`,
            summary: `Comments on the ${kind.toLowerCase()}`,
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
