import { randomBytes } from "node:crypto";
import { SqlError } from "../errors.ts";
import type { BackendConnection } from "./backend-connection.ts";
import type { ClientConnection } from "./client-connection.ts";
import { digestChallenge, digestReplyType, provesDigest } from "./digest.ts";
import { message, reportFields, textMessage, toClient, toServer } from "./messages.ts";
import { BackendError } from "./reports.ts";
import type { LoginOptions } from "./user-options.ts";
import { md5Reply } from "./user-options.ts";

/** By which a client cancels what its backend does. */
export interface BackendKey {
  readonly processId: number;
  readonly secret: number;
}

/** Messages of a client that is logging in, whole, one by one; rejects when it goes away. */
export type NextMessage = () => Promise<{ readonly type: number; readonly whole: Buffer }>;

const ok = 0;
const md5 = 5;
const saslFinal = 12;

/** The error of every login that fails, whatever the reason, as PostgreSQL does. */
export function wrongPassword(user: string): SqlError {
  return new SqlError("28P01", `password authentication failed for user "${user}"`);
}

/** Asks for a password that cannot be right: a user who may not log in looks like one who does not exist. */
export async function refuseLogin(user: string, client: ClientConnection, next: NextMessage): Promise<never> {
  client.send(message(toClient.authentication, Buffer.concat([int32(md5), randomBytes(4)])));
  client.flush();
  await next();
  throw wrongPassword(user);
}

/** @throws SqlError 28P01 unless the client proves its password by authentication code 13 */
export async function requireDigest(
  user: string,
  password: Extract<LoginOptions["password"], { kind: "sha256" }>,
  client: ClientConnection,
  next: NextMessage,
): Promise<void> {
  const challenge = digestChallenge(password.salt);
  client.send(challenge.request);
  client.flush();
  const { type, whole } = await next();
  if (type !== digestReplyType || !provesDigest(whole.subarray(5), password.digest, challenge.nonce))
    throw wrongPassword(user);
}

export interface BackendLogin {
  readonly backend: BackendConnection;
  readonly client: ClientConnection;
  readonly next: NextMessage;
  readonly packet: Buffer;
  /** The wire logs in itself: the role's name and the password that the wire has given it. */
  readonly own: { readonly role: string; readonly password: string } | undefined;
  /** Told when the password was right; what it throws goes to the client. */
  authenticated(): void;
}

/** Logs in to PostgreSQL: it and the client speak with each other, unless the wire has checked the client itself. */
export function logIn(login: BackendLogin): Promise<BackendKey> {
  const { backend, client } = login;
  return backend.collect<BackendKey>((resolve, reject) => {
    let key: BackendKey | undefined;
    const refuse = (error: unknown): void => {
      backend.mute();
      reject(error);
    };
    backend.write(login.packet);
    return (type, body) => {
      if (type === toClient.authentication) {
        try {
          answerChallenge(login, body, refuse);
        } catch (error) {
          refuse(error);
        }
      } else if (type === toClient.errorResponse) refuse(new BackendError(reportFields(body)));
      else if (type === toClient.backendKeyData) {
        key = { processId: body.readUInt32BE(0), secret: body.readUInt32BE(4) };
        client.send(message(type, body));
      } else if (type === toClient.readyForQuery) {
        client.send(message(type, body));
        if (key === undefined) refuse(new Error("PostgreSQL sent no BackendKeyData"));
        else resolve(key);
      }
    };
  });
}

function answerChallenge(login: BackendLogin, body: Buffer, refuse: (error: unknown) => void): void {
  const { backend, client, own } = login;
  const code = body.readUInt32BE(0);
  if (code === ok) {
    client.send(message(toClient.authentication, body));
    login.authenticated();
    return;
  }
  if (own !== undefined) {
    if (code !== md5) throw new Error(`PostgreSQL asks for authentication ${code}, not md5`);
    backend.write(textMessage(toServer.password, md5Reply(own.password, own.role, body.subarray(4, 8))));
    return;
  }
  client.send(message(toClient.authentication, body));
  if (code === saslFinal) return;
  client.flush();
  login.next().then(({ type, whole }) => {
    if (type === toServer.password) backend.write(whole);
    else refuse(new SqlError("08P01", `expected password response, got message type ${type}`));
  }, refuse);
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
