import type { EventHandler, ShiftmanagerEvent } from "../index.ts";
import { countText } from "./count-text.ts";
import { fittedProgressText, progressText, type Progress } from "./progress-line.ts";

/** Where talk goes: stderr, or a test's collector. */
export interface TalkStream {
  readonly isTTY?: boolean;
  /** Of the terminal, as it is now. */
  readonly columns?: number;
  write(text: string): unknown;
}

type Reading = Extract<ShiftmanagerEvent, { type: "reading" }>;

const redrawMs = 100;
const usualColumns = 80;

/**
 * Tells events on stderr. On a terminal a long task is one line that is drawn over; elsewhere it is one line when it is
 * done, so that logs stay short. No colour is used anywhere.
 */
export function eventLines(
  stream: TalkStream,
  terminalType = process.env["TERM"],
): EventHandler & { end(): void } {
  // A dumb terminal cannot go back in its line.
  const draws = stream.isTTY === true && terminalType !== "dumb";
  let drawn = false;
  let lastDraw = 0;
  const started = new Map<string, number>();
  const clear = () => {
    if (drawn) stream.write("\r\u001b[K");
    drawn = false;
  };
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  const progress = (event: Progress) => {
    const now = Date.now();
    const since = started.get(event.task) ?? now;
    started.set(event.task, since);
    if (event.done === true) {
      started.delete(event.task);
      line(progressText(event, now - since));
    } else if (draws && now - lastDraw >= redrawMs) {
      lastDraw = now;
      clear();
      // Many terminals wrap as soon as the last column is written.
      stream.write(fittedProgressText(event, now - since, (stream.columns ?? usualColumns) - 1));
      drawn = true;
    }
  };
  const handler = (event: ShiftmanagerEvent) => {
    if (event.type === "progress") progress(event);
    else {
      const text = eventText(event);
      if (text !== undefined) line(text);
    }
  };
  return Object.assign(handler, { end: clear });
}

function eventText(event: Exclude<ShiftmanagerEvent, Progress>): string | undefined {
  switch (event.type) {
    case "connecting":
      return `${event.again ? "Connecting again" : "Connecting"} to ${event.host}:${event.port}, database ${event.database}, as ${event.user}…`;
    case "statement":
      return `[${event.number}/${event.total}] ${event.summary}`;
    case "reading":
      return readingText(event);
    case "phase":
      return event.state === "begun" ? phaseText[event.phase] : undefined;
    case "notice":
      return `${event.severity}: ${event.message}`;
    case "retry":
      return `Attempt ${event.attempt} in ${(event.delayMs / 1000).toFixed(1)} s: ${event.reason}`;
    case "warning":
      return `warning: ${event.message}`;
    default:
      // A later release of the library may tell more than this one knows.
      return undefined;
  }
}

function readingText({ source, sessions, ranges, expectedRows }: Reading): string {
  if (ranges === undefined) return `Reading ${source} by one statement`;
  const rows = expectedRows === undefined ? "" : `, about ${countText(expectedRows, "row")}`;
  return `Reading ${source} by ${sessions} sessions, in ${ranges} ranges of pages${rows}`;
}

/** Of the phases that have no other line: uploads have their progress, statements their summaries. */
const phaseText: Readonly<Partial<Record<string, string>>> = {
  commit: "Committing",
  explain: "Looking up what failed, and why",
};
