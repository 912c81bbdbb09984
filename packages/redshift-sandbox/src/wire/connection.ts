import type { Socket } from "node:net";
import { SqlError } from "../errors.ts";
import type { Services } from "../services.ts";
import { BackendConnection } from "./backend-connection.ts";
import { sendCancel } from "./cancel.ts";
import { connectBackend } from "./connect-backend.ts";
import { ClientConnection } from "./client-connection.ts";
import { Framing } from "./framing.ts";
import type { BackendKey, NextMessage } from "./login.ts";
import { logIn, refuseLogin, requireDigest } from "./login.ts";
import { postgresName, roleName } from "./postgres-names.ts";
import type { FullNames } from "./reports.ts";
import { errorReport } from "./reports.ts";
import type { Seats } from "./seats.ts";
import { Session } from "./session.ts";
import type { Startup } from "./startup.ts";
import {
  cancelPacket,
  cancelRequestCode,
  gssRequestCode,
  negotiation,
  readStartup,
  sslRequestCode,
  startupPacket,
  withLength,
} from "./startup.ts";
import type { Translator } from "./statements.ts";
import type { UserOptions } from "./user-options.ts";

export interface ConnectionOptions {
  readonly socketPath: string;
  readonly services: Pick<Services, "edition" | "faults" | "adminQuery">;
  readonly translator: Translator;
  readonly seats: Seats;
  /** Settles when clients may log in. */
  whenOpen(this: void): Promise<unknown>;
  readonly users: UserOptions;
  /** Any database that exists: where clients that ask for a hidden one prove their password. */
  readonly userDatabase: string;
  readonly hiddenDatabases: ReadonlySet<string>;
  readonly fullNames: FullNames;
  shortName(this: void, full: string): string;
  onProblem(this: void, error: unknown): void;
  /** Turns the socket of a client that asked for TLS into the encrypted one. */
  secure(this: void, socket: Socket): Promise<Socket>;
  /** Delivers a CancelRequest: to PostgreSQL, and to the session that it is for. */
  cancel(this: void, packet: Buffer): Promise<void>;
}

/** As PostgreSQL's authentication_timeout. */
const loginTimeoutMs = 60_000;
/** The largest packet before the login, as in PostgreSQL. */
const largestStartup = 10_000;
const largestMessage = 0x4000_0000;
const noBytes: Buffer = Buffer.alloc(0);

/** The client closed its connection before the login was done: nobody need be told. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** One client from its first byte to its last. */
export class Connection {
  /** Settles when both sides are closed and nothing runs for the client any more. */
  readonly closed: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #input = new Framing(largestMessage);
  #socket: Socket;
  #onData: (chunk: Buffer) => void;
  #startupBytes: Buffer = noBytes;
  #wake: () => void = () => undefined;
  #client: ClientConnection | undefined;
  #session: Session | undefined;
  #key: BackendKey | undefined;
  #loggingIn = false;
  #refused = false;
  #gone = false;
  #finish: () => void = () => undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#finish = resolve));
    this.#onData = (chunk) => {
      this.#startupBytes =
        this.#startupBytes.length === 0 ? chunk : Buffer.concat([this.#startupBytes, chunk]);
      this.#wake();
    };
    this.#listen(socket);
    const tooLate = setTimeout(() => this.#socket.destroy(), loginTimeoutMs);
    this.#serve()
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => clearTimeout(tooLate));
  }

  answersTo(processId: number, secret: number): boolean {
    return this.#key?.processId === processId && this.#key.secret === secret;
  }

  /** Aborts what the sandbox itself does for the client's statement. */
  cancelStatement(): void {
    this.#session?.cancel();
  }

  /** Refuses a client that has begun to log in and is not done. */
  interruptLogin(reason: SqlError): void {
    if (this.#loggingIn) this.#refuse(reason);
  }

  /** Closes at once and waits for the end. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    // A broken line: "close" follows, and there is nobody to tell.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#lost());
  }

  #lost(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#wake();
    const ended = this.#session?.close() ?? Promise.resolve();
    ended.then(this.#finish, (error: unknown) => {
      this.#options.onProblem(error);
      this.#finish();
    });
  }

  async #serve(): Promise<void> {
    const startup = await this.#readStartup();
    if (startup === undefined) return;
    this.#onData = (chunk) => {
      this.#input.push(chunk);
      this.#wake();
    };
    const options = this.#options;
    void this.closed.then(options.seats.take());
    await options.whenOpen();
    this.#loggingIn = true;
    const client = (this.#client = new ClientConnection(this.#socket));
    if (startup.negotiate !== undefined) client.send(negotiation(startup.negotiate.options));
    const next: NextMessage = () => this.#nextMessage();
    const role = roleName(startup.user, options.shortName) ?? (await refuseLogin(startup.user, client, next));
    const user = await options.users.read(role);
    if (user.password.kind === "disabled") await refuseLogin(startup.user, client, next);
    let own: { readonly role: string; readonly password: string } | undefined;
    if (user.password.kind === "sha256") {
      await requireDigest(startup.user, user.password, client, next);
      own = { role, password: await options.users.backendPassword(role) };
    }
    const settings = new Map(startup.settings);
    if (user.sessionTimeoutSeconds !== undefined)
      settings.set("idle_session_timeout", `${user.sessionTimeoutSeconds}s`);
    const database = options.hiddenDatabases.has(startup.database)
      ? undefined
      : postgresName(startup.database, options.shortName);
    const session = this.#openSession(client, startup);
    const backend = new BackendConnection(await this.#connectBackend(), session);
    session.adopt(backend);
    this.#key = await logIn({
      backend,
      client,
      next,
      own,
      packet: startupPacket(role, database ?? options.userDatabase, settings),
      authenticated: () => {
        if (database === undefined)
          throw new SqlError("3D000", `database "${startup.database}" does not exist`);
      },
    });
    this.#loggingIn = false;
    this.#onData = (chunk) => {
      this.#input.push(chunk);
      session.pump();
    };
    session.start(this.#input, this.#key.processId);
  }

  #openSession(client: ClientConnection, startup: Startup): Session {
    const { services, translator, fullNames, onProblem, socketPath } = this.#options;
    const session = new Session({
      client,
      translator,
      context: {
        user: startup.user,
        database: startup.database,
        edition: services.edition,
        caseSensitiveIdentifiers: false,
      },
      faults: services.faults,
      fullNames,
      onProblem,
      cancelBackend: async () => {
        if (this.#key !== undefined)
          await sendCancel(socketPath, cancelPacket(this.#key.processId, this.#key.secret));
      },
    });
    this.#session = session;
    return session;
  }

  async #readStartup(): Promise<Startup | undefined> {
    for (;;) {
      const body = await this.#startupPacket();
      const code = body.readUInt32BE(0);
      if (code === cancelRequestCode) {
        await this.#options.cancel(withLength(body));
        this.#socket.destroy();
        return undefined;
      }
      if (code === gssRequestCode) this.#socket.write("N");
      else if (code === sslRequestCode) await this.#secure();
      else {
        const rest = this.#startupBytes;
        this.#startupBytes = noBytes;
        if (rest.length > 0) this.#input.push(rest);
        return readStartup(body);
      }
    }
  }

  async #startupPacket(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#startupBytes;
      const size = bytes.length < 4 ? 4 : bytes.readUInt32BE(0);
      if (bytes.length >= 4 && (size < 8 || size > largestStartup))
        throw new SqlError("08P01", "invalid length of startup packet");
      if (bytes.length >= 4 && bytes.length >= size) {
        this.#startupBytes = bytes.subarray(size);
        return bytes.subarray(4, size);
      }
      await this.#more();
    }
  }

  async #secure(): Promise<void> {
    // Bytes that came in clear before the handshake could have been put there by someone else.
    if (this.#startupBytes.length > 0) {
      this.#socket.destroy();
      throw new ClientGone();
    }
    const plain = this.#socket;
    plain.removeAllListeners("data");
    plain.write("S");
    this.#socket = await this.#options.secure(plain);
    this.#listen(this.#socket);
  }

  async #nextMessage(): Promise<{ readonly type: number; readonly whole: Buffer }> {
    while (!this.#input.next()) await this.#more();
    const { type, buffer, start, end } = this.#input;
    if (end - start > largestStartup) throw new SqlError("08P01", "invalid password packet size");
    return { type, whole: buffer.subarray(start, end) };
  }

  async #more(): Promise<void> {
    if (!this.#gone) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#gone) throw new ClientGone();
  }

  async #connectBackend(): Promise<Socket> {
    const socket = await connectBackend(this.#options.socketPath);
    if (!this.#gone) return socket;
    socket.destroy();
    throw new ClientGone();
  }

  #refuse(error: unknown): void {
    if (this.#gone || this.#refused || error instanceof ClientGone) return;
    this.#refused = true;
    if (!(error instanceof SqlError)) this.#options.onProblem(error);
    this.#client?.flush();
    this.#socket.end(errorReport(error, this.#options.fullNames, "FATAL"));
    this.#session?.abandon();
  }
}
