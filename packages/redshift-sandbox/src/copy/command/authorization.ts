import { SqlError, notImitated } from "../../errors.ts";
import type { TokenReader } from "./token-reader.ts";

/** Who COPY or UNLOAD acts as towards S3. */
export type Authorization =
  | {
      readonly kind: "role";
      /** `default`, or role ARNs, chained. */ readonly roles: "default" | readonly string[];
    }
  | {
      readonly kind: "keys";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };

/** What AWS documents for a credentials string that does not have its form. @see AWS s3serviceexception-error */
const INVALID_CREDENTIALS =
  "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or " +
  "'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'";

/**
 * Collects the authorization parameters of COPY and UNLOAD, which stand among the others in any order.
 * @see AWS copy-parameters-authorization
 */
export class AuthorizationParser {
  #role: "default" | readonly string[] | undefined;
  #accessKeyId: string | undefined;
  #secretAccessKey: string | undefined;
  #sessionToken: string | undefined;
  #credentials: Authorization | undefined;

  /** True when the next parameter was one of these, and is read. */
  read(tokens: TokenReader): boolean {
    if (tokens.sees("with")) {
      if (tokens.peek(1)?.value !== "credentials") return false;
      tokens.next();
    }
    if (tokens.takes("credentials")) {
      tokens.takes("as");
      once(this.#credentials, "CREDENTIALS");
      this.#credentials = parseCredentials(tokens.string());
      return true;
    }
    if (tokens.takes("iam_role")) {
      once(this.#role, "IAM_ROLE");
      this.#role = tokens.takes("default") ? "default" : parseRoles(tokens.string());
      return true;
    }
    if (tokens.takes("access_key_id")) {
      tokens.takes("as");
      once(this.#accessKeyId, "ACCESS_KEY_ID");
      this.#accessKeyId = tokens.string();
      return true;
    }
    if (tokens.takes("secret_access_key")) {
      tokens.takes("as");
      once(this.#secretAccessKey, "SECRET_ACCESS_KEY");
      this.#secretAccessKey = tokens.string();
      return true;
    }
    if (tokens.takes("session_token")) {
      tokens.takes("as");
      once(this.#sessionToken, "SESSION_TOKEN");
      this.#sessionToken = tokens.string();
      return true;
    }
    return false;
  }

  /** @throws SqlError 42601 when none of the forms is complete, or two are there. */
  finish(): Authorization {
    const keys = this.#accessKeyId ?? this.#secretAccessKey ?? this.#sessionToken;
    const forms = [this.#role, keys, this.#credentials].filter((form) => form !== undefined).length;
    if (forms === 0) throw new SqlError("42601", "CREDENTIALS argument is required but not supplied");
    if (forms > 1) {
      throw new SqlError(
        "42601",
        "IAM_ROLE, ACCESS_KEY_ID with SECRET_ACCESS_KEY, and CREDENTIALS cannot be used together",
      );
    }
    if (this.#credentials !== undefined) return this.#credentials;
    if (this.#role !== undefined) return { kind: "role", roles: this.#role };
    if (this.#accessKeyId === undefined || this.#secretAccessKey === undefined) {
      throw new SqlError("42601", "ACCESS_KEY_ID and SECRET_ACCESS_KEY must be specified together");
    }
    return {
      kind: "keys",
      accessKeyId: this.#accessKeyId,
      secretAccessKey: this.#secretAccessKey,
      ...(this.#sessionToken === undefined ? {} : { sessionToken: this.#sessionToken }),
    };
  }
}

function once(seen: unknown, name: string): void {
  if (seen !== undefined) throw new SqlError("42601", `conflicting or redundant options: ${name}`);
}

function parseRoles(text: string): readonly string[] {
  const roles = text.split(",");
  if (roles.some((role) => !/^arn:[\w-]+:iam::\d+:role\/\S+$/.test(role))) {
    throw new SqlError(
      "XX000",
      `Invalid IAM role: '${text}' is not an ARN, or a list of them without spaces`,
    );
  }
  return roles;
}

function parseCredentials(text: string): Authorization {
  if (/\s/.test(text)) throw new SqlError("XX000", INVALID_CREDENTIALS);
  const values = new Map<string, string>();
  for (const part of text.split(";")) {
    if (part === "") continue;
    const cut = part.indexOf("=");
    const key = part.slice(0, cut);
    if (cut === -1 || values.has(key)) throw new SqlError("XX000", INVALID_CREDENTIALS);
    values.set(key, part.slice(cut + 1));
  }
  if (values.has("master_symmetric_key")) throw notImitated("client-side encryption (master_symmetric_key)");
  const role = values.get("aws_iam_role");
  const accessKeyId = values.get("aws_access_key_id");
  const secretAccessKey = values.get("aws_secret_access_key");
  const token = values.get("token");
  const known = ["aws_iam_role", "aws_access_key_id", "aws_secret_access_key", "token"];
  if ([...values.keys()].some((key) => !known.includes(key)))
    throw new SqlError("XX000", INVALID_CREDENTIALS);
  if (role !== undefined && values.size === 1) return { kind: "role", roles: parseRoles(role) };
  if (role !== undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new SqlError("XX000", INVALID_CREDENTIALS);
  }
  return {
    kind: "keys",
    accessKeyId,
    secretAccessKey,
    ...(token === undefined ? {} : { sessionToken: token }),
  };
}
