import type { Command } from "commander";
import type { CheckedFailure, LoadCheckReport } from "../../index.ts";
import { CliError, exitCodes } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { asFlag } from "../flag-names.ts";
import { jsonMappingFlags, mappingOptions, readJsonpaths, type JsonMappingFlags } from "../json-mapping.ts";
import { checkReadable, readDocuments } from "../read-documents.ts";

interface LoadCheckFlags extends JsonMappingFlags {
  readonly table: string;
}

/** `shiftmanager load check`. */
export function loadCheckCommand(load: Command, context: CliContext): void {
  const check = load
    .command("check <files...>")
    .description(
      "check JSON documents against a table as load json would take them; - is stdin, s3://… an object",
    )
    .requiredOption("--table <name>", "table that they are meant for");
  jsonMappingFlags(check).action((files: readonly string[], flags: LoadCheckFlags) =>
    loadCheck(context, files, flags),
  );
}

async function loadCheck(
  context: CliContext,
  files: readonly string[],
  flags: LoadCheckFlags,
): Promise<void> {
  await checkReadable(files);
  const jsonpaths = await readJsonpaths(flags.jsonpaths);
  const { schema } = context.flags;
  const report = await context.withRedshift(async (redshift) => {
    const documents = await readDocuments(context, redshift, files);
    return redshift.checkJsonLoad(documents, jsonpaths, flags.table, {
      signal: context.signal,
      ...mappingOptions(flags),
      ...(schema === undefined ? {} : { schema }),
    });
  });
  if (context.flags.json === true) printJson(context, report);
  else printText(context, report, flags.table);
  if (!report.passes) {
    throw new CliError(
      exitCodes.failed,
      report.rows === 1
        ? "The one document would fail, and with it the load."
        : `${report.failedRows} of ${counted(report.rows)} would fail, and with them the whole load.`,
    );
  }
}

function printText(context: CliContext, report: LoadCheckReport, table: string): void {
  for (const failure of report.failures) context.print(line(failure));
  for (const doubt of report.doubts) context.print(`in doubt: ${line(doubt)}`);
  if (!report.complete) context.print("What comes after it was not looked at.");
  if (report.passes) context.print(`${counted(report.rows)} would load into ${table}.`);
}

/** The sentence, and where else it is so. */
function line(failure: CheckedFailure): string {
  const { places, rows } = failure;
  const others = places
    .slice(1)
    .map(({ file, line: number }) => (file === undefined ? `row ${number}` : `${file}:${number}`));
  const more = rows > places.length ? ", …" : "";
  return failure.worded(asFlag) + (others.length === 0 ? "" : ` Also: ${others.join(", ")}${more}.`);
}

function printJson(context: CliContext, { failures, doubts, ...report }: LoadCheckReport): void {
  for (const failure of failures) context.printJson({ type: "failure", ...failure });
  for (const doubt of doubts) context.printJson({ type: "doubt", ...doubt });
  context.printJson({ type: "report", ...report });
}

function counted(rows: number): string {
  return rows === 1 ? "1 document" : `${rows.toLocaleString("en")} documents`;
}
