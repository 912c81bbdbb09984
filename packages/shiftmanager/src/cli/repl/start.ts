import type { Domain } from "node:domain";
import type { AsyncCompleter, Key } from "node:readline";
import { createInterface } from "node:readline";
import type { REPLEval, REPLServer } from "node:repl";
import { Recoverable, start } from "node:repl";
import { PassThrough } from "node:stream";
import type { EventHandler } from "../../index.ts";
import type { CliContext } from "../context.ts";
import { makeBindings } from "./bindings.ts";
import { NameReader } from "./catalog-names.ts";
import { mayColour, paint as painter } from "./colours.ts";
import { completeNames, textPosition } from "./complete.ts";
import { helpText } from "./help-text.ts";
import { keepHistory } from "./history.ts";
import { errorSentence } from "./print-error.ts";
import { valuePrinter } from "./print-value.ts";

/** Parts of Node's REPL that it lets be replaced, though its types do not say so. */
interface Replaceable {
  eval: REPLEval;
  completer: AsyncCompleter;
  lastError: unknown;
  _ttyWrite(text: string | undefined, key: Key | undefined): void;
  /** Where Node sends what a line throws. */
  readonly _domain?: Domain;
}

/** Where a promise waits that a line came to. */
const pending = Symbol.for("shiftmanager.pending");

/** Runs the prompt until it is left; resolves to false when it was no terminal and a line failed. */
export async function runPrompt(context: CliContext): Promise<boolean> {
  const library = await context.library();
  const reader = new NameReader();
  const onEvent: EventHandler = (event) => {
    // One statement says enough by its result; what completion reads is nobody's business.
    if (!reader.isReading && !(event.type === "statement" && event.total === 1)) context.onEvent(event);
  };
  const { values, databases, opened } = await makeBindings(context, library, onEvent);
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const coloured = mayColour(process.stdout);
  const paint = painter(coloured);
  const help = helpText(databases);
  if (terminal) context.say(help.welcome);

  // What is piped in is handed over line by line, each when the one before is done.
  const lines = new PassThrough();
  const server = start({
    prompt: terminal ? "shiftmanager> " : "",
    input: terminal ? process.stdin : lines,
    output: process.stdout,
    terminal,
    useColors: coloured,
    // Values made here are then what the library takes them for: an array is an Array.
    useGlobal: true,
    ignoreUndefined: true,
    preview: false,
    // Not breakEvalOnSigint: Ctrl-C then becomes a signal while a line is evaluated, and one that comes just before Node
    // begins to wait is lost. So it stays a key, which is read below.
    writer: valuePrinter(library, paint, coloured),
  });
  for (const [name, value] of values)
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
  server.defineCommand("help", {
    help: "Print what is at hand",
    action() {
      process.stdout.write(`${help.full}\n`);
      this.displayPrompt();
    },
  });

  const replaceable = server as unknown as Replaceable;
  let failed = false;
  let evaluating = false;
  let giveUpWaiting: (() => void) | undefined;
  let whenDone: (() => void) | undefined;
  const end = () => {
    evaluating = false;
    giveUpWaiting = undefined;
    whenDone?.();
  };
  const fail = (error: unknown) => {
    failed = true;
    replaceable.lastError = error;
    process.stdout.write(`${errorSentence(error, paint)}\n`);
  };

  const evaluate = replaceable.eval;
  replaceable.eval = (code, scope, file, done) => {
    evaluating = true;
    const finish: typeof done = (error, value: unknown) => {
      if (error === null && value instanceof Promise) {
        const givenUp = new Promise((_resolve, reject) => {
          giveUpWaiting = () => reject(new DOMException("The waiting was given up.", "AbortError"));
        });
        Object.defineProperty(globalThis, pending, {
          value: Promise.race([value, givenUp]),
          configurable: true,
        });
        // Node's own way to wait keeps what is typed meanwhile for later.
        const wait = `await globalThis[Symbol.for("${pending.description}")]\n`;
        evaluate.call(server, wait, scope, file, finish);
        return;
      }
      if (error === null || error instanceof Recoverable) done(error, value);
      else {
        fail(error);
        done(null, undefined);
      }
      end();
    };
    evaluate.call(server, code, scope, file, finish);
  };
  replaceable._domain?.removeAllListeners("error").on("error", (error: unknown) => {
    fail(error);
    server.clearBufferedCommand();
    server.displayPrompt();
    end();
  });

  const write = replaceable._ttyWrite.bind(server);
  replaceable._ttyWrite = (text, key) => {
    if (!evaluating || key?.ctrl !== true || key.name !== "c") {
      write(text, key);
      return;
    }
    // The first Ctrl-C stops the statements; what waits for them then ends by itself. Another gives up the waiting, and where
    // that is Node's own, of an `await` in the line, the prompt.
    if ([...opened].filter((redshift) => redshift.cancel()).length > 0) return;
    if (giveUpWaiting === undefined) server.close();
    else giveUpWaiting();
  };

  const members = replaceable.completer.bind(server);
  replaceable.completer = (line, done) => {
    const position = textPosition(line);
    const object = (globalThis as Readonly<Record<string, unknown>>)[position?.object ?? "redshift"];
    const database = object instanceof library.Redshift ? object : values.get("redshift");
    if (position === undefined || !(database instanceof library.Redshift)) {
      members(line, done);
      return;
    }
    void reader.names(database).then((names) => done(null, completeNames(position, names)));
  };

  if (terminal) keepHistory(server, (message) => context.say(`warning: ${message}`));
  const wasLeft = left(server, context.signal);
  if (!terminal) {
    for await (const line of createInterface({ input: process.stdin })) {
      lines.write(`${line}\n`);
      // The line is read in a turn of the event loop of its own.
      await new Promise(setImmediate);
      if (evaluating) await new Promise<void>((resolve) => (whenDone = resolve));
    }
    lines.end();
  }
  await wasLeft;
  await Promise.all([...opened].map((redshift) => redshift.close()));
  return terminal || !failed;
}

/** Resolves when the prompt is left: Ctrl-D, `.exit`, the end of what is piped in, or a signal. */
function left(server: REPLServer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => server.close(), { once: true });
    server.once("exit", resolve);
  });
}
