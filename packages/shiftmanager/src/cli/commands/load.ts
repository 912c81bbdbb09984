import type { Command } from "commander";
import type { CopyJsonToTableOptions } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { printLoadReport } from "../load-report.ts";
import { addDryRunFlag, printDryRun, wantsEstimate, type DryRunFlags } from "../dry-run.ts";
import { jsonMappingFlags, mappingOptions, readJsonpaths, type JsonMappingFlags } from "../json-mapping.ts";
import { checkReadable, readDocuments } from "../read-documents.ts";
import { addRepeatFlags, repeatOptions, replacedRows, type RepeatFlags } from "../repeat-flags.ts";
import { wholeNumber } from "../values.ts";
import { loadCheckCommand } from "./load-check.ts";
import { loadCleanCommand } from "./load-clean.ts";
import { loadPostgresCommand } from "./load-postgres.ts";

interface LoadJsonFlags extends JsonMappingFlags, RepeatFlags, DryRunFlags {
  readonly table: string;
  readonly s3: string;
  readonly slices?: number;
  readonly keepS3?: true;
  readonly localPath?: string;
  readonly keepLocal?: true;
}

/** `shiftmanager load`, with its `json`, `postgres` and `clean`. */
export function loadCommand(program: Command, context: CliContext): void {
  const load = program.command("load").description("load data into a table through S3");
  loadPostgresCommand(load, context);
  loadCheckCommand(load, context);
  loadCleanCommand(load, context);
  const json = load
    .command("json <files...>")
    .description(
      "load JSON documents: one after the other, or one array; - is stdin, s3://… an object, .gz is unpacked",
    )
    .requiredOption("--table <name>", "table to load into")
    .requiredOption("--s3 <uri>", "where the files may stay meanwhile: s3://BUCKET/PREFIX");
  jsonMappingFlags(json)
    .option(
      "--slices <n>",
      "number of files; a multiple of the cluster's slices is best (default: 32)",
      wholeNumber,
    )
    .option("--keep-s3", "leave the uploaded files in S3")
    .option("--local-path <dir>", "write the data files there as well (default: nothing is written locally)")
    .option("--keep-local", "leave the files in --local-path");
  addRepeatFlags(json);
  addDryRunFlag(json);
  json.action((files: readonly string[], flags: LoadJsonFlags) => loadJson(context, files, flags));
}

async function loadJson(context: CliContext, files: readonly string[], flags: LoadJsonFlags): Promise<void> {
  if (flags.keepLocal === true && flags.localPath === undefined) {
    throw usageError("--keep-local goes with --local-path, which says where the files are to be.");
  }
  const estimates = wantsEstimate(context, flags);
  await checkReadable(files);
  const { parseS3Uri } = await context.library();
  const { bucket, prefix } = parseS3Uri(flags.s3);
  const jsonpaths = await readJsonpaths(flags.jsonpaths);
  const { schema } = context.flags;
  const options: CopyJsonToTableOptions = {
    signal: context.signal,
    cleanUpS3: flags.keepS3 !== true,
    ...(schema === undefined ? {} : { schema }),
    ...mappingOptions(flags),
    ...(flags.slices === undefined ? {} : { slices: flags.slices }),
    ...(flags.localPath === undefined ? {} : { localPath: flags.localPath }),
    cleanUpLocal: flags.keepLocal !== true,
    ...repeatOptions(flags),
  };
  if (flags.localPath !== undefined) context.run.writesTo(flags.localPath);
  await context.withRedshift(
    async (redshift) => {
      const documents = await readDocuments(context, redshift, files);
      if (estimates) {
        printDryRun(
          context,
          await redshift.estimateJsonLoad(bucket, prefix, documents, jsonpaths, flags.table, options),
        );
        return;
      }
      if (context.flags.execute !== true) {
        const preview = { ...options, execute: false as const };
        context.preview(
          await redshift.copyJsonToTable(bucket, prefix, documents, jsonpaths, flags.table, preview),
        );
        return;
      }
      await context.approve(replacedRows(flags));
      const report = await redshift.copyJsonToTable(
        bucket,
        prefix,
        documents,
        jsonpaths,
        flags.table,
        options,
      );
      printLoadReport(context, report, flags, bucket);
    },
    { onEvent: context.onLongRun },
  );
}
