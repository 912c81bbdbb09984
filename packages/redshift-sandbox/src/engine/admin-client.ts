import pg from "pg";

/** The number in the socket's name; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/**
 * Connects to the server as `rdsdb`. Everything that the driver would otherwise take from `PG*` variables is given:
 * they are about the user's own servers.
 */
export async function connectAdmin(
  socketDirectory: string,
  database: string,
  password: string,
): Promise<pg.Client> {
  const client = new pg.Client({
    host: socketDirectory,
    port: SOCKET_PORT,
    user: "rdsdb",
    password,
    database,
    ssl: false,
    client_encoding: "UTF8",
    application_name: "redshift-sandbox",
    // An empty text would let PGOPTIONS through.
    options: "-c statement_timeout=0",
  });
  // Whoever awaits a query hears of a connection that ends; between two queries nobody does, and it would end this process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
