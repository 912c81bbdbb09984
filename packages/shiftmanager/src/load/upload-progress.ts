import type { EventHandler } from "../events.ts";
import type { SourceSize } from "./json-documents.ts";

const tellEveryMs = 100;

/** Tells of an upload as one task: rows, bytes in and out, parts on their way; a few times a second and at its end. */
export class UploadProgress {
  readonly #onEvent: EventHandler | undefined;
  readonly #place: string;
  readonly #size: SourceSize | undefined;
  #rows = 0;
  #bytes = 0;
  #bytesIn = 0;
  #partsInFlight = 0;
  #expectedIn: number | undefined;
  #toldAt: number;

  /**
   * @param place - of the run's objects in S3
   * @param size - of the source, where it knows how far it has been read
   */
  constructor(onEvent: EventHandler | undefined, place: string, size?: SourceSize) {
    this.#onEvent = onEvent;
    this.#place = place;
    this.#size = size;
    this.#expectedIn = size?.totalBytes;
    this.#toldAt = performance.now();
    // The rate is reckoned from the first event.
    this.#send({});
  }

  row(): void {
    this.#rows += 1;
    // Most rows are small: the clock is asked only now and then.
    if (this.#rows % 64 === 0) this.#tell();
  }

  rows(count: number): void {
    this.#rows += count;
    this.#tell();
  }

  /** How many bytes a source will come to that does not know its size, as far as is known now. */
  expect(bytesIn: number): void {
    this.#expectedIn = bytesIn;
  }

  /** Bytes that have been read; a source that counts its own needs none of it. */
  read(count: number): void {
    this.#bytesIn += count;
  }

  /** Bytes that are written. */
  bytes(count: number): void {
    this.#bytes += count;
    this.#tell();
  }

  /** A part sets out, or has arrived. */
  readonly part = (change: 1 | -1): void => {
    this.#partsInFlight += change;
    this.#tell();
  };

  done(files: number): void {
    this.#send({ files, done: true });
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    this.#send({});
  }

  #send(more: { readonly files?: number; readonly done?: boolean }): void {
    this.#onEvent?.({
      type: "progress",
      task: `Upload to ${this.#place}`,
      rows: this.#rows,
      bytes: this.#bytes,
      bytesIn: this.#size?.bytesRead() ?? this.#bytesIn,
      ...(this.#expectedIn === undefined ? {} : { totalBytesIn: this.#expectedIn }),
      partsInFlight: this.#partsInFlight,
      place: this.#place,
      ...more,
    });
  }
}
