import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { SandboxOptions } from "../sandbox.ts";
import type { Edition } from "../sql/plan.ts";

/** What `start` and `exec` have in common, as commander hands it over. */
export interface SandboxFlags {
  readonly port: number;
  readonly s3Port: number;
  readonly bucket: readonly string[];
  readonly data?: string;
  readonly envFile?: string;
  readonly iamRole: readonly string[];
  readonly tls: boolean;
  readonly edition: Edition;
  readonly pgBin?: string;
}

/** Adds the flags to a command. A port of 0 means any free one. */
export function addSandboxFlags(
  command: Command,
  ports: { readonly sql: number; readonly s3: number },
): Command {
  return command
    .addOption(portOption("--port <number>", "port for SQL on 127.0.0.1, 0 for any free one", ports.sql))
    .addOption(portOption("--s3-port <number>", "port for S3 on 127.0.0.1, 0 for any free one", ports.s3))
    .addOption(
      new Option("--bucket <name,...>", "buckets to make; the first is in the environment")
        .argParser(list(bucketName))
        .default(["sandbox"], "sandbox"),
    )
    .option("--data <directory>", "keep data, objects and password here between runs (default: temporary)")
    .option("--env-file <file>", "write the environment to this file; removed on stop")
    .addOption(
      new Option("--iam-role <arn,...>", "roles that COPY and UNLOAD may assume; the first is `default`")
        .argParser(list(roleArn))
        .default(["arn:aws:iam::123456789012:role/sandbox"], "arn:aws:iam::123456789012:role/sandbox"),
    )
    .option("--tls", "have clients use TLS and verify the server", false)
    .addOption(
      new Option(
        "--edition <kind>",
        "which Redshift to be; serverless refuses STL_, STV_, SVL_ and SVCS_ relations",
      )
        .choices(["provisioned", "serverless"])
        .default("provisioned"),
    )
    .option("--pg-bin <directory>", "PostgreSQL 17's programs (default: those of the npm package)");
}

/** The flags as `startSandbox` wants them. */
export function sandboxOptions(flags: SandboxFlags): SandboxOptions {
  return {
    port: flags.port,
    s3Port: flags.s3Port,
    buckets: flags.bucket,
    iamRoles: flags.iamRole,
    tls: flags.tls,
    edition: flags.edition,
    ...(flags.data === undefined ? {} : { dataDir: flags.data }),
    ...(flags.pgBin === undefined ? {} : { pgBin: flags.pgBin }),
  };
}

/** Reads a comma-separated list of which no item is empty. */
export function list(item: (text: string) => string): (text: string) => string[] {
  return (text) => text.split(",").map((part) => item(part.trim()));
}

/** Reads the name of an environment variable. */
export function variableName(text: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not the name of an environment variable.`);
}

function portOption(flag: string, description: string, value: number): Option {
  const option = new Option(flag, description).argParser(portNumber);
  return value === 0 ? option.default(0, "any free one") : option.default(value);
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("Not a port number from 0 to 65535.");
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketName(text: string): string {
  if (/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(text) && !text.includes("..")) return text;
  throw new InvalidArgumentError(
    `"${text}" is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at each end.`,
  );
}

function roleArn(text: string): string {
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not the ARN of a role (arn:aws:iam::123456789012:role/NAME).`);
}
