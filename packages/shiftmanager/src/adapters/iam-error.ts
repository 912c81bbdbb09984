import { ConnectionError, OptionsError } from "../errors.ts";
import type { IamOptions } from "../settings/iam.ts";

/** What AWS or its SDK refused while a login was prepared, in one sentence that ends with the way out. */
export function iamError(
  error: unknown,
  iam: IamOptions,
  { region, timedOut }: { readonly region: string | undefined; readonly timedOut: boolean },
): ConnectionError | OptionsError {
  if (error instanceof ConnectionError || error instanceof OptionsError) return error;
  const { name, message, code } = named(error);
  const reason = timedOut
    ? "AWS did not answer in time; check the network, the proxy and connectTimeoutMs"
    : (known(name, code, message, iam, region) ??
      `${message.replace(/[.\s]+$/, "")} (${name}); check the iam settings`);
  const target = iam.clusterIdentifier ?? iam.workgroupName;
  return new ConnectionError(`No login for ${target} through IAM: ${reason}.`, { cause: error });
}

function known(
  name: string,
  code: string | undefined,
  message: string,
  iam: IamOptions,
  region: string | undefined,
): string | undefined {
  switch (name) {
    case "ClusterNotFoundFault":
    case "ClusterNotFound":
    case "ResourceNotFoundException":
      return `there is no such ${iam.clusterIdentifier === undefined ? "workgroup" : "cluster"}${region === undefined ? "" : ` in ${region}`}; check its name, the region (AWS_REGION) and the account`;
    case "AccessDenied":
    case "AccessDeniedException":
    case "UnauthorizedOperation":
      return `access is denied; the IAM identity needs ${permissions(iam)}`;
    case "ExpiredToken":
    case "ExpiredTokenException":
    case "InvalidClientTokenId":
    case "UnrecognizedClientException":
    case "SignatureDoesNotMatch":
      return `AWS does not accept the credentials (${name}); renew them, or check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
    case "CredentialsProviderError":
      return "no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile";
  }
  if (/region is missing/i.test(message)) return "no region is set; set AWS_REGION";
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `AWS's endpoint cannot be reached (${code}); check the network, the region and AWS_ENDPOINT_URL`;
  }
  return undefined;
}

/** By default the endpoint is looked up as well. */
function permissions({ clusterIdentifier, dbUser, autoCreate, dbGroups }: IamOptions): string {
  if (clusterIdentifier === undefined) {
    return "redshift-serverless:GetCredentials and, where no host is given, redshift-serverless:GetWorkgroup";
  }
  const needed =
    dbUser === undefined
      ? ["redshift:GetClusterCredentialsWithIAM"]
      : [
          "redshift:GetClusterCredentials",
          ...(autoCreate === true ? ["redshift:CreateClusterUser"] : []),
          ...(dbGroups === undefined ? [] : ["redshift:JoinGroup"]),
        ];
  return `${needed.join(", ")} and, where no host is given, redshift:DescribeClusters`;
}

/** Node reports a host with several addresses as one AggregateError whose own message is empty. */
function named(error: unknown): { readonly name: string; readonly message: string; readonly code?: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return named(error.errors[0]);
  return error instanceof Error ? error : { name: "Error", message: String(error) };
}
