import type { Command } from "commander";
import type { SettingOrigin } from "../../index.ts";
import type { FoundFile } from "../config/find-files.ts";
import type { CliContext } from "../context.ts";
import { textTable } from "../text-table.ts";

/** `shiftmanager config`. */
export function configCommand(program: Command, context: CliContext): void {
  program
    .command("config")
    .description("print each setting and where it comes from, secrets masked; it connects to nothing")
    .action(() => config(context));
}

async function config(context: CliContext): Promise<void> {
  const { origins } = await import("../config/open-redshift.ts");
  const library = await context.library();
  const settings = await context.settings();
  const { selected } = settings;
  const files = await (await context.configuration()).files();
  const isObject = selected?.profile instanceof library.Redshift;
  const rows: readonly SettingOrigin[] = [
    ...files.map(({ path, kind }) => ({
      setting: "config file",
      value: path,
      from: fileFrom(context, kind),
    })),
    {
      setting: "profile",
      value: selected?.name ?? null,
      from: selected === undefined ? "not set" : profileFrom(context, selected.chosen, selected.file.path),
    },
    // An object keeps its settings to itself.
    ...(isObject
      ? [{ setting: "redshift", value: null, from: `a Redshift object of ${selected.file.path}` }]
      : origins(library, settings)),
  ];
  if (context.flags.json === true) for (const row of rows) context.printJson({ type: "setting", ...row });
  else
    context.print(
      textTable(
        ["setting", "value", "from"],
        rows.map((row) => ({ ...row, value: row.value ?? "" })),
      ),
    );
}

function fileFrom({ flags }: CliContext, kind: FoundFile["kind"]): string {
  if (kind === "named") return flags.config === undefined ? "SHIFTMANAGER_CONFIG" : "--config";
  return kind === "project" ? "the project" : "the home directory";
}

function profileFrom({ flags }: CliContext, chosen: boolean, path: string): string {
  if (!chosen) return `the default of ${path}`;
  return flags.profile === undefined ? "SHIFTMANAGER_PROFILE" : "--profile";
}
