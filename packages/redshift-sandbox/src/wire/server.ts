import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { SqlError } from "../errors.ts";
import type { Services } from "../services.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { FullNames } from "./reports.ts";
import { sendCancel } from "./cancel.ts";
import { Seats } from "./seats.ts";
import type { Translator } from "./statements.ts";
import { tlsUpgrade } from "./tls-upgrade.ts";
import { UserOptions } from "./user-options.ts";

export interface WireOptions {
  /** 0 for a free one. */
  readonly port: number;
  /** Address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /** How many may be connected at once; default 100. */
  readonly clients?: number;
  /** Path of PostgreSQL's Unix socket: the file, such as `/dir/.s.PGSQL.5432`. */
  readonly socketPath: string;
  /** Always offered; PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly services: Pick<Services, "edition" | "faults" | "adminQuery">;
  readonly translator: Translator;
  /** The database whose `redshift_sandbox.user_option` tells how users log in; default `dev`. */
  readonly userDatabase?: string;
  /** Databases that no client may enter, reported as unknown; default those that initdb makes. */
  readonly hiddenDatabases?: readonly string[];
  /** Puts full names back into what PostgreSQL says of shortened ones; default: as they are. */
  readonly fullNames?: FullNames;
  /** What PostgreSQL calls a user or database with a long name; default: the same. */
  readonly shortName?: (full: string) => string;
  /** Something failed that no client caused; default: written to stderr by `process.emitWarning`. */
  readonly onProblem?: (error: unknown) => void;
}

export interface Wire {
  readonly port: number;
  /** Runs the action while nobody can log in: who is about to is disconnected, who comes meanwhile waits until it is done. */
  holding<T>(action: () => Promise<T>): Promise<T>;
  /** Closes every connection, cancels what runs, and settles when all is closed. */
  stop(): Promise<void>;
}

/** Listens for clients and gives each its own PostgreSQL session behind the translator. */
export async function startWire(options: WireOptions): Promise<Wire> {
  const connections = new Set<Connection>();
  let held: Promise<unknown> = Promise.resolve();
  const { socketPath, services, translator, userDatabase = "dev" } = options;
  const shared: ConnectionOptions = {
    socketPath,
    services,
    translator,
    userDatabase,
    whenOpen: () => held,
    seats: new Seats(options.clients ?? 100),
    users: new UserOptions(services, userDatabase),
    hiddenDatabases: new Set(options.hiddenDatabases ?? ["postgres", "template0", "template1"]),
    fullNames: options.fullNames ?? ((text) => text),
    shortName: options.shortName ?? ((name) => name),
    onProblem:
      options.onProblem ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error))),
    secure: tlsUpgrade(options.tls),
    cancel: async (packet) => {
      if (packet.length !== 16) return;
      // PostgreSQL first: once a virtual statement has been let go, a cancel that came late would meet the next statement.
      await sendCancel(socketPath, packet);
      for (const connection of connections)
        if (connection.answersTo(packet.readUInt32BE(8), packet.readUInt32BE(12)))
          connection.cancelStatement();
    },
  };
  const server = createServer((socket: Socket) => {
    const connection = new Connection(socket, shared);
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host ?? "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  server.on("error", shared.onProblem);
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    holding(action) {
      for (const connection of connections)
        connection.interruptLogin(
          new SqlError("57P01", "terminating connection due to administrator command"),
        );
      const result = held.then(action);
      // Whoever asked for the action hears of its failure.
      held = result.catch(() => undefined);
      return result;
    },
    stop: () =>
      (stopped ??= (async () => {
        const ended = new Promise<void>((resolve) => server.close(() => resolve()));
        await Promise.all([...connections].map((connection) => connection.close()));
        await ended;
      })()),
  };
}
