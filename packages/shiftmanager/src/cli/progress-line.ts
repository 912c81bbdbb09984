import type { ShiftmanagerEvent } from "../index.ts";
import { countText } from "./count-text.ts";

export type Progress = Extract<ShiftmanagerEvent, { type: "progress" }>;

/** A part of the line, and how soon it gives way where there is no room: the lowest first. */
interface Part {
  readonly text: string;
  readonly weight: number;
}

/** The shortest that a task is cut to before parts give way. */
const leastTask = 24;

/** Task, rows, bytes in and out, files, rates, parts on their way and time left. */
export function progressText(progress: Progress, elapsedMs: number): string {
  return lineOf(
    progress.task,
    partsOf(progress, elapsedMs).map(({ text }) => text),
  );
}

/** The same within so many columns: a line that wrapped could not be drawn over. */
export function fittedProgressText(progress: Progress, elapsedMs: number, columns: number): string {
  let parts = partsOf(progress, elapsedMs);
  const { task } = progress;
  const shortTask = cut(task, leastTask);
  const text = (shown: string) =>
    lineOf(
      shown,
      parts.map((part) => part.text),
    );
  while (parts.length > 0 && widthOf(text(shortTask)) > columns) {
    const least = Math.min(...parts.map(({ weight }) => weight));
    parts = parts.filter(({ weight }) => weight !== least);
  }
  // What the parts leave is the task's.
  return text(cut(task, columns - (widthOf(text(shortTask)) - widthOf(shortTask))));
}

function partsOf(progress: Progress, elapsedMs: number): readonly Part[] {
  const { rows, bytes, bytesIn, files, partsInFlight, done } = progress;
  const perSecond = (count: number) => Math.round((count * 1000) / Math.max(elapsedMs, 1));
  const measured = elapsedMs >= 500;
  const left = secondsLeft(progress, elapsedMs);
  const parts: Part[] = [];
  const add = (weight: number, text: string) => parts.push({ weight, text });
  if (rows !== undefined) add(9, countText(rows, "row"));
  if (bytesIn !== undefined) add(3, `${byteText(bytesIn)} in`);
  if (bytes !== undefined) add(7, bytesIn === undefined ? byteText(bytes) : `${byteText(bytes)} out`);
  if (files !== undefined) add(6, countText(files, "file"));
  if (rows !== undefined && measured) add(5, `${perSecond(rows).toLocaleString("en")} rows/s`);
  if (bytes !== undefined && measured) add(4, `${byteText(perSecond(bytes))}/s`);
  if (partsInFlight !== undefined && done !== true) add(2, `${countText(partsInFlight, "part")} in flight`);
  if (left !== undefined) add(8, `${durationText(left)} left`);
  return parts;
}

/** Undefined where the end is not known, or nothing can be said yet. */
function secondsLeft({ bytesIn, totalBytesIn, done }: Progress, elapsedMs: number): number | undefined {
  if (bytesIn === undefined || totalBytesIn === undefined || done === true) return undefined;
  if (elapsedMs < 500 || bytesIn === 0 || bytesIn > totalBytesIn) return undefined;
  return ((totalBytesIn - bytesIn) / bytesIn) * (elapsedMs / 1000);
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 120) return `${whole} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1,234,567 bytes as "1.2 MB", in powers of 1,000. */
export function byteText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const exponent = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** exponent).toFixed(1)} ${["", "kB", "MB", "GB", "TB"][exponent] ?? ""}`;
}

function lineOf(task: string, parts: readonly string[]): string {
  return parts.length === 0 ? task : `${task}: ${parts.join(", ")}`;
}

/** Columns that a text takes at most: beyond ASCII a character may be two wide. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += character <= "\u007f" || character === "…" ? 1 : 2;
  return width;
}

/** As much of the text as there is room for, and where it is not all of it, "…". */
function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let result = "";
  for (const character of text) {
    if (widthOf(result + character) > columns - 1) break;
    result += character;
  }
  return columns < 1 ? "" : `${result}…`;
}
