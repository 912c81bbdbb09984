import type { Command } from "commander";
import type { Batch, QueryResult, Redshift } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { readInput } from "../read-input.ts";
import { textTable } from "../text-table.ts";

interface ExecFlags {
  readonly command?: string;
  readonly split?: true;
}

/** `shiftmanager exec`: SQL from a file, stdin or the command line, in one transaction. */
export function execCommand(program: Command, context: CliContext): void {
  program
    .command("exec [file]")
    .description("run SQL in one transaction; what only reads runs at once, the rest with --execute")
    .option("-c, --command <sql>", "the SQL itself, in place of a file (- is stdin)")
    .option(
      "--split",
      "run statements that commit or cannot join a transaction apart; what came before an error stays",
    )
    .action((file: string | undefined, flags: ExecFlags) => exec(context, file, flags));
}

async function exec(context: CliContext, file: string | undefined, flags: ExecFlags): Promise<void> {
  if ((file === undefined) === (flags.command === undefined)) {
    throw usageError("Give the SQL once: as a file, as - for stdin, or with -c.");
  }
  if (context.flags.schema !== undefined) {
    throw usageError(
      "--schema does not reach into SQL; write schema.table there, or begin it with SET search_path TO ….",
    );
  }
  const text = flags.command ?? (await readInput(file ?? "-", context.signal));
  // One statement that only reads says enough by its rows.
  const onEvent: typeof context.onEvent = (event) => {
    if (event.type !== "statement" || context.flags.execute === true) context.onEvent(event);
  };
  const run = async (redshift: Redshift): Promise<void> => {
    const batch = await redshift.mogrify(
      text,
      undefined,
      flags.split === true ? { transaction: "split" } : {},
    );
    const results = batch.readsOnly
      ? await redshift.execute(batch, undefined, { signal: context.signal })
      : await context.runOrPreview(redshift, batch);
    if (results !== undefined) printResults(context, batch, results);
  };
  await context.withRedshift(run, { onEvent });
}

function printResults(context: CliContext, batch: Batch, results: readonly QueryResult[]): void {
  results.forEach(({ rows, rowCount, columns = [] }, i) => {
    const statement = i + 1;
    if (context.flags.json === true) {
      for (const row of rows) context.printJson({ type: "row", statement, row });
      context.printJson({ type: "result", statement, rowCount });
    } else if (columns.length > 0) {
      context.print(textTable(columns, rows));
      context.say(`(${rows.length} ${rows.length === 1 ? "row" : "rows"})`);
    } else {
      const changed = rowCount === null ? "" : `, ${rowCount} ${rowCount === 1 ? "row" : "rows"}`;
      context.say(`${batch.statements[i]?.summary ?? "Statement"}: done${changed}`);
    }
  });
}
