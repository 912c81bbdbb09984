import { Option, type Command } from "commander";
import type { MergeOptions, OnDuplicate, PastLoad, RunIdOptions } from "../index.ts";
import { countText } from "./count-text.ts";
import { commaList } from "./values.ts";

/** The flags by which a load can be run again. */
export interface RepeatFlags {
  readonly table: string;
  readonly runId?: string;
  readonly runsTable?: string;
  readonly mergeOn?: readonly string[];
  readonly onDuplicate?: OnDuplicate;
  readonly orderBy?: string;
}

/** Gives them to a load's command. */
export function addRepeatFlags(command: Command): void {
  command
    .option("--run-id <id>", "name of this load; one of the same name that has committed is not done again")
    .option(
      "--runs-table <name>",
      "table that run ids are kept in (default: shiftmanager_runs in the table's schema)",
    )
    .option("--merge-on <columns>", "replace the rows that have the same values in these columns", commaList)
    .addOption(
      new Option(
        "--on-duplicate <rule>",
        "of several loaded rows with one key: refuse them, or keep the first or last by --order-by (default: error)",
      ).choices(["error", "first", "last"]),
    )
    .option("--order-by <sql>", "order of the loaded rows with one key");
}

/** The library's options for them. */
export function repeatOptions(flags: RepeatFlags): RunIdOptions & MergeOptions {
  const { runId, runsTable, mergeOn, onDuplicate, orderBy } = flags;
  return {
    ...(runId === undefined ? {} : { runId }),
    ...(runsTable === undefined ? {} : { runsTable }),
    ...(mergeOn === undefined ? {} : { mergeOn }),
    ...(onDuplicate === undefined ? {} : { onDuplicate }),
    ...(orderBy === undefined ? {} : { orderBy }),
  };
}

/** What a merge destroys; known before a document is read, from which no second one could be. */
export function replacedRows({ table, mergeOn }: RepeatFlags): readonly string[] {
  if (mergeOn === undefined) return [];
  return [`the rows of ${table} that have the same ${mergeOn.join(", ")} as loaded ones, as they are now`];
}

/** What is told of a load that was done before. */
export function alreadyLoadedText({ table, runId = "" }: RepeatFlags, { rows, loadedAt }: PastLoad): string {
  return `${runId} was loaded into ${table} before, at ${loadedAt} (${countText(rows, "row")}); nothing was done.`;
}
