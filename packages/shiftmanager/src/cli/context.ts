import type { Command } from "commander";
import type { Batch, EventHandler, QueryResult, Redshift, ShiftmanagerEvent } from "../index.ts";
import type * as library from "../index.ts";
import { CliError, exitCodes } from "./cli-error.ts";
import { eventLines } from "./event-lines.ts";

/** The library, loaded when a command needs it: `--help` must not wait for a driver. */
export type Library = typeof library;

/** The flags that every command has. */
export interface GlobalFlags {
  readonly schema?: string;
  readonly json?: true;
  readonly execute?: true;
  readonly yes?: true;
  readonly revealSecrets?: true;
  readonly iamRole?: string;
  readonly region?: string;
}

/** What a command needs of the world outside it. */
export class CliContext {
  readonly #program: Command;
  readonly #talk = eventLines(process.stderr);
  readonly #stop = new AbortController();
  #stoppedBy: "SIGINT" | "SIGTERM" | undefined;

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

  library(): Promise<Library> {
    return import("../index.ts");
  }

  /** Opens the database of the environment and the global flags, and closes it when `work` is done. */
  async withRedshift<T>(work: (redshift: Redshift) => Promise<T>, onEvent = this.onEvent): Promise<T> {
    const { Redshift } = await this.library();
    const { iamRole, region } = this.flags;
    const redshift = new Redshift({
      onEvent,
      ...(iamRole === undefined ? {} : { iamRole: iamRole.split(",") }),
      ...(region === undefined ? {} : { region }),
    });
    try {
      return await work(redshift);
    } finally {
      await redshift.close();
      this.#talk.end();
    }
  }

  /** Tells events on stderr. */
  readonly onEvent: EventHandler = (event: ShiftmanagerEvent) => this.#talk(event);

  /** One line of data. */
  print(line: string): void {
    process.stdout.write(line.endsWith("\n") ? line : `${line}\n`);
  }

  /** One JSON value on a line of its own. */
  printJson(value: { readonly type: string; readonly [key: string]: unknown }): void {
    // A bigint has no JSON form; its digits do.
    this.print(JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)));
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
    if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
      throw new CliError(
        exitCodes.notApproved,
        `This destroys ${what}; add --yes to approve it without a question.`,
      );
    }
    if (batch !== undefined) this.say(batch.toScript());
    this.say(`This destroys ${what}.`);
    const { confirm } = await import("@clack/prompts");
    const answer = await confirm({
      message: "Run it?",
      initialValue: false,
      output: process.stderr,
      signal: this.signal,
    });
    if (answer !== true) throw new CliError(exitCodes.notApproved, "Not approved; nothing was changed.");
  }
}
