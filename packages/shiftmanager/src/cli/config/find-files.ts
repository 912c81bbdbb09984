import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A config file that applies, and why. */
export interface FoundFile {
  readonly path: string;
  /** `named`: by `--config` or `SHIFTMANAGER_CONFIG`; `project`: found from the working directory upward; `home`: the user's own. */
  readonly kind: "named" | "project" | "home";
}

/** What stands for no file at all. */
export const noFile = "none";

/** What a config file may be written in. */
export const extensions = ["ts", "mts", "js", "mjs", "json"];

/**
 * The config files that apply, the nearest first. One that is named comes in place of the project's.
 * @param named - what `--config` or `SHIFTMANAGER_CONFIG` says
 */
export function findConfigFiles(named: string | undefined, directory = process.cwd()): readonly FoundFile[] {
  if (named === noFile) return [];
  const home = firstOf(homedir(), ".shiftmanager");
  const nearest: FoundFile | undefined =
    named === undefined ? projectFile(directory) : { path: resolve(directory, named), kind: "named" };
  const found = nearest === undefined ? [] : [nearest];
  if (home !== undefined && home !== nearest?.path) found.push({ path: home, kind: "home" });
  return found;
}

function projectFile(directory: string): FoundFile | undefined {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const path = firstOf(folder, "shiftmanager.config");
    if (path !== undefined) return { path, kind: "project" };
    if (dirname(folder) === folder) return undefined;
  }
}

function firstOf(folder: string, name: string): string | undefined {
  return extensions.map((extension) => join(folder, `${name}.${extension}`)).find((path) => existsSync(path));
}
