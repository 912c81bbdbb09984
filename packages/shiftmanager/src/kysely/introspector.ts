import type { DatabaseIntrospector, DatabaseMetadata, SchemaMetadata, TableMetadata } from "kysely";
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from "kysely";
import type { Column } from "../catalog/columns.ts";
import { readColumnsOf } from "../catalog/columns.ts";
import type { Comments } from "../catalog/comments.ts";
import { readCommentsOf } from "../catalog/comments.ts";
import { readSchemas } from "../catalog/schemas.ts";
import type { TableRow } from "../catalog/tables.ts";
import { readAllTables } from "../catalog/tables.ts";
import type { WithSession } from "./driver.ts";

const kyselysOwn: ReadonlySet<string> = new Set([DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE]);

/** What Kysely's migrations and code generators read of a database, from this library's catalog readers. */
export class RedshiftIntrospector implements DatabaseIntrospector {
  readonly #withSession: WithSession;

  constructor(withSession: WithSession) {
    this.#withSession = withSession;
  }

  /** The users' own schemas, not the server's. */
  getSchemas(): Promise<SchemaMetadata[]> {
    return this.#withSession(async (session) => (await readSchemas(session)).map((name) => ({ name })));
  }

  getTables(
    { withInternalKyselyTables }: { readonly withInternalKyselyTables: boolean } = {
      withInternalKyselyTables: false,
    },
  ): Promise<TableMetadata[]> {
    // Three queries, however many tables there are.
    return this.#withSession(async (session) => {
      const tables = await readAllTables(session);
      const columns = await readColumnsOf(session, "database");
      const comments = await readCommentsOf(session, "database");
      return tables
        .filter(({ name }) => withInternalKyselyTables || !kyselysOwn.has(name))
        .map((table) => metadata(table, columns.get(table.id) ?? [], comments.get(table.id)?.columns ?? []));
    });
  }

  async getMetadata(options?: { readonly withInternalKyselyTables: boolean }): Promise<DatabaseMetadata> {
    return { tables: await this.getTables(options) };
  }
}

function metadata(
  { schema, name, kind }: TableRow,
  columns: readonly Column[],
  columnComments: Comments["columns"],
): TableMetadata {
  const comments = new Map(columnComments.map((column) => [column.name, column.text]));
  return {
    name,
    schema,
    isView: kind === "view",
    columns: columns.map((column) => {
      const comment = comments.get(column.name);
      return {
        name: column.name,
        dataType: column.type,
        dataTypeSchema: "pg_catalog",
        isNullable: !column.notNull,
        isAutoIncrementing: column.identity !== null,
        hasDefaultValue: column.default !== null || column.identity !== null,
        ...(comment === undefined ? {} : { comment }),
      };
    }),
  };
}
