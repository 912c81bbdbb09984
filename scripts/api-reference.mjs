// @ts-check
/**
 * Writes docs/api from the doc comments of the library's exported names. With `--check` it writes nothing and fails when the
 * pages are not what the code says.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const root = fileURLToPath(new URL("..", import.meta.url));
const committed = join(root, "docs", "api");

if (process.argv.includes("--check")) {
  await mkdir(join(root, ".cache"), { recursive: true });
  const made = await mkdtemp(join(root, ".cache", "api-"));
  try {
    await write(made);
    const [now, then] = await Promise.all([pages(made), pages(committed)]);
    const stale = [...new Set([...now.keys(), ...then.keys()])].filter(
      (name) => now.get(name) !== then.get(name),
    );
    if (stale.length > 0) {
      console.error(`docs/api is not what the code says (${stale.join(", ")}); run \`npm run docs\`.`);
      process.exitCode = 1;
    }
  } finally {
    await rm(made, { recursive: true });
  }
} else {
  await write(committed);
}

/** @param {string} out */
async function write(out) {
  const app = await Application.bootstrapWithPlugins({ options: join(root, "typedoc.json"), out });
  const project = await app.convert();
  if (project === undefined) throw new Error("The sources do not compile; run `npm run typecheck`.");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("The API reference is incomplete: see the warnings above.");
  }
}

/** @param {string} folder */
async function pages(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".md"));
  return new Map(
    await Promise.all(
      names.map(async (name) => /** @type {const} */ ([name, await readFile(join(folder, name), "utf8")])),
    ),
  );
}
