import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { readOptions } from "../read-options.ts";
import { textTable } from "../text-table.ts";

/** `shiftmanager view list|show`. */
export function viewCommand(program: Command, context: CliContext): void {
  const view = program.command("view").description("look at views: regular, late-binding and materialized");
  view
    .command("list")
    .description("list the views of a schema and their kinds")
    .action(() => list(context));
  view
    .command("show <view>")
    .description("print the statements that create a view as it is")
    .option("--no-privileges", "leave out the owner and the grants")
    .action((name: string, flags: { readonly privileges: boolean }) => show(context, name, flags));
}

async function list(context: CliContext): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const views = await redshift.getViews(readOptions(context));
    if (context.flags.json === true) {
      for (const { schema, name, kind } of views) context.printJson({ type: "view", schema, name, kind });
      return;
    }
    const rows = views.map(({ name, kind }) => ({ name, kind }));
    context.print(textTable(["name", "kind"], rows));
  });
}

async function show(
  context: CliContext,
  name: string,
  { privileges }: { readonly privileges: boolean },
): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.viewDefinition(name, {
      ...readOptions(context),
      copyPrivileges: privileges,
    });
    if (context.flags.json === true) context.printJson({ type: "definition", view: name, ...batch.toJSON() });
    else context.print(batch.toScript());
  });
}
