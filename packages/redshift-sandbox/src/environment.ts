/** What the environment of a sandbox is made of. */
export interface EnvironmentParts {
  readonly port: number;
  readonly password: string;
  readonly s3Url: string;
  readonly accessKey: { readonly id: string; readonly secret: string; readonly sessionToken?: string };
  readonly region: string;
  readonly bucket: string;
  readonly iamRole: string;
  /** The authority's certificate, when clients are to verify the server. */
  readonly caPath?: string;
}

/** The database and the administrator that every cluster has. */
export const DATABASE = "dev";
export const ADMINISTRATOR = "awsuser";

/**
 * The variables that libpq, node-postgres, the AWS SDKs and shiftmanager read, so that any client simply connects.
 * Without `caPath` clients are told not to use TLS, which the server offers all the same.
 */
export function sandboxEnvironment(parts: EnvironmentParts): Record<string, string> {
  return {
    PGHOST: "127.0.0.1",
    PGPORT: String(parts.port),
    PGUSER: ADMINISTRATOR,
    PGPASSWORD: parts.password,
    PGDATABASE: DATABASE,
    ...(parts.caPath === undefined
      ? { PGSSLMODE: "disable" }
      : { PGSSLMODE: "verify-full", PGSSLROOTCERT: parts.caPath, NODE_EXTRA_CA_CERTS: parts.caPath }),
    AWS_ACCESS_KEY_ID: parts.accessKey.id,
    AWS_SECRET_ACCESS_KEY: parts.accessKey.secret,
    ...(parts.accessKey.sessionToken === undefined
      ? {}
      : { AWS_SESSION_TOKEN: parts.accessKey.sessionToken }),
    AWS_REGION: parts.region,
    AWS_ENDPOINT_URL_S3: parts.s3Url,
    REDSHIFT_SANDBOX_BUCKET: parts.bucket,
    REDSHIFT_IAM_ROLE: parts.iamRole,
  };
}

/**
 * The environment for a command that runs against the sandbox: the inherited one without anything that could lead it elsewhere
 * (`PG*`, `AWS_*`, `*_URL`, proxies) unless it is named in `keep`, and the sandbox's own on top.
 */
export function commandEnvironment(
  inherited: Readonly<NodeJS.ProcessEnv>,
  sandbox: Readonly<Record<string, string>>,
  keep: readonly string[] = [],
): NodeJS.ProcessEnv {
  const kept = Object.entries(inherited).filter(([name]) => keep.includes(name) || !leadsElsewhere(name));
  return { ...Object.fromEntries(kept), ...sandbox };
}

function leadsElsewhere(name: string): boolean {
  return /^(?:PG|AWS_)|_URL$|_PROXY$/i.test(name);
}
