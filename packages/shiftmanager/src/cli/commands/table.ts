import type { Command } from "commander";
import { Option } from "commander";
import type {
  ColumnOverrides,
  DeepCopyOptions,
  DependentsChoice,
  Encoding,
  IdentityChoice,
} from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { countText } from "../count-text.ts";
import { readOptions } from "../read-options.ts";
import { wholeNumber } from "../values.ts";

interface ShowFlags {
  readonly privileges: boolean;
  readonly analyzeCompression?: true;
}

interface DeepCopyFlags {
  readonly distinct?: true;
  readonly deduplicateBy?: readonly string[];
  readonly orderBy?: string;
  readonly nullKeys?: "error" | "keep" | "merge";
  readonly distkey?: string;
  readonly diststyle?: string;
  readonly sortkey?: readonly string[];
  readonly interleavedSortkey?: readonly string[];
  readonly encode?: Readonly<Record<string, string>>;
  readonly analyzeCompression?: true;
  readonly column?: ColumnOverrides;
  readonly addColumn?: ColumnOverrides;
  readonly identity?: string;
  readonly stagingPrefix?: string;
  readonly verify?: "rows" | "content";
  readonly lockTimeoutMs?: number;
  readonly suffix?: string;
  readonly dependents?: DependentsChoice;
  readonly cascade?: true;
  readonly privileges: boolean;
  readonly allowPartialPrivileges?: true;
  readonly assumeNoPolicies?: true;
  readonly analyze: boolean;
  readonly keepOutgoing?: true;
}

const analyzeCompressionHelp =
  "use the encodings that ANALYZE COMPRESSION recommends; locks the table while it looks";

/** `shiftmanager table list|exists|show|privileges|deep-copy`. */
export function tableCommand(program: Command, context: CliContext): void {
  const table = program.command("table").description("look at tables and copy them");
  table
    .command("list")
    .description("list the tables and views of a schema")
    .action(() => list(context));
  table
    .command("exists <table>")
    .description("print true or false")
    .action((name: string) => exists(context, name));
  table
    .command("show <table>")
    .description("print the statements that create a table as it is")
    .option("--no-privileges", "leave out the owner and the grants")
    .option("--analyze-compression", analyzeCompressionHelp)
    .action((name: string, flags: ShowFlags) => show(context, name, flags));
  table
    .command("privileges <table>")
    .description("print the grants on a table or view")
    .action((name: string) => privileges(context, name));
  deepCopyCommand(table, context);
}

function deepCopyCommand(table: Command, context: CliContext): void {
  table
    .command("deep-copy <table>")
    .description("replace a table by a sorted, compacted copy, with another design or without duplicates")
    .addOption(new Option("--distinct", "keep each different row once").conflicts("deduplicateBy"))
    .option("--deduplicate-by <columns>", "keep one row for each value of these columns", commaList)
    .option("--order-by <sql>", "which row of a key to keep: the first in this order, or any")
    .addOption(
      new Option(
        "--null-keys <what>",
        "rows whose key is NULL: stop, keep all of them, or one (default: error)",
      ).choices(["error", "keep", "merge"]),
    )
    .option("--distkey <column>", "distribute the rows by this column")
    .addOption(
      new Option("--diststyle <style>", "distribution style").choices(["even", "key", "all", "auto"]),
    )
    .option("--sortkey <columns>", "sort by these columns in order; or auto, or none", commaList)
    .option("--interleaved-sortkey <columns>", "sort by these columns alike (at most 8)", commaList)
    .option("--encode <column=encoding,...>", "encodings by column, or auto", encodings)
    .option("--column <name=type>", "give a column another type (repeatable)", columnTypes)
    .option("--add-column <name=type>", "add a column at the end (repeatable)", columnTypes)
    .option("--analyze-compression", analyzeCompressionHelp)
    .addOption(
      new Option("--identity <what>", "what becomes of IDENTITY columns (default: refuse)").choices([
        "refuse",
        "generated-by-default",
        "explicit-ids",
        "renumber",
      ]),
    )
    .option("--staging-prefix <s3-uri>", "where --identity explicit-ids puts its files while it runs")
    .addOption(
      new Option(
        "--verify <what>",
        "prove that every row arrived, or also their values (default: rows, with explicit-ids content)",
      ).choices(["rows", "content"]),
    )
    .option("--lock-timeout-ms <n>", "how long to wait for the lock; then name who holds it", wholeNumber)
    .option("--suffix <text>", "what the old table's name ends in until it goes (default: $outgoing)")
    .addOption(
      new Option(
        "--dependents <what>",
        "views that read the table: make them read the new one, stop, or drop them (default: rebind)",
      ).choices(["rebind", "refuse", "drop"]),
    )
    .option("--cascade", "drop the views that read the table, each by name; materialized ones come back")
    .option("--no-privileges", "lose the grants on the table")
    .option("--allow-partial-privileges", "go on although you may not see every grant; those are lost")
    .option(
      "--assume-no-policies",
      "go on although you could not see row-level security; with it, rows are lost",
    )
    .option("--no-analyze", "leave out ANALYZE after the commit")
    .option("--keep-outgoing", "keep the old table under its new name")
    .action((name: string, flags: DeepCopyFlags) => deepCopy(context, name, flags));
}

async function list(context: CliContext): Promise<void> {
  await context.withRedshift(async (redshift) => {
    for (const name of await redshift.getTableNames(readOptions(context))) {
      if (context.flags.json === true) context.printJson({ type: "table", name });
      else context.print(name);
    }
  });
}

async function exists(context: CliContext, name: string): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const found = await redshift.tableExists(name, readOptions(context));
    if (context.flags.json === true) context.printJson({ type: "exists", table: name, exists: found });
    else context.print(String(found));
  });
}

async function show(context: CliContext, name: string, flags: ShowFlags): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.tableDefinition(name, {
      ...readOptions(context),
      copyPrivileges: flags.privileges,
      ...(flags.analyzeCompression === undefined ? {} : { analyzeCompression: true }),
    });
    if (context.flags.json === true)
      context.printJson({ type: "definition", table: name, ...batch.toJSON() });
    else context.print(batch.toScript());
  });
}

async function privileges(context: CliContext, name: string): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.reflectedPrivileges(name, readOptions(context));
    if (context.flags.json === true)
      context.printJson({ type: "privileges", table: name, ...batch.toJSON() });
    else if (batch.statements.length + batch.notes.length > 0) context.print(batch.toScript());
    else context.say(`Nobody but its owner holds a privilege on ${name}.`);
  });
}

async function deepCopy(context: CliContext, name: string, flags: DeepCopyFlags): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.deepCopy(name, { ...readOptions(context), ...copyOptions(flags) });
    const results = await context.runOrPreview(redshift, batch);
    if (results === undefined) return;
    const copied = batch.statements.findIndex(({ sql }) => String(sql).startsWith("INSERT INTO "));
    const rows = results[copied]?.rowCount;
    if (rows !== undefined && rows !== null)
      context.say(`${name}: ${countText(rows, "row")} in the new table.`);
  });
}

function copyOptions(flags: DeepCopyFlags): DeepCopyOptions {
  const { deduplicateBy, sortkey } = flags;
  return {
    copyPrivileges: flags.privileges,
    analyze: flags.analyze,
    ...(flags.analyzeCompression === undefined ? {} : { analyzeCompression: true }),
    ...(flags.distinct === undefined ? {} : { distinct: true }),
    ...(deduplicateBy === undefined ? {} : { deduplicatePartitionBy: deduplicateBy }),
    ...(flags.orderBy === undefined ? {} : { deduplicateOrderBy: flags.orderBy }),
    ...(flags.nullKeys === undefined ? {} : { nullKeys: flags.nullKeys }),
    ...(flags.distkey === undefined ? {} : { distkey: flags.distkey }),
    // The library refuses what is none of its words.
    ...(flags.diststyle === undefined
      ? {}
      : { diststyle: flags.diststyle as NonNullable<DeepCopyOptions["diststyle"]> }),
    ...(sortkey === undefined ? {} : { sortkey: sortkey.length === 1 ? (sortkey[0] ?? "") : sortkey }),
    ...(flags.interleavedSortkey === undefined ? {} : { interleavedSortkey: flags.interleavedSortkey }),
    ...(flags.encode === undefined
      ? {}
      : { encodings: flags.encode["auto"] === "auto" ? "auto" : (flags.encode as Record<string, Encoding>) }),
    ...(flags.identity === undefined ? {} : { identity: flags.identity as IdentityChoice }),
    ...columnOverrides(flags),
    ...(flags.stagingPrefix === undefined ? {} : { stagingPrefix: flags.stagingPrefix }),
    ...(flags.verify === undefined ? {} : { verify: flags.verify }),
    ...(flags.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: flags.lockTimeoutMs }),
    ...(flags.suffix === undefined ? {} : { suffix: flags.suffix }),
    ...(flags.dependents === undefined ? {} : { dependents: flags.dependents }),
    ...(flags.cascade === undefined ? {} : { cascade: true }),
    ...(flags.allowPartialPrivileges === undefined ? {} : { allowPartialPrivileges: true }),
    ...(flags.assumeNoPolicies === undefined ? {} : { assumeNoPolicies: true }),
    ...(flags.keepOutgoing === undefined ? {} : { keepOutgoing: true }),
  };
}

function commaList(text: string): readonly string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw usageError(`"${text}" has an empty name; separate names by single commas.`);
  return items;
}

function columnOverrides({ column = {}, addColumn = {} }: DeepCopyFlags): DeepCopyOptions {
  const added = Object.entries(addColumn).map(([name, one]) => [name, { ...one, add: true }] as const);
  const columns: ColumnOverrides = { ...column, ...Object.fromEntries(added) };
  return Object.keys(columns).length === 0 ? {} : { columns };
}

function columnTypes(text: string, before: ColumnOverrides = {}): ColumnOverrides {
  const at = text.indexOf("=");
  if (at < 1) throw usageError(`"${text}" is not name=type.`);
  return { ...before, [text.slice(0, at).trim()]: { type: text.slice(at + 1) } };
}

/** `auto` alone, or pairs. */
function encodings(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  if (text.trim() === "auto") return { auto: "auto" };
  const pairs = commaList(text).map((pair) => {
    const at = pair.lastIndexOf("=");
    if (at < 1) throw usageError(`--encode "${pair}" is not column=encoding.`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return { ...before, ...Object.fromEntries(pairs) };
}
