import type { EventHandler, ShiftmanagerEvent } from "../index.ts";

/** Where talk goes: stderr, or a test's collector. */
export interface TalkStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

type Reading = Extract<ShiftmanagerEvent, { type: "reading" }>;
type Progress = Extract<ShiftmanagerEvent, { type: "progress" }>;

const redrawMs = 100;

/**
 * Tells events on stderr. On a terminal a long task is one line that is drawn over; elsewhere it is one line when it is
 * done, so that logs stay short.
 */
export function eventLines(stream: TalkStream): EventHandler & { end(): void } {
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
    } else if (stream.isTTY === true && now - lastDraw >= redrawMs) {
      lastDraw = now;
      clear();
      stream.write(progressText(event, now - since));
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
  const rows = expectedRows === undefined ? "" : `, about ${expectedRows.toLocaleString("en")} rows`;
  return `Reading ${source} by ${sessions} sessions, in ${ranges} ranges of pages${rows}`;
}

function progressText({ task, rows, bytes, files }: Progress, elapsedMs: number): string {
  const perSecond = (count: number) => Math.round((count * 1000) / Math.max(elapsedMs, 1));
  const parts = [
    ...(rows === undefined ? [] : [`${rows.toLocaleString("en")} rows`]),
    ...(bytes === undefined ? [] : [byteText(bytes)]),
    ...(files === undefined ? [] : [`${files} ${files === 1 ? "file" : "files"}`]),
    ...(rows === undefined || elapsedMs < 500 ? [] : [`${perSecond(rows).toLocaleString("en")} rows/s`]),
    ...(bytes === undefined || elapsedMs < 500 ? [] : [`${byteText(perSecond(bytes))}/s`]),
  ];
  return parts.length === 0 ? task : `${task}: ${parts.join(", ")}`;
}

/** 1,234,567 bytes as "1.2 MB", in powers of 1,000. */
export function byteText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const exponent = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** exponent).toFixed(1)} ${["", "kB", "MB", "GB", "TB"][exponent] ?? ""}`;
}
