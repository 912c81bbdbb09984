import { compressedShare, type Compression } from "./compression.ts";
import { fileCount, leastFileBytes, mostFileBytes } from "./file-count.ts";
import type { FileRows, OpenFile, RunFiles } from "./run-files.ts";

/** So many files are begun at once. */
const openedAtOnce = 8;

/** As many are open at least, to be compressed in parallel. */
const leastOpen = 4;

/** More are not open at once: each has a compressor's memory. */
const mostOpen = 64;

/** So many blocks are being compressed at once. */
const mostWrites = 6;

/** Compressed bytes that may wait for S3, which takes no small parts. */
const mostWaitingBytes = 64 * 1024 * 1024;

/**
 * Deals the rows of one statement to several files, so that they come out about equal and are compressed in parallel.
 *
 * How much will come is not known. So files are begun when there is enough to give each of the new ones its least; once
 * there are as many as slices, each block goes to the smallest. When too much waits in memory, the fullest is filled first,
 * up to a part that S3 takes.
 */
export class Dealer {
  readonly #files: RunFiles;
  readonly #slices: number;
  readonly #wave: number;
  readonly #compression: Compression;
  #open: OpenFile[] = [];
  #held: FileRows[] = [];
  #heldBytes = 0;
  #share: number | undefined;
  readonly #writes = new Set<Promise<void>>();

  constructor(files: RunFiles, slices: number, compression: Compression) {
    this.#files = files;
    this.#slices = slices;
    this.#wave = waveOf(slices);
    this.#compression = compression;
  }

  async add(rows: FileRows): Promise<void> {
    this.#share ??= await compressedShare(rows.bytes, this.#compression);
    if (this.#open.length === this.#wave) {
      await this.#write(rows);
      await this.#endWave();
      return;
    }
    this.#held.push(rows);
    this.#heldBytes += rows.bytes.byteLength;
    const wanted = Math.min(openedAtOnce, this.#wave - this.#open.length);
    if (this.#heldBytes * this.#share >= wanted * leastFileBytes) await this.#openFiles(wanted);
  }

  async end(): Promise<void> {
    if (this.#held.length > 0) {
      const none = this.#open.length === 0;
      await this.#openFiles(
        none ? fileCount(this.#heldBytes * (this.#share ?? 1), this.#slices, leastOpen) : 0,
      );
    }
    await Promise.all(this.#open.map((file) => file.end()));
  }

  /** Begins files and deals what was held to them; without new ones, to those that there are. */
  async #openFiles(count: number): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (let i = 0; i < Math.min(count, held.length); i += 1) this.#open.push(this.#files.open());
    for (const rows of held) await this.#write(rows);
  }

  async #write({ bytes, ends, brokenLines, release }: FileRows): Promise<void> {
    const file = this.#next();
    if (file === undefined) throw new Error("There is no file to deal rows to.");
    const write = file.write(bytes, ends.length, brokenLines);
    this.#writes.add(write);
    const done = () => {
      this.#writes.delete(write);
      release();
    };
    write.then(done, done);
    if (this.#writes.size >= mostWrites) await Promise.race(this.#writes);
  }

  #next(): OpenFile | undefined {
    const waiting = this.#open.reduce((sum, file) => sum + file.waitingBytes, 0);
    return waiting > mostWaitingBytes
      ? best(this.#open, (file) => file.waitingBytes)
      : best(this.#open, (file) => -file.rawBytes);
  }

  /** Ends the files when all are as large as they should become; others are begun with the next rows. */
  async #endWave(): Promise<void> {
    if (this.#open.some((file) => file.packedBytes < mostFileBytes)) return;
    await Promise.all(this.#open.map((file) => file.end()));
    this.#open = [];
  }
}

function best(files: readonly OpenFile[], rank: (file: OpenFile) => number): OpenFile | undefined {
  let found: OpenFile | undefined;
  let most = -Infinity;
  for (const file of files) {
    const value = rank(file);
    if (value > most) [found, most] = [file, value];
  }
  return found;
}

/** About how many files a `Dealer` makes of so many bytes, compressed. */
export function dealtFiles(bytes: number, slices: number): number {
  const wave = waveOf(slices);
  const first = Math.min(openedAtOnce, wave);
  if (bytes < first * leastFileBytes) return fileCount(bytes, slices, leastOpen);
  if (bytes < wave * leastFileBytes) return first * Math.floor(bytes / (first * leastFileBytes));
  return wave * Math.max(Math.ceil(bytes / (wave * mostFileBytes)), 1);
}

/** How many files are filled at the same time: a multiple of the slices, or a part of them where there are very many. */
function waveOf(slices: number): number {
  if (slices < leastOpen) return slices * Math.ceil(leastOpen / slices);
  let wave = Math.min(slices, mostOpen);
  while (slices % wave !== 0) wave -= 1;
  return wave;
}
