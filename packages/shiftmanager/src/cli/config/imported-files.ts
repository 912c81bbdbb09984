import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Jiti } from "jiti";

/** A file and what stands in it. */
export interface SourceFile {
  readonly path: string;
  readonly content: string;
}

/**
 * The files that a module imports by path, and those that they import in turn; nothing is run. Packages are not among them, nor
 * what is imported under a name that only running tells.
 */
export async function importedFiles(jiti: Jiti, module: SourceFile): Promise<readonly SourceFile[]> {
  const found = new Map([[module.path, module]]);
  // A Map hands out what is added meanwhile as well.
  for (const file of found.values()) {
    for (const path of importsOf(jiti, file)) {
      if (found.has(path)) continue;
      const content = await readFile(path, "utf8").catch(() => undefined);
      // One that cannot be read fails when it is imported.
      if (content !== undefined) found.set(path, { path, content });
    }
  }
  found.delete(module.path);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** An import of a file, once compiled. What merely looks like one adds a file that is then checked for nothing. */
const compiledImport = /\b(?:jitiImport|require)\(\s*(["'`])((?:\.{1,2}\/|\/|file:)(?:(?!\1).)+)\1/g;
/** The same with a name in backticks. */
const templateImport = /jitiImport\(s\)\)\)\(`((?:\.{1,2}\/|\/|file:)[^`$]+)`\)/g;

function importsOf(jiti: Jiti, { path, content }: SourceFile): readonly string[] {
  if (!/\.[cm]?[jt]sx?$/.test(path)) return [];
  const code = jiti.transform({
    source: content,
    filename: path,
    ts: /\.[cm]?tsx?$/.test(path),
    async: true,
  });
  const names = [
    ...[...code.matchAll(compiledImport)].map(([, , name = ""]) => name),
    ...[...code.matchAll(templateImport)].map(([, name = ""]) => name),
  ];
  return names.flatMap((name) => {
    const url = jiti.esmResolve(name, { parentURL: pathToFileURL(path), try: true });
    return url === undefined ? [] : [fileURLToPath(url)];
  });
}
