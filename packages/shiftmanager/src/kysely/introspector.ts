import type { DatabaseIntrospector, DatabaseMetadata, SchemaMetadata, TableMetadata } from "kysely";
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from "kysely";
import { readColumns } from "../catalog/columns.ts";
import { readComments } from "../catalog/comments.ts";
import { readSchemas } from "../catalog/schemas.ts";
import type { TableRow } from "../catalog/tables.ts";
import { readTables } from "../catalog/tables.ts";
import type { Session } from "../session.ts";
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
    return this.#withSession(async (session) =>
      (await readSchemas(session)).filter(isUsers).map((name) => ({ name })),
    );
  }

  getTables(
    { withInternalKyselyTables }: { readonly withInternalKyselyTables: boolean } = {
      withInternalKyselyTables: false,
    },
  ): Promise<TableMetadata[]> {
    return this.#withSession(async (session) => {
      const found: TableMetadata[] = [];
      for (const schema of (await readSchemas(session)).filter(isUsers)) {
        for (const table of await readTables(session, schema)) {
          if (!withInternalKyselyTables && kyselysOwn.has(table.name)) continue;
          found.push(await metadata(session, table));
        }
      }
      return found;
    });
  }

  async getMetadata(options?: { readonly withInternalKyselyTables: boolean }): Promise<DatabaseMetadata> {
    return { tables: await this.getTables(options) };
  }
}

async function metadata(session: Session, { id, schema, name, kind }: TableRow): Promise<TableMetadata> {
  const columns = await readColumns(session, id);
  const comments = new Map(
    (await readComments(session, id)).columns.map((column) => [column.name, column.text]),
  );
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

function isUsers(schema: string): boolean {
  return !schema.startsWith("pg_") && schema !== "information_schema" && schema !== "catalog_history";
}
