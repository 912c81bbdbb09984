import type { CopyTableToRedshiftReport, LoadReport } from "../index.ts";
import type { CliContext } from "./context.ts";
import { countText } from "./count-text.ts";
import { byteText } from "./progress-line.ts";
import { alreadyLoadedText, type RepeatFlags } from "./repeat-flags.ts";

/** What the line about a load depends on beside its report. */
export interface LoadReportFlags extends RepeatFlags {
  readonly table: string;
  readonly keepS3?: true;
}

/** Prints what a load did: one sentence, or with `--json` the last line. */
export function printLoadReport(
  context: CliContext,
  report: LoadReport | CopyTableToRedshiftReport,
  flags: LoadReportFlags,
  bucket: string,
): void {
  if (context.flags.json === true) context.printJson({ type: "report", ...report });
  else if (report.alreadyLoaded !== undefined) {
    context.print(alreadyLoadedText(flags, report.alreadyLoaded));
  } else {
    const kept = flags.keepS3 === true ? `; they stay under s3://${bucket}/${report.keyPrefix}/` : "";
    context.print(
      `Loaded ${countText(report.rows, "row")} into ${flags.table} (${countText(report.files, "file")}, ${byteText(report.bytes)} in S3${kept}).`,
    );
  }
}
