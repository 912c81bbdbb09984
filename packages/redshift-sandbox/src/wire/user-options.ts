import { randomBytes, createHash } from "node:crypto";
import type { Services } from "../services.ts";

/** How a user logs in. */
export type PasswordKind =
  | { readonly kind: "postgresql" }
  | { readonly kind: "disabled" }
  | { readonly kind: "sha256"; readonly digest: Buffer; readonly salt: Buffer };

export interface LoginOptions {
  readonly password: PasswordKind;
  /** `SESSION TIMEOUT`, in seconds. */
  readonly sessionTimeoutSeconds: number | undefined;
}

/** Reads what `redshift_sandbox.user_option` says of users, and keeps the passwords by which the wire logs in for `sha256|` users. */
export class UserOptions {
  readonly #services: Pick<Services, "adminQuery">;
  readonly #database: string;
  readonly #secrets = new Map<string, string>();
  readonly #pending = new Map<string, Promise<string>>();

  constructor(services: Pick<Services, "adminQuery">, database: string) {
    this.#services = services;
    this.#database = database;
  }

  /** @param role the user's name in PostgreSQL */
  async read(role: string): Promise<LoginOptions> {
    const rows = await this.#services.adminQuery(
      this.#database,
      `SELECT o.option, o.value FROM redshift_sandbox.user_option o
       JOIN pg_catalog.pg_authid r ON r.oid = o.usesysid
       WHERE r.rolname = $1`,
      [role],
    );
    const options = new Map(rows.map((row) => [String(row["option"]), String(row["value"])]));
    const timeout = Number(options.get("session_timeout"));
    return {
      password: passwordKind(options),
      sessionTimeoutSeconds: timeout > 0 ? timeout : undefined,
    };
  }

  /**
   * The password by which PostgreSQL knows a `sha256|` user: made here, since only a digest of the user's own is kept.
   * It changes when the wire starts anew or the role's password was changed meanwhile.
   */
  backendPassword(role: string): Promise<string> {
    // Two sessions that altered the role at once would disturb each other.
    const found = this.#pending.get(role);
    if (found !== undefined) return found;
    const pending = this.#agreePassword(role).finally(() => this.#pending.delete(role));
    this.#pending.set(role, pending);
    return pending;
  }

  async #agreePassword(role: string): Promise<string> {
    const known = this.#secrets.get(role);
    const [current] = await this.#services.adminQuery(
      this.#database,
      "SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1",
      [role],
    );
    if (known !== undefined && current?.["rolpassword"] === md5Password(known, role)) return known;
    const secret = known ?? randomBytes(24).toString("hex");
    this.#secrets.set(role, secret);
    await this.#services.adminQuery(
      this.#database,
      `ALTER ROLE "${role.replaceAll('"', '""')}" PASSWORD '${md5Password(secret, role)}'`,
    );
    return secret;
  }
}

/** As PostgreSQL stores it. */
export function md5Password(password: string, role: string): string {
  return `md5${md5(`${password}${role}`)}`;
}

/** What answers AuthenticationMD5Password. */
export function md5Reply(password: string, role: string, salt: Buffer): string {
  return `md5${createHash("md5")
    .update(md5(`${password}${role}`))
    .update(salt)
    .digest("hex")}`;
}

function passwordKind(options: ReadonlyMap<string, string>): PasswordKind {
  const kind = options.get("password_kind");
  if (kind === "disabled") return { kind };
  if (kind !== "sha256") return { kind: "postgresql" };
  return {
    kind,
    digest: Buffer.from(options.get("sha256_digest") ?? "", "hex"),
    salt: Buffer.from(options.get("sha256_salt") ?? "", "hex"),
  };
}

function md5(text: string): string {
  return createHash("md5").update(text, "utf8").digest("hex");
}
