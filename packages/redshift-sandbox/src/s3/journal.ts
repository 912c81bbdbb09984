import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import type { Change } from "./store-state.ts";

const HEADER = `${JSON.stringify({ format: "redshift-sandbox-s3-journal", version: 1 })}\n`;
const LINE_FEED = 0x0a;
/** Garbage lines that are tolerated before the journal is written anew. */
const SLACK = 10_000;

/**
 * The index on disk: a file to which each step is added as one line of JSON (an array of changes, applied together or not at all).
 * Writing is synchronous on purpose. It is one short write into the page cache, and it makes check, journal and memory one
 * step that no other request can come between. Nothing is flushed to the device: a killed process loses nothing, a power cut may.
 */
export class Journal {
  readonly #path: string;
  #file: number;
  #lines: number;
  #bytes: number;
  #isClosed = false;

  private constructor(path: string, file: number, lines: number, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#lines = lines;
    this.#bytes = bytes;
  }

  /**
   * Reads what is there and hands each step to `replay`. A last line that a crash cut short is dropped: nobody was told that it happened.
   * @throws Error when another line cannot be read, rather than to lose objects silently.
   */
  static open(path: string, replay: (changes: readonly Change[]) => void): Journal {
    const file = openSync(path, "a+", 0o600);
    try {
      const content = readFileSync(file);
      const end = content.lastIndexOf(LINE_FEED) + 1;
      const lines = end === 0 ? 0 : replayLines(path, content.subarray(0, end), replay);
      if (end < content.length) ftruncateSync(file, end);
      const journal = new Journal(path, file, lines, end);
      if (end === 0) journal.#write(HEADER);
      return journal;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** Adds a step. When it throws (disk full), the journal is as before. */
  append(changes: readonly Change[]): void {
    // The number of a closed file may already be another file's.
    if (this.#isClosed) throw new Error("the S3 store is closed");
    this.#write(`${JSON.stringify(changes)}\n`);
    this.#lines += 1;
  }

  /** Whether more of the journal is history than state. */
  isWorthRewriting(stateSize: () => number): boolean {
    return this.#lines > SLACK && this.#lines > 2 * stateSize() + SLACK;
  }

  /** Replaces the journal by the given changes, by rename. */
  rewrite(changes: Iterable<Change>): void {
    const path = `${this.#path}.new`;
    const file = openSync(path, "w", 0o600);
    const fresh = new Journal(path, file, 0, 0);
    try {
      fresh.#write(HEADER);
      let text = "";
      for (const change of changes) {
        text += `${JSON.stringify([change])}\n`;
        fresh.#lines += 1;
        if (text.length < 1_000_000) continue;
        fresh.#write(text);
        text = "";
      }
      fresh.#write(text);
      renameSync(path, this.#path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(this.#file);
    this.#file = file;
    this.#lines = fresh.#lines;
    this.#bytes = fresh.#bytes;
  }

  close(): void {
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
      this.#bytes += bytes.length;
    } catch (error) {
      // Half a line must not stay: the next one would be appended to it.
      if (fstatSync(this.#file).size > this.#bytes) ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
  }
}

function replayLines(path: string, content: Buffer, replay: (changes: readonly Change[]) => void): number {
  let number = 0;
  for (let start = 0; start < content.length;) {
    const end = content.indexOf(LINE_FEED, start);
    const line = content.toString("utf8", start, end);
    start = end + 1;
    number += 1;
    if (number === 1) {
      if (`${line}\n` === HEADER) continue;
      throw new Error(
        `${path} is not a journal that this version of redshift-sandbox reads; use another data directory`,
      );
    }
    replay(parseLine(path, number, line));
  }
  return number - 1;
}

function parseLine(path: string, number: number, line: string): readonly Change[] {
  try {
    return JSON.parse(line) as readonly Change[];
  } catch (cause) {
    throw new Error(`${path}, line ${number}, is damaged; restore the file or use another data directory`, {
      cause,
    });
  }
}
