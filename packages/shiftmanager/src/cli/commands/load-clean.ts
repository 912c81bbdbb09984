import { InvalidArgumentError, Option, type Command } from "commander";
import type { CleanedRun } from "../../index.ts";
import type { CliContext } from "../context.ts";
import { byteText } from "../progress-line.ts";
import { textTable } from "../text-table.ts";

interface LoadCleanFlags {
  readonly olderThan: number;
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `shiftmanager load clean`. */
export function loadCleanCommand(load: Command, context: CliContext): void {
  load
    .command("clean <uri>")
    .description(
      "list what runs have left under s3://BUCKET/PREFIX; with --execute remove what dead ones have",
    )
    .addOption(
      new Option(
        "--older-than <time>",
        "remove only dead runs of which nothing was heard for so long: 30m, 2d",
      )
        .argParser(milliseconds)
        .default(unitMs.h, "1h"),
    )
    .action((uri: string, flags: LoadCleanFlags) => loadClean(context, uri, flags));
}

async function loadClean(context: CliContext, uri: string, { olderThan }: LoadCleanFlags): Promise<void> {
  const { parseS3Uri } = await context.library();
  const { bucket, prefix } = parseS3Uri(uri);
  const options = { olderThanMs: olderThan, signal: context.signal };
  await context.withRedshift(async (redshift) => {
    const found = await redshift.cleanLoads(bucket, prefix, options);
    const removable = found.filter((run) => run.removable);
    if (context.flags.execute !== true || removable.length === 0) {
      print(context, bucket, found);
      context.say(whatWouldGo(removable.length, found.filter(({ state }) => state === "dead").length));
      return;
    }
    await context.approve(removable.map((run) => `what is left of the run ${place(bucket, run)}`));
    print(context, bucket, await redshift.cleanLoads(bucket, prefix, { ...options, execute: true }));
  });
}

function whatWouldGo(removable: number, dead: number): string {
  if (removable > 0) return `Nothing was removed; add --execute to remove ${runs(removable)}.`;
  if (dead === 0) return "There is nothing to remove.";
  return `Nothing was removed: ${runs(dead)} ${dead === 1 ? "was" : "were"} heard of more recently than --older-than says (default 1h); give a shorter time.`;
}

function runs(count: number): string {
  return `${count} dead ${count === 1 ? "run" : "runs"}`;
}

function print(context: CliContext, bucket: string, runs: readonly CleanedRun[]): void {
  if (context.flags.json === true) {
    for (const run of runs) context.printJson({ type: "run", bucket, ...run });
    const removed = runs.filter((run) => run.removed).length;
    context.printJson({ type: "report", runs: runs.length, removed });
    return;
  }
  if (runs.length === 0) return;
  context.print(
    textTable(
      ["run", "state", "host", "pid", "heard of", "objects", "bytes", "uploads", "removed"],
      runs.map((run) => ({
        run: place(bucket, run),
        state: run.state,
        host: run.owner?.host ?? "",
        pid: run.owner?.pid ?? "",
        "heard of": run.since?.toISOString() ?? "",
        objects: run.objects,
        bytes: byteText(run.bytes),
        uploads: run.openUploads,
        removed: run.removed ? "yes" : "",
      })),
    ),
  );
}

function place(bucket: string, { keyPrefix }: CleanedRun): string {
  return `s3://${bucket}/${keyPrefix}/`;
}

/** `30m` as milliseconds. */
function milliseconds(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Write a number and s, m, h or d: 30m, 1h.");
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}
