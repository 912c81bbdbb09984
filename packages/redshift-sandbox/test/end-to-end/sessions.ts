import pg from "pg";
import type { Sandbox } from "../../src/sandbox.ts";

/** A connected client of the sandbox, as its administrator unless `more` says otherwise. The caller ends it. */
export async function connect(sandbox: Sandbox, more: pg.ClientConfig = {}): Promise<pg.Client> {
  const { PGHOST: host, PGPORT, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = sandbox.env;
  const client = new pg.Client({ host, port: Number(PGPORT), user, password, database, ssl: false, ...more });
  await client.connect();
  return client;
}

/** `SQLSTATE message` with which a statement is refused, by the simple protocol or by the extended one; else what it answered. */
export async function refusal(
  client: pg.Client,
  sql: string,
  protocol: "simple" | "extended" = "simple",
): Promise<string> {
  try {
    const answer = await client.query<unknown[]>({
      text: sql,
      rowMode: "array",
      ...(protocol === "extended" ? { queryMode: "extended" } : {}),
    } as pg.QueryArrayConfig);
    return `not refused: ${JSON.stringify(answer.rows)}`;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return `${error.code ?? ""} ${error.message}`;
  }
}

/** Every value of every row, in one list. */
export async function values(client: pg.Client, sql: string): Promise<unknown[]> {
  return (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows.flat();
}
