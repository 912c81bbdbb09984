import { readFile, stat } from "node:fs/promises";
import { dirname, extname, relative } from "node:path";
import type { Jiti } from "jiti";
import type { Profile, Redshift } from "../../index.ts";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Library } from "../context.ts";
import { approveFile, isApproved } from "./approvals.ts";
import { extensions, type FoundFile } from "./find-files.ts";
import { importedFiles, type SourceFile } from "./imported-files.ts";
import { othersMayRead, requireOwn } from "./trust.ts";

/** A config file that was read. */
export interface ConfigFile extends FoundFile {
  /** What its profiles' relative paths start from. */
  readonly directory: string;
  /** What it exports by name, for the prompt. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Profiles and `Redshift` objects by name; a profile is checked when it is used. */
  readonly profiles: ReadonlyMap<string, Profile | Redshift>;
  readonly defaultProfile: string | undefined;
  /**
   * Asks for the approval that reading alone did not need; absent where the file has one or needs none.
   * @throws CliError where it is not given
   */
  readonly approve?: (what: string) => Promise<void>;
}

/** What reading needs of the command. */
export interface ConfigReader {
  readonly library: Library;
  /** Asks on a terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly warn: (message: string) => void;
}

/**
 * Reads a config file, after whose it is was checked. A project's file that is code, or that sends for values kept elsewhere, is read
 * only after an approval, which is remembered by path and content.
 * @throws CliError for a file that cannot be read, is not trusted or not approved, or fails
 */
export async function loadConfigFile(found: FoundFile, reader: ConfigReader): Promise<ConfigFile> {
  const { path } = found;
  const content = await read(path);
  await requireOwn(path);
  const kind = extname(path).slice(1);
  if (!extensions.includes(kind)) {
    throw failure(
      `The config file ${path} is in no language known here; its name must end in .${extensions.join(", .")}.`,
    );
  }
  const isCode = kind !== "json";
  const asked = found.kind === "project";
  const { exports, files } = isCode
    ? await loadCode({ path, content }, asked, reader)
    : await loadJson({ path, content }, asked, reader);
  const file: ConfigFile = {
    ...found,
    directory: dirname(path),
    ...profilesOf(path, exports, reader.library),
    ...(asked && !isCode ? { approve: (what) => requireApproval(path, content, what, reader) } : {}),
  };
  for (const source of files) await warnOfOpenSecrets(source, file.profiles, reader);
  return file;
}

/** What a file exports, and the files that it was read from. */
interface Loaded {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly files: readonly SourceFile[];
}

async function loadJson(file: SourceFile, asked: boolean, reader: ConfigReader): Promise<Loaded> {
  const data = parseJson(file.path, file.content);
  const reaches = JSON.stringify(data).match(/\{"(?:env|file)":"/) !== null;
  if (asked && reaches) {
    const what = `The project's config file ${file.path} reads environment variables or files and sends them to the server it names`;
    await requireApproval(file.path, file.content, what, reader);
  }
  return { exports: { default: data }, files: [file] };
}

/** A module and what it imports by path are checked and approved together. */
async function loadCode(file: SourceFile, asked: boolean, reader: ConfigReader): Promise<Loaded> {
  const { createJiti } = await import("jiti");
  // TypeScript on every Node, `import "shiftmanager"` from a home directory, and one Redshift class for it and for us.
  const jiti = createJiti(file.path, {
    // A cache in the temporary folder would be code that somebody else could have put there.
    fsCache: false,
    interopDefault: false,
    virtualModules: { shiftmanager: reader.library },
  });
  const imported = await importedFiles(jiti, file);
  for (const { path } of imported) await requireOwn(path, file.path);
  if (asked) {
    const names = imported.map(({ path }) => relative(dirname(file.path), path));
    const files = names.length === 0 ? file.path : `${file.path}, with ${names.join(", ")}`;
    const what = `The project's config file ${files} is code, which may do whatever you may`;
    const all = imported.length === 0 ? file.content : JSON.stringify([file.content, ...imported]);
    await requireApproval(file.path, all, what, reader);
  }
  return { exports: await evaluate(jiti, file), files: [file, ...imported] };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(`The config file ${path} cannot be read (${code ?? String(error)}); check its name.`);
  }
}

/** Never quotes the text, as JSON.parse would: it may hold a password. */
function parseJson(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const line = position === undefined ? undefined : content.slice(0, Number(position)).split("\n").length;
    throw failure(
      `The config file ${path} is not JSON${line === undefined ? "" : `: see line ${line}`}; mend it.`,
    );
  }
}

async function requireApproval(
  path: string,
  content: string,
  what: string,
  { ask }: ConfigReader,
): Promise<void> {
  if (await isApproved(path, content)) return;
  if (ask === undefined) {
    throw new CliError(
      exitCodes.notApproved,
      `${what}; approve it once at a terminal, name it with --config (SHIFTMANAGER_CONFIG), or go without with --config none.`,
    );
  }
  if (!(await ask(`${what}. Trust it from now on, until it changes?`))) {
    throw new CliError(
      exitCodes.notApproved,
      `${path} was not approved and not used; --config none goes without it.`,
    );
  }
  await approveFile(path, content);
}

/** Runs exactly the content that was checked and approved. */
async function evaluate(
  jiti: Jiti,
  { path, content }: SourceFile,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exports = await jiti.evalModule(content, {
      filename: path,
      id: path,
      async: true,
      forceTranspile: true,
    });
    return { ...(exports as object) };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error))
      .replace(/\s+/g, " ")
      .replace(/[.\s]+$/, "");
    throw failure(`The config file ${path} fails: ${reason}; mend it.`);
  }
}

function profilesOf(
  path: string,
  { default: whole, ...named }: Readonly<Record<string, unknown>>,
  library: Library,
): Pick<ConfigFile, "exports" | "profiles" | "defaultProfile"> {
  const profiles = new Map<string, Profile | Redshift>();
  for (const [name, value] of Object.entries(named))
    if (value instanceof library.Redshift || library.looksLikeProfile(value)) profiles.set(name, value);
  const config = whole === undefined ? undefined : library.checkConfig(whole, `The config file ${path}`);
  for (const [name, profile] of Object.entries(config?.profiles ?? {})) profiles.set(name, profile);
  const alone = typeof named["defaultProfile"] === "string" ? named["defaultProfile"] : undefined;
  return { exports: named, profiles, defaultProfile: config?.defaultProfile ?? alone };
}

/** A secret that stands in a file which others can read is theirs as well. */
async function warnOfOpenSecrets(
  { path, content }: SourceFile,
  profiles: ConfigFile["profiles"],
  { warn }: ConfigReader,
): Promise<void> {
  if (process.getuid === undefined || !othersMayRead((await stat(path)).mode)) return;
  const open = [...profiles].filter(([, profile]) =>
    secretsOf(profile).some((secret) => secret !== "" && content.includes(secret)),
  );
  if (open.length === 0) return;
  const names = open.map(([name]) => `"${name}"`).join(", ");
  warn(
    `The config file ${path} holds a password of ${names} and others can read it; run chmod 600 ${path}, or keep it elsewhere: { env: "NAME" }, { file: "path" } or a function.`,
  );
}

const secretSettings = ["password", "awsSecretAccessKey", "securityToken"];

function secretsOf(settings: unknown): readonly string[] {
  if (typeof settings !== "object" || settings === null) return [];
  const { url, source, pg, ...rest } = settings as Readonly<Record<string, unknown>>;
  const own = secretSettings.map((name) => rest[name]).filter((value) => typeof value === "string");
  const inUrl = typeof url === "string" ? (/^[^/?#]*:\/\/[^/?#:]*:([^/?#]*)@/.exec(url)?.[1] ?? "") : "";
  return [...own, inUrl, ...secretsOf(source), ...secretsOf(pg)];
}

function failure(message: string): CliError {
  return new CliError(exitCodes.failed, message);
}
