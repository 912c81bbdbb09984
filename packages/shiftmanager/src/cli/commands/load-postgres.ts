import { Option, type Command } from "commander";
import type {
  Compression,
  CopyTableToRedshiftOptions,
  PgConnectionOptions,
  Redshift,
  SourceFormat,
  SourceRows,
  SslMode,
} from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { printLoadReport } from "../load-report.ts";
import { addDryRunFlag, printDryRun, wantsEstimate, type DryRunFlags } from "../dry-run.ts";
import { addRepeatFlags, repeatOptions, type RepeatFlags } from "../repeat-flags.ts";
import { commaList, wholeNumber } from "../values.ts";
import { addValueRuleFlags, valueRules, type ValueRuleFlags } from "./value-rule-flags.ts";

interface LoadPostgresFlags extends RepeatFlags, ValueRuleFlags, DryRunFlags {
  readonly table: string;
  readonly s3: string;
  readonly fromTable?: string;
  readonly fromQuery?: string;
  readonly sourceUrl?: string;
  readonly sourceHost?: string;
  readonly sourcePort?: number;
  readonly sourceUser?: string;
  readonly sourceDatabase?: string;
  readonly sourceSslmode?: SslMode;
  readonly createTable?: true;
  readonly format: SourceFormat;
  readonly compression?: Compression;
  readonly sessions?: number;
  readonly slices?: number;
  readonly columns?: readonly string[];
  readonly delete?: string;
  readonly manifestMaxKeys?: number;
  readonly commitEachManifest?: true;
  readonly lineBytes?: number;
  readonly cannedAcl?: string;
  readonly tempDir?: string;
  readonly keepS3?: true;
}

/** `shiftmanager load postgres`. */
export function loadPostgresCommand(load: Command, context: CliContext): void {
  const command = load
    .command("postgres")
    .description("load a table or query of PostgreSQL; the role that reads needs CONNECT, USAGE and SELECT")
    .requiredOption("--table <name>", "table of Redshift to load into")
    .requiredOption("--s3 <uri>", "where the files may stay meanwhile: s3://BUCKET/PREFIX")
    .option("--from-table <name>", "table of PostgreSQL to read")
    .option("--from-query <sql>", "query of PostgreSQL to read")
    .option("--source-host <host>", "host of PostgreSQL; PG* variables mean Redshift and are not read for it")
    .option("--source-port <port>", "its port (default: 5432)", wholeNumber)
    .option(
      "--source-user <name>",
      "user to read as; the password: SHIFTMANAGER_SOURCE_PASSWORD, ~/.pgpass, a prompt",
    )
    .option("--source-database <name>", "database to read")
    .addOption(
      new Option("--source-sslmode <mode>", "TLS to PostgreSQL (default: verify-full)").choices([
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
      ]),
    )
    .option("--source-url <url>", "the same in one, without a password (SHIFTMANAGER_SOURCE_URL)")
    .option("--create-table", "create the table, for what the source holds; refused when it exists")
    .addOption(new Option("--format <format>", "what the files hold").choices(["csv", "json"]).default("csv"))
    .addOption(
      new Option(
        "--compression <kind>",
        "of the files (default: zstd where this Node has it, else gzip)",
      ).choices(["zstd", "gzip", "none"]),
    )
    .option("--sessions <n>", "sessions that read a table at once (default: 2 to 4)", wholeNumber)
    .option(
      "--slices <n>",
      "the number of files is a multiple of this (default: the slices of the cluster)",
      wholeNumber,
    )
    .option(
      "--columns <names>",
      "columns to load, separated by commas (default: all, which both sides must have)",
      commaList,
    )
    .option("--delete <sql>", "a DELETE that runs first, in the transaction of the load")
    .option("--manifest-max-keys <n>", "most files in one COPY (default: all)", wholeNumber)
    .option("--commit-each-manifest", "commit after each COPY; not with --delete")
    .option(
      "--line-bytes <n>",
      "most bytes of a file before compression (default: as COPY likes them)",
      wholeNumber,
    )
    .option("--canned-acl <name>", "canned ACL of the files in S3")
    .option("--temp-dir <path>", "finish each file on disk before its upload (default: none is written)")
    .option("--keep-s3", "leave the uploaded files in S3");
  addRepeatFlags(command);
  addDryRunFlag(command);
  addValueRuleFlags(command).action((flags: LoadPostgresFlags) => loadPostgres(context, flags));
}

async function loadPostgres(context: CliContext, flags: LoadPostgresFlags): Promise<void> {
  const estimates = wantsEstimate(context, flags);
  const rows = sourceRows(flags);
  const source = sourceOptions(context, flags);
  const { parseS3Uri } = await context.library();
  const { bucket, prefix } = parseS3Uri(flags.s3);
  const { schema } = context.flags;
  const options: CopyTableToRedshiftOptions = {
    ...rows,
    ...valueRules(flags),
    ...(flags.createTable === undefined ? {} : { createTable: true }),
    format: flags.format,
    signal: context.signal,
    cleanupS3: flags.keepS3 !== true,
    ...(schema === undefined ? {} : { schema }),
    ...(flags.compression === undefined ? {} : { compression: flags.compression }),
    ...(flags.sessions === undefined ? {} : { sessions: flags.sessions }),
    ...(flags.slices === undefined ? {} : { slices: flags.slices }),
    ...(flags.columns === undefined ? {} : { columns: flags.columns }),
    ...(flags.delete === undefined ? {} : { deleteStatement: flags.delete }),
    ...(flags.manifestMaxKeys === undefined ? {} : { manifestMaxKeys: flags.manifestMaxKeys }),
    ...(flags.commitEachManifest === undefined ? {} : { commitEachManifest: true }),
    ...(flags.lineBytes === undefined ? {} : { lineBytes: flags.lineBytes }),
    ...(flags.cannedAcl === undefined ? {} : { cannedAcl: flags.cannedAcl }),
    ...(flags.tempDir === undefined ? {} : { tempFileDir: flags.tempDir }),
    ...repeatOptions(flags),
  };
  const load = async (redshift: Redshift): Promise<void> => {
    if (estimates) {
      printDryRun(context, await redshift.estimateTableToRedshift(flags.table, bucket, prefix, options));
      return;
    }
    const execute = context.flags.execute === true;
    if (!execute || flags.delete !== undefined || flags.mergeOn !== undefined) {
      const batch = await redshift.copyTableToRedshift(flags.table, bucket, prefix, {
        ...options,
        execute: false,
      });
      if (!execute) {
        context.preview(batch);
        return;
      }
      await context.approve(batch.destroys, batch);
    }
    const report = await redshift.copyTableToRedshift(flags.table, bucket, prefix, options);
    printLoadReport(context, report, flags, bucket);
  };
  // The source is connected to when it is read, after the options were checked.
  await context.withRedshift(load, { source, onEvent: context.onLongRun });
}

function sourceRows({ fromTable, fromQuery }: LoadPostgresFlags): SourceRows {
  if (fromTable !== undefined && fromQuery === undefined) return { pgTableName: fromTable };
  if (fromQuery !== undefined && fromTable === undefined) return { pgSelectStatement: fromQuery };
  throw usageError("Give either --from-table or --from-query: what is to be read.");
}

function sourceOptions(context: CliContext, flags: LoadPostgresFlags): PgConnectionOptions {
  const { sourceUrl: url, sourceHost: host, sourcePort: port, sourceUser: user } = flags;
  // Every user of this machine can read a command line.
  if (url !== undefined && /^[^/?#]*:\/\/[^/?#]*:[^/?#]*@/.test(url)) {
    throw usageError(
      "--source-url holds a password, which other users of this machine can read; leave it out and set SHIFTMANAGER_SOURCE_PASSWORD, or put the whole URL into SHIFTMANAGER_SOURCE_URL.",
    );
  }
  return {
    url,
    host,
    port,
    user,
    database: flags.sourceDatabase,
    ssl: flags.sourceSslmode,
    ...context.loginPassword("Password of the source database", "nothing was read"),
  };
}
