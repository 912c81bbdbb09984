import type { Paint } from "./colours.ts";

/** What was thrown, as one sentence; its stack stays with the object, which is `_error` at the prompt. */
export function errorSentence(error: unknown, paint: Paint): string {
  if (!(error instanceof Error)) return `${paint("error:", "red")} ${String(error)} was thrown.`;
  if (error.name === "AbortError") return paint("Cancelled.", "yellow");
  const [line = ""] = error.message.split("\n");
  // The library's own messages need no name before them.
  const own = "worded" in error || error.name === "CliError";
  return `${paint("error:", "red")} ${own ? error.message : `${error.name}: ${line}`}`;
}
