import { OptionsError } from "../errors.ts";
import { isObject, kind, nameOrNames } from "../kinds.ts";
import type { Fragment } from "../sql/fragment.ts";
import { literal, secret } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import { option, wording } from "../wording.ts";

/** Keys that go into the text of a COPY or UNLOAD; masked wherever it is shown. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys; they must stay valid for the whole COPY, else it is rolled back. */
  readonly sessionToken?: string;
}

/** A role that the cluster assumes: its ARN, several chained ARNs, or `default`, the cluster's default role. */
export interface AwsRole {
  readonly iamRole: string | readonly string[];
}

/** What COPY and UNLOAD are given to reach S3. */
export type AwsAuthorization = AwsRole | AwsKeys;

export const authorizationKind = kind(
  "a role ({ iamRole }) or keys ({ accessKeyId, secretAccessKey })",
  (value) =>
    isObject(value) && ("iamRole" in value ? nameOrNames.fits(value.iamRole) : "accessKeyId" in value),
);

/**
 * Writes the authorization of a COPY or UNLOAD: `IAM_ROLE …`, or the keys one by one. The older CREDENTIALS string is not
 * used: it cannot hold every secret.
 * @throws OptionsError for what is no role and for keys that are no text
 * @see AWS Database Developer Guide, "Authorization parameters" (copy-parameters-authorization)
 */
export function authorizationClause(authorization: AwsAuthorization): Fragment {
  if ("iamRole" in authorization) {
    const role = roleText(authorization);
    return role.toLowerCase() === "default" ? sql`IAM_ROLE DEFAULT` : sql`IAM_ROLE ${literal(role)}`;
  }
  const { accessKeyId, secretAccessKey, sessionToken } = authorization;
  checkKeys(authorization);
  const keys = sql`
    ACCESS_KEY_ID ${secret(accessKeyId)}
    SECRET_ACCESS_KEY ${secret(secretAccessKey)}
  `;
  return sessionToken === undefined
    ? keys
    : sql`
        ${keys}
        SESSION_TOKEN ${secret(sessionToken)}
      `;
}

/** From JavaScript a key may be anything, and what is no text must not become one: `null` is not the key "NULL". */
function checkKeys({ accessKeyId, secretAccessKey, sessionToken = "none" }: AwsKeys): void {
  for (const [name, key] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    if (typeof key !== "string" || key === "") {
      throw new OptionsError(
        `The ${name} is ${key === "" ? "empty" : "no text"}; give both keys, and of temporary ones the token as well.`,
      );
    }
  }
}

/**
 * The first of what the call, the object and the configuration offer.
 * @throws OptionsError when there is none: `default` is never guessed, and the SDK's own keys never go into SQL unasked.
 */
export function requireAuthorization(...offers: readonly (AwsAuthorization | undefined)[]): AwsAuthorization {
  const found = offers.find((offer) => offer !== undefined);
  if (found === undefined) {
    throw new OptionsError(
      wording`COPY and UNLOAD need a role or keys to reach S3: set ${option("iamRole")} (or REDSHIFT_IAM_ROLE), for example "default" for the cluster's default role, or give keys by ${option("setAwsCredentials()")}.`,
    );
  }
  return found;
}

/**
 * Keys that were found and not given: only those that lapse may stand in SQL, for the cluster's query logs may keep it.
 * @throws OptionsError for long-term keys
 */
export function requireSessionKeys(keys: AwsKeys): AwsKeys {
  if (keys.sessionToken !== undefined) return keys;
  throw new OptionsError(
    wording`The keys that the AWS SDK found are long-term ones, and ${option("copyWithClientCredentials", true)} puts only session keys into the text of COPY and UNLOAD, which the cluster's query logs may keep: set ${option("iamRole")}, use a profile that assumes a role or logs in by SSO, or give the keys by ${option("setAwsCredentials()")} all the same.`,
  );
}

const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

function roleText({ iamRole }: AwsRole): string {
  const arns = typeof iamRole === "string" ? iamRole.split(/,(?=arn:)/) : iamRole;
  if (arns.length === 1 && arns[0]?.toLowerCase() === "default") return "default";
  const wrong = arns.find((arn) => !roleArn.test(arn));
  if (arns.length === 0 || wrong !== undefined) {
    throw new OptionsError(
      `"${wrong ?? ""}" is not a role: write its ARN (arn:aws:iam::123456789012:role/NAME), several chained ARNs, or default.`,
    );
  }
  return arns.join(",");
}
