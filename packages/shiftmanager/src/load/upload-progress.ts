import type { EventHandler } from "../events.ts";

const tellEveryMs = 100;

/** Tells of an upload as one task: rows dealt and compressed bytes, a few times a second and at its end. */
export class UploadProgress {
  readonly #onEvent: EventHandler | undefined;
  readonly #task: string;
  #rows = 0;
  #bytes = 0;
  #toldAt: number;

  constructor(onEvent: EventHandler | undefined, place: string) {
    this.#onEvent = onEvent;
    this.#task = `Upload to ${place}`;
    this.#toldAt = performance.now();
    // The rate is reckoned from the first event.
    onEvent?.({ type: "progress", task: this.#task, rows: 0, bytes: 0 });
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

  bytes(count: number): void {
    this.#bytes += count;
    this.#tell();
  }

  done(files: number): void {
    const { onEvent, task, rows, bytes } = {
      onEvent: this.#onEvent,
      task: this.#task,
      rows: this.#rows,
      bytes: this.#bytes,
    };
    onEvent?.({ type: "progress", task, rows, bytes, files, done: true });
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    this.#onEvent?.({ type: "progress", task: this.#task, rows: this.#rows, bytes: this.#bytes });
  }
}
