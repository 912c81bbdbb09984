import { Option, type Command } from "commander";
import type { UnloadExisting, UnloadFormat, UnloadTableOptions } from "../../index.ts";
import type { CliContext } from "../context.ts";
import { countText } from "../count-text.ts";
import { addDryRunFlag, printDryRun, wantsEstimate, type DryRunFlags } from "../dry-run.ts";
import { byteText } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import { commaList } from "../values.ts";

interface UnloadFlags extends DryRunFlags {
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly format: UnloadFormat;
  readonly nullAs?: string;
  readonly existing: UnloadExisting;
}

/** `shiftmanager unload`. */
export function unloadCommand(program: Command, context: CliContext): void {
  const command = program
    .command("unload <table> <uri>")
    .description("write a table's rows to files in S3 whose names begin with s3://BUCKET/PREFIX")
    .option("--columns <names>", "columns to write, separated by commas (default: all)", commaList)
    .option("--where <sql>", "a condition, without the word WHERE")
    .addOption(
      new Option("--format <format>", "what the files hold").choices(["json", "csv", "text"]).default("json"),
    )
    .option("--null-as <text>", "what stands for NULL in csv and text (default: \\N, as COPY reads it)")
    .addOption(
      new Option(
        "--existing <what>",
        "files that are there already: write over those of the same name, refuse, or delete all under the prefix first",
      )
        .choices(["overwrite", "refuse", "replace"])
        .default("refuse"),
    );
  addDryRunFlag(command).action((table: string, uri: string, flags: UnloadFlags) =>
    unload(context, table, uri, flags),
  );
}

async function unload(context: CliContext, table: string, uri: string, flags: UnloadFlags): Promise<void> {
  const estimates = wantsEstimate(context, flags);
  const { parseS3Uri } = await context.library();
  const { bucket, prefix } = parseS3Uri(uri);
  const { schema } = context.flags;
  const options: UnloadTableOptions = {
    format: flags.format,
    existing: flags.existing,
    signal: context.signal,
    ...(schema === undefined ? {} : { schema }),
    ...(flags.columns === undefined ? {} : { columns: flags.columns }),
    ...(flags.where === undefined ? {} : { where: flags.where }),
    ...(flags.nullAs === undefined ? {} : { nullAs: flags.nullAs }),
  };
  await context.withRedshift(async (redshift) => {
    if (estimates) {
      printDryRun(context, await redshift.estimateUnload(bucket, prefix, table, options));
      return;
    }
    const batch = await redshift.unloadTableToS3(bucket, prefix, table, { ...options, execute: false });
    if (context.flags.execute !== true) {
      context.preview(batch);
      return;
    }
    await context.approve(batch.destroys, batch);
    const report = await redshift.unloadTableToS3(bucket, prefix, table, options);
    if (context.flags.json === true) {
      for (const file of report.files) context.printJson({ type: "file", ...file });
      const { rows, bytes, files, manifest, stale } = report;
      context.printJson({ type: "report", rows, bytes, files: files.length, manifest, stale });
      return;
    }
    if (report.files.length > 0) {
      context.print(
        textTable(
          ["file", "rows", "bytes"],
          report.files.map(({ url, rows, bytes }) => ({
            file: url,
            rows: rows ?? null,
            bytes: bytes ?? null,
          })),
        ),
      );
    }
    context.say(
      `Wrote ${countText(report.rows, "row")} to ${countText(report.files.length, "file")}, ${byteText(report.bytes)}${report.manifest === undefined ? "" : `; manifest ${report.manifest}`}.`,
    );
  });
}
