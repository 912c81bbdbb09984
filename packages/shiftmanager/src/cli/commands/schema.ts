import type { Command } from "commander";
import type { CliContext } from "../context.ts";

/** `shiftmanager schema dump`. */
export function schemaCommand(program: Command, context: CliContext): void {
  program
    .command("schema")
    .description("write whole schemas")
    .command("dump <schema>")
    .description("print the statements that create a schema as it is: tables, views, grants, comments")
    .option("--principals", "write the users, groups and roles that it names first, without passwords")
    .action((name: string, { principals = false }: { readonly principals?: boolean }) =>
      dump(context, name, principals),
    );
}

async function dump(context: CliContext, schema: string, principals: boolean): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.schemaDefinition({ schema, principals, signal: context.signal });
    if (context.flags.json === true) context.printJson({ type: "definition", schema, ...batch.toJSON() });
    else context.print(batch.toScript());
  });
}
