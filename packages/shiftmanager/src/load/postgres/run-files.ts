import type { CopiedRows, ObjectLocation } from "../../session.ts";
import type { UploadProgress } from "../upload-progress.ts";
import { FileObject, type FileObjectOptions } from "./file-object.ts";
import type { TransferRun } from "./transfer-run.ts";

/** Rows as they go into a file. */
export interface FileRows extends CopiedRows {
  /** A row has a line break in it, so that lines are not rows. */
  readonly brokenLines: boolean;
}

/** One file that was uploaded. */
export interface RowFile {
  readonly location: ObjectLocation;
  readonly rows: number;
  /** As uploaded, compressed. */
  readonly bytes: number;
  /** Lines are not rows: a row has a line break in it. */
  readonly brokenLines: boolean;
}

/** The files of one run, each numbered when it is opened, which is when it has a row: none is ever empty. */
export class RunFiles {
  readonly #run: TransferRun;
  readonly #options: FileObjectOptions;
  readonly #progress: UploadProgress;
  readonly #open = new Set<OpenFile>();
  readonly #done: RowFile[] = [];
  #opened = 0;

  constructor(
    run: TransferRun,
    progress: UploadProgress,
    options: Omit<FileObjectOptions, "onSent" | "onPart">,
  ) {
    this.#run = run;
    this.#progress = progress;
    this.#options = { ...options, onSent: (bytes) => progress.bytes(bytes), onPart: progress.part };
  }

  /** In the order of their numbers, which have no gaps. */
  get done(): readonly RowFile[] {
    return this.#done;
  }

  /** Told of bytes that have come from the source. */
  read(bytes: number): void {
    this.#progress.read(bytes);
  }

  open(): OpenFile {
    const number = this.#opened;
    this.#opened += 1;
    const object = new FileObject(this.#run.objects, this.#run.keys.file(number), this.#options);
    const file = new OpenFile(object, this.#progress, (ended) => {
      this.#done[number] = ended;
      this.#open.delete(file);
    });
    this.#open.add(file);
    return file;
  }

  /** Stops the uploads that are under way and waits until they have let go. */
  async discard(): Promise<void> {
    await Promise.all([...this.#open].map((file) => file.discard()));
  }
}

/** A file that rows are written to. */
export class OpenFile {
  readonly #object: FileObject;
  readonly #progress: UploadProgress;
  readonly #onEnd: (file: RowFile) => void;
  #rows = 0;
  #bytes = 0;
  #brokenLines = false;
  #written: Promise<void> = Promise.resolve();

  constructor(object: FileObject, progress: UploadProgress, onEnd: (file: RowFile) => void) {
    this.#object = object;
    this.#progress = progress;
    this.#onEnd = onEnd;
  }

  /** Given to it so far, before compression. */
  get rawBytes(): number {
    return this.#bytes;
  }

  get packedBytes(): number {
    return this.#object.packedBytes;
  }

  /** Compressed bytes that wait in memory for being sent. */
  get waitingBytes(): number {
    return this.#object.waitingBytes;
  }

  /** Writes whole rows, after what was given before; resolves when more may come. */
  write(bytes: Uint8Array, rows: number, brokenLines: boolean): Promise<void> {
    this.#rows += rows;
    this.#bytes += bytes.byteLength;
    this.#brokenLines ||= brokenLines;
    this.#progress.rows(rows);
    this.#written = this.#written.then(() => this.#object.write(bytes));
    return this.#written;
  }

  async end(): Promise<void> {
    await this.#written;
    const { bytes } = await this.#object.end();
    const { location } = this.#object;
    this.#onEnd({ location, rows: this.#rows, bytes, brokenLines: this.#brokenLines });
  }

  discard(): Promise<void> {
    return this.#object.discard();
  }
}
