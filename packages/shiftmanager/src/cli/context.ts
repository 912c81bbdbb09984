import type { Command } from "commander";
import type {
  Batch,
  EventHandler,
  PgConnectionOptions,
  QueryResult,
  Redshift,
  RedshiftOptions,
  ShiftmanagerEvent,
} from "../index.ts";
import type * as library from "../index.ts";
import { CliError, exitCodes } from "./cli-error.ts";
import type { Configuration } from "./config/configuration.ts";
import type { Settings } from "./config/open-redshift.ts";
import { eventLines } from "./event-lines.ts";
import { RunState } from "./run-state.ts";

/** The library, loaded when a command needs it: `--help` must not wait for a driver. */
export type Library = typeof library;

/** The flags that every command has. */
export interface GlobalFlags {
  readonly profile?: string;
  readonly config?: string;
  readonly schema?: string;
  readonly json?: true;
  readonly execute?: true;
  readonly yes?: true;
  readonly revealSecrets?: true;
  readonly iamRole?: string;
  readonly region?: string;
}

/** A line of `--json`. */
export interface JsonLine {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What a command needs of the world outside it. */
export class CliContext {
  readonly #program: Command;
  readonly #talk = eventLines(process.stderr);
  /** How far the command has come. */
  readonly run = new RunState();
  readonly #stop = new AbortController();
  #stoppedBy: "SIGINT" | "SIGTERM" | undefined;
  #configuration: Configuration | undefined;
  #settings: Promise<Settings> | undefined;
  #unlessPrinted: string | undefined;

  constructor(program: Command) {
    this.#program = program;
  }

  /** The global flags, wherever they stood on the command line. */
  get flags(): GlobalFlags {
    return this.#program.opts();
  }

  /** Aborts at SIGINT and SIGTERM: give it to everything that can take long. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The signal that stopped the command. */
  get stoppedBy(): "SIGINT" | "SIGTERM" | undefined {
    return this.#stoppedBy;
  }

  stop(by: "SIGINT" | "SIGTERM"): void {
    this.#stoppedBy = by;
    this.#stop.abort(new CliError(exitCodes[by], `Stopped by ${by}.`));
  }

  /** Is there a person at a terminal to answer questions. */
  get mayAsk(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  }

  library(): Promise<Library> {
    return import("../index.ts");
  }

  /** The config files, read as they are asked for. */
  async configuration(): Promise<Configuration> {
    const { Configuration: Files } = await import("./config/configuration.ts");
    return (this.#configuration ??= new Files(this.flags, {
      library: await this.library(),
      ask: this.mayAsk ? (question) => this.ask(question) : undefined,
      warn: (message) => this.say(`warning: ${message}`),
    }));
  }

  /** What flags, environment and config files come to. */
  settings(): Promise<Settings> {
    return (this.#settings ??= this.#readSettings());
  }

  async #readSettings(): Promise<Settings> {
    const { readSettings } = await import("./config/open-redshift.ts");
    const settings = await readSettings(await this.library(), await this.configuration(), this.flags);
    const { selected, layered } = settings;
    if (selected?.chosen === true && layered.overridden.length > 0)
      this.say(`warning: The profile ${selected.name} is in use, but ${layered.overridden.join(", ")}.`);
    return settings;
  }

  /**
   * Opens the database of the flags, the environment and the profile, and closes it when `work` is done.
   * @param own - options besides: `onEvent` in place of talk, and what the flags say of the source of `load postgres`
   */
  async withRedshift<T>(
    work: (redshift: Redshift) => Promise<T>,
    { onEvent = this.onEvent, source }: Pick<RedshiftOptions, "onEvent" | "source"> = {},
  ): Promise<T> {
    const settings = await this.settings();
    const { openRedshift } = await import("./config/open-redshift.ts");
    const redshift = await openRedshift(await this.library(), settings, this.flags, {
      onEvent,
      ...this.loginPassword("Password", "nothing was done"),
      ...(source === undefined ? {} : { source: await this.#sourceOptions(source) }),
    });
    try {
      return await work(redshift);
    } finally {
      await redshift.close();
      this.#talk.end();
    }
  }

  /** Options of the source of `load postgres`: flags, then the environment, then the profile's `source`. */
  async #sourceOptions(flags: PgConnectionOptions): Promise<PgConnectionOptions | undefined> {
    const { layerSourceFlags } = await import("./config/open-redshift.ts");
    const [library, settings] = [await this.library(), await this.settings()];
    const { askPassword: _, ...given } = flags;
    // A `Redshift` object has a source of its own, unless flags name another.
    const isObject = settings.selected?.profile instanceof library.Redshift;
    if (isObject && Object.values(given).every((value) => value === undefined)) return undefined;
    return layerSourceFlags(library, settings, flags).options;
  }

  /** Tells events on stderr. */
  readonly onEvent: EventHandler = (event: ShiftmanagerEvent) => {
    this.run.note(event);
    this.#talk(event);
  };

  /** The same for what takes long: with `--json` every event is a line on stdout as well. */
  readonly onLongRun: EventHandler = (event: ShiftmanagerEvent) => {
    if (this.flags.json === true && this.flags.execute === true) this.printJson(event);
    this.onEvent(event);
  };

  /** One line of data. */
  print(line: string): void {
    process.stdout.write(line.endsWith("\n") ? line : `${line}\n`);
  }

  /** One JSON value on a line of its own. */
  printJson(value: JsonLine): void {
    this.print(jsonText(value));
  }

  /**
   * What is known only here: as text, or with `--json` as a value.
   * @param otherwise - what is said when it cannot be written, which is a failure even where a reader merely left
   */
  printOnce(text: string, value: JsonLine, otherwise: string): void {
    this.#unlessPrinted = otherwise;
    this.print(this.flags.json === true ? jsonText(value) : text);
  }

  /** Ends the command when stdout takes nothing more. All that was to be done is done before something is printed. */
  outputFailed({ code = "" }: NodeJS.ErrnoException): never {
    // `shiftmanager … | head` has what it wanted.
    if (code === "EPIPE" && this.#unlessPrinted === undefined) process.exit(0);
    this.say(
      `error: ${this.#unlessPrinted ?? `The output cannot be written (${code}); what was done before stays done. Make room, or write it elsewhere.`}`,
    );
    process.exit(exitCodes.failed);
  }

  /** One line for the person, not the program. */
  say(line: string): void {
    this.#talk.end();
    process.stderr.write(`${line}\n`);
  }

  /** Prints what would run; `--json` as one value. */
  preview(batch: Batch): void {
    if (this.flags.json === true) this.printJson({ type: "batch", executed: false, ...batch.toJSON() });
    else this.print(batch.toScript(this.flags.revealSecrets === true ? { secrets: "reveal" } : {}));
    this.say("Nothing was changed; add --execute to run it.");
  }

  /**
   * Shows the batch, or with `--execute` runs it, after approval where it destroys something. Resolves to the results, or
   * undefined for a preview.
   */
  async runOrPreview(redshift: Redshift, batch: Batch): Promise<readonly QueryResult[] | undefined> {
    if (this.flags.execute !== true) {
      this.preview(batch);
      return undefined;
    }
    for (const note of batch.notes) this.say(`Note: ${note}`);
    await this.approve(batch.destroys, batch);
    const results = await redshift.execute(batch, undefined, { signal: this.signal });
    if (this.flags.json === true) this.printJson({ type: "batch", executed: true, ...batch.toJSON() });
    return results;
  }

  /**
   * Asks before something is destroyed: on a terminal by a question, elsewhere `--yes` must have been given.
   * @throws CliError with exit code 3 when it is not approved
   */
  async approve(destroys: readonly string[], batch?: Batch): Promise<void> {
    if (destroys.length === 0 || this.flags.yes === true) return;
    const what = destroys.join("; ");
    if (!this.mayAsk) {
      throw new CliError(
        exitCodes.notApproved,
        `This destroys ${what}; add --yes to approve it without a question.`,
      );
    }
    if (batch !== undefined) this.say(batch.toScript());
    this.say(`This destroys ${what}.`);
    if (!(await this.ask("Run it?"))) {
      throw new CliError(exitCodes.notApproved, "Not approved; nothing was changed.");
    }
  }

  /** Where there is a terminal, the option that asks there for a password which nothing else has. */
  loginPassword(message: string, otherwise: string): Pick<PgConnectionOptions, "askPassword"> {
    return this.mayAsk ? { askPassword: () => this.askPassword(message, otherwise) } : {};
  }

  /**
   * Asks for a password on the terminal.
   * @param otherwise - what is true when none is given: "nothing was changed"
   */
  async askPassword(message: string, otherwise: string): Promise<string> {
    const { isCancel, password } = await import("@clack/prompts");
    this.#talk.end();
    const answer = await password({ message, output: process.stderr, signal: this.signal });
    if (isCancel(answer)) throw new CliError(exitCodes.notApproved, `No password was given; ${otherwise}.`);
    return answer;
  }

  /** Asks a question on the terminal; no is what Enter means. */
  async ask(question: string): Promise<boolean> {
    const { confirm } = await import("@clack/prompts");
    const answer = await confirm({
      message: question,
      initialValue: false,
      output: process.stderr,
      signal: this.signal,
    });
    return answer === true;
  }
}

function jsonText(value: JsonLine): string {
  // A bigint has no JSON form; its digits do.
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}
