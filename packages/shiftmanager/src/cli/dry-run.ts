import type { Command } from "commander";
import type { DryRun, EstimatedFigure, TransferEstimate } from "../index.ts";
import { usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { byteText } from "./progress-line.ts";

/** The flag of loads and unloads that asks for an estimate. */
export interface DryRunFlags {
  readonly dryRun?: true;
}

/** Gives it to a command. */
export function addDryRunFlag(command: Command): Command {
  return command.option(
    "--dry-run",
    "show besides what it would come to: rows, files, bytes, statements, time; not with --execute",
  );
}

/** Whether an estimate is asked for. @throws CliError when it is to be run as well */
export function wantsEstimate(context: CliContext, { dryRun }: DryRunFlags): boolean {
  if (dryRun === true && context.flags.execute === true) {
    throw usageError("--dry-run shows what would be done and --execute does it; give one of the two.");
  }
  return dryRun === true;
}

/** Prints what would run and the estimate: as comments of the script, or with `--json` as a line of its own. */
export function printDryRun(context: CliContext, { batch, estimate }: DryRun): void {
  context.preview(batch);
  if (context.flags.json === true) context.printJson({ type: "estimate", ...estimate });
  else context.print(estimateText(estimate));
}

function estimateText(estimate: TransferEstimate): string {
  const count = (value: number) => value.toLocaleString("en");
  const lines = [
    figureLine("rows", estimate.rows, count),
    figureLine("files", estimate.files, count),
    figureLine("bytes", estimate.bytes, byteText),
    figureLine("statements", estimate.statements, count),
    figureLine("time", estimate.seconds, secondsText),
  ];
  return ["", "-- Estimate; nothing was uploaded and nothing was changed", ...lines].join("\n");
}

function figureLine(
  name: string,
  { value, exact, from }: EstimatedFigure,
  text: (value: number) => string,
): string {
  const shown = value === null ? "not known" : exact ? text(value) : `about ${text(value)}`;
  // What the server said of a run may stand in it.
  return `-- ${name}: ${shown} (${from.replace(/\s+/g, " ")})`;
}

/** Rates of two seconds say nothing of hundredths, but a short load is not to show as nothing. */
function secondsText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
