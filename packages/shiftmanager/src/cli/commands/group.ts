import type { Command } from "commander";
import type { Batch, Redshift } from "../../index.ts";
import type { CliContext } from "../context.ts";
import { textTable } from "../text-table.ts";
import { commaList } from "../values.ts";

/** `shiftmanager group create|drop|add|remove|list`. */
export function groupCommand(program: Command, context: CliContext): void {
  const group = program.command("group").description("create, change, drop and list groups of users");
  const change = (build: (redshift: Redshift) => Promise<Batch>): Promise<void> =>
    context.withRedshift(async (redshift) => {
      await context.runOrPreview(redshift, await build(redshift));
    });
  group
    .command("create <name>")
    .description("create a group")
    .option("--user <names>", "existing users who are its first members, separated by commas", commaList)
    .action((name: string, { user = [] }: { readonly user?: readonly string[] }) =>
      change((redshift) => redshift.createGroup(name, { users: user })),
    );
  group
    .command("drop <name>")
    .description("drop a group that holds no privilege in the database; its members stay")
    .action((name: string) => change((redshift) => redshift.dropGroup(name)));
  group
    .command("add")
    .description("add users to a group")
    .argument("<name>")
    .argument("<users>", "separated by commas", commaList)
    .action((name: string, users: readonly string[]) =>
      change((redshift) => redshift.addToGroup(name, users)),
    );
  group
    .command("remove")
    .description("take users out of a group; they stay users")
    .argument("<name>")
    .argument("<users>", "separated by commas", commaList)
    .action((name: string, users: readonly string[]) =>
      change((redshift) => redshift.removeFromGroup(name, users)),
    );
  group
    .command("list")
    .description("list the groups and their members")
    .action(() => list(context));
}

async function list(context: CliContext): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const groups = await redshift.getGroups({ signal: context.signal });
    if (context.flags.json === true) {
      for (const group of groups) context.printJson({ type: "group", ...group });
      return;
    }
    const rows = groups.map(({ name, users }) => ({ name, users: users.join(", ") }));
    context.print(textTable(["name", "users"], rows));
  });
}
