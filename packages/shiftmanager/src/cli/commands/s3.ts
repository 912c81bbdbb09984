import { stat } from "node:fs/promises";
import { Option, type Command } from "commander";
import type { Redshift, WriteOptions, WrittenObject } from "../../index.ts";
import { CliError, exitCodes, usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { byteText } from "../progress-line.ts";
import { checkReadable } from "../read-documents.ts";

interface PutFlags {
  readonly contentType?: string;
  readonly cannedAcl?: string;
  readonly encryption: "AES256" | "aws:kms" | "bucket";
}

interface Target {
  readonly bucket: string;
  readonly key: string;
}

/** `shiftmanager s3 put`. */
export function s3Command(program: Command, context: CliContext): void {
  program
    .command("s3")
    .description("write files to S3")
    .command("put <file> <uri>")
    .description("write a file, or stdin (-), to the object s3://BUCKET/KEY")
    .option("--content-type <type>", "what it is, for example text/csv")
    .option("--canned-acl <acl>", "one of S3's canned ACLs, for example bucket-owner-full-control")
    .addOption(
      new Option("--encryption <how>", "how S3 encrypts it; bucket is the bucket's own default")
        .choices(["AES256", "aws:kms", "bucket"])
        .default("AES256"),
    )
    .action((file: string, uri: string, flags: PutFlags) => put(context, file, uri, flags));
}

async function put(context: CliContext, file: string, uri: string, flags: PutFlags): Promise<void> {
  const { parseS3Uri } = await context.library();
  const { bucket, prefix: key } = parseS3Uri(uri);
  if (key === "" || key.endsWith("/")) {
    throw usageError(`${uri} names no object; write it as s3://BUCKET/KEY, with the name at its end.`);
  }
  await checkReadable([file]);
  const target = { bucket, key };
  await context.withRedshift(async (redshift) => {
    const { execute, json } = context.flags;
    const source = file === "-" ? "stdin" : file;
    if (execute !== true) {
      const bytes = file === "-" ? undefined : (await stat(file)).size;
      if (json === true) context.printJson({ type: "put", executed: false, file: source, url: uri, bytes });
      else context.print(`PUT ${uri} from ${source}${bytes === undefined ? "" : ` (${byteText(bytes)})`}`);
      context.say("Nothing was written; add --execute to write it.");
      return;
    }
    if (await isThere(context, redshift, target)) await context.approve([`the object that is at ${uri}`]);
    const { bytes } = await write(context, redshift, file, target, flags);
    if (json === true) context.printJson({ type: "report", bytes, files: 1, url: uri });
    else context.print(`Wrote ${byteText(bytes)} to ${uri}.`);
  });
}

/** Who may write need not be allowed to look; it is said then, and the object is written. */
async function isThere(context: CliContext, redshift: Redshift, { bucket, key }: Target): Promise<boolean> {
  const { StorageError } = await context.library();
  try {
    return (await (await redshift.getBucket(bucket)).find(key)) !== undefined;
  } catch (error) {
    if (!(error instanceof StorageError) || error.httpStatus !== 403) throw error;
    context.say(`Whether s3://${bucket}/${key} is there already cannot be seen with these keys.`);
    return false;
  }
}

async function write(
  context: CliContext,
  redshift: Redshift,
  file: string,
  { bucket, key }: Target,
  { contentType, cannedAcl, encryption }: PutFlags,
): Promise<WrittenObject> {
  const { signal } = context;
  const options: WriteOptions = {
    signal,
    encryption,
    ...(contentType === undefined ? {} : { contentType }),
    ...(cannedAcl === undefined ? {} : { cannedAcl }),
  };
  if (file !== "-") return redshift.writeFilenameToS3(file, bucket, key, options);
  // A terminal or an idle pipe would keep the upload waiting after the signal.
  const stop = () => process.stdin.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await redshift.writeFileToS3(process.stdin, bucket, key, options);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw signal.aborted ? new CliError(exitCodes.failed, "Stopped; nothing was written.") : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
