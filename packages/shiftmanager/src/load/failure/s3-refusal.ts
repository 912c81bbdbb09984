import { option, wording, type Wording } from "../../wording.ts";

/** Why COPY could not read from S3. */
export interface S3Refusal {
  /** S3's code, or what Redshift says in place of one. */
  readonly code: string;
  readonly reason: string;
  /** `s3://BUCKET/KEY`, where Redshift names it. */
  readonly file?: string;
  readonly mend: Wording;
}

interface RefusalKind {
  readonly code: string;
  /** Found in what Redshift says where S3's own code is not. */
  readonly text?: RegExp;
  readonly reason: string;
  readonly mend: Wording;
}

const newKeys = wording`renew the keys, or give COPY a role (${option("iamRole")}), which does not lapse.`;
const checkKeys = wording`check the keys that COPY is given (${option("setAwsCredentials()")}), or give it a role (${option("iamRole")}).`;

/**
 * What S3, and Redshift on its way there, refuse a COPY with. The keys or the role are COPY's, which need not be those that
 * uploaded the files.
 * @see AWS Database Developer Guide, "S3ServiceException errors" (s3serviceexception-error); Amazon S3, "Error responses"
 */
export const s3Refusals: readonly RefusalKind[] = [
  {
    code: "AccessDenied",
    reason: "S3 denies COPY access",
    mend: "give its role or keys s3:ListBucket on the bucket and s3:GetObject on the files (with SSE-KMS also kms:Decrypt on the key).",
  },
  {
    code: "NoSuchKey",
    reason: "a file is gone from S3",
    mend: "run it again; when files vanish again, look for a lifecycle rule or another program that deletes them.",
  },
  {
    code: "NoSuchBucket",
    reason: "there is no such bucket for COPY",
    mend: "correct the bucket's name.",
  },
  {
    code: "PermanentRedirect",
    text: /must be addressed using the specified endpoint|region '[^']*' is wrong/i,
    reason: "the bucket is in another region than COPY was told",
    mend: wording`give the bucket's region (${option("region")}).`,
  },
  {
    code: "AuthorizationHeaderMalformed",
    reason: "the bucket is in another region than COPY was told",
    mend: wording`give the bucket's region (${option("region")}).`,
  },
  {
    code: "ExpiredToken",
    text: /token (?:has|is) expired/i,
    reason: "the session token has expired",
    mend: newKeys,
  },
  {
    code: "InvalidToken",
    text: /token is malformed/i,
    reason: "S3 does not accept the session token",
    mend: newKeys,
  },
  {
    code: "InvalidAccessKeyId",
    text: /Access Key Id you provided does not exist/i,
    reason: "S3 does not know the access key",
    mend: checkKeys,
  },
  {
    code: "SignatureDoesNotMatch",
    text: /request signature we calculated does not match/i,
    reason: "the secret key is not the access key's",
    mend: checkKeys,
  },
  {
    code: "AssumeRole",
    text: /not authorized to (?:assume|get credentials of) (?:IAM )?role/i,
    reason: "Redshift may not assume the role",
    mend: wording`attach the role to the cluster or workgroup and let redshift.amazonaws.com assume it, or name another (${option("iamRole")}).`,
  },
  {
    code: "NoDefaultRole",
    text: /no default IAM role/i,
    reason: "the cluster has no default role",
    mend: wording`set one as its default, or name a role (${option("iamRole")}).`,
  },
  {
    code: "SlowDown",
    text: /reduce your request rate/i,
    reason: "S3 asked COPY to slow down",
    mend: "run it again, later or with fewer files.",
  },
  {
    code: "InternalError",
    text: /Error (?:InternalError|ServiceUnavailable|RequestTimeout)/i,
    reason: "S3 failed",
    mend: "run it again later.",
  },
  {
    code: "Interrupted",
    text: /S3 connection was closed|error while reading .*s3:|unexpected end of file/i,
    reason: "a file could not be read to its end",
    mend: "run it again.",
  },
  {
    code: "NoFiles",
    text: /specified S3 prefix '.*' does not exist/i,
    reason: "there are no files in S3",
    mend: "run it again; when files vanish again, look for a lifecycle rule or another program that deletes them.",
  },
];

/**
 * Reads what Redshift says of a COPY that could not read from S3; undefined for anything else.
 * @param said - message and detail of the server's report
 */
export function s3Refusal(said: string): S3Refusal | undefined {
  const code = /S3ServiceException:.*?,Error (\w+)/s.exec(said)?.[1];
  const kind =
    s3Refusals.find((one) => one.code === code) ?? s3Refusals.find(({ text }) => text?.test(said) === true);
  const file = /s3:\/\/[^\s,;'"]+/.exec(said)?.[0];
  const where = file === undefined ? {} : { file };
  if (kind !== undefined) {
    const role =
      kind.code === "AssumeRole" ? /arn:aws[\w-]*:iam::\d+:role\/[^\s,;'"]+/.exec(said)?.[0] : undefined;
    const reason = role === undefined ? kind.reason : `${kind.reason} ${role}`;
    return { code: kind.code, reason, mend: kind.mend, ...where };
  }
  if (code === undefined && !said.includes("S3ServiceException")) return undefined;
  const words = /S3ServiceException:(.*?)(?:,Status|$)/s.exec(said)?.[1]?.trim() ?? "";
  return {
    code: code ?? "S3ServiceException",
    reason: `S3 refused COPY (${[words, code].filter((part) => part !== undefined && part !== "").join(", ")})`,
    mend: "see what S3 says of this error, and run it again.",
    ...where,
  };
}
