import type { S3Access } from "../copy/s3/s3-access.ts";
import { RowBuffer } from "../copy/row-buffer.ts";
import { FileWriter } from "./file-writer.ts";
import type { RowFormat } from "./row-format.ts";
import type { UnloadCommand } from "./unload-command.ts";

/** Rows come in chunks: a file ends this much before MAXFILESIZE, so that the chunk that fills it still fits. */
const MARGIN_BYTES = 256 * 1024;

/** A file that UNLOAD has written; rows include the header line, as in AWS's manifest. */
export interface UnloadedFile {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
}

/** One slice's files, one after the other: a new one is begun when the last has reached MAXFILESIZE. */
export class Slice {
  readonly files: UnloadedFile[] = [];
  readonly out = new RowBuffer();
  readonly #s3: S3Access;
  readonly #command: UnloadCommand;
  readonly #format: RowFormat;
  readonly #nameOf: (part: number) => string;
  #file: FileWriter | undefined;
  #rows = 0;
  #fileBytes = 0;

  constructor(s3: S3Access, command: UnloadCommand, format: RowFormat, nameOf: (part: number) => string) {
    this.#s3 = s3;
    this.#command = command;
    this.#format = format;
    this.#nameOf = nameOf;
  }

  /** Before a row is formatted into `out`. */
  begin(): void {
    if (this.#file !== undefined) return;
    const { bucket } = this.#command.target;
    this.#file = new FileWriter(this.#s3, bucket, this.#nameOf(this.files.length), this.#command.compression);
    this.#rows = 0;
    this.#fileBytes = 0;
    if (this.#command.header) {
      this.#format.header(this.out);
      this.#rows += 1;
    }
  }

  added(): void {
    this.#rows += 1;
  }

  /** True when `flush` is due: a block is full, or the file is. */
  get due(): boolean {
    return this.out.full || this.#reached(this.out.length);
  }

  async flush(): Promise<void> {
    const file = this.#file;
    if (file === undefined || this.out.length === 0) return;
    this.#fileBytes += this.out.length;
    await file.write(this.out.take());
    if (this.#reached(0)) await this.#close(file);
  }

  async end(): Promise<void> {
    await this.flush();
    if (this.#file !== undefined) await this.#close(this.#file);
  }

  async abandon(error: Error): Promise<void> {
    await this.#file?.abandon(error);
  }

  #reached(waiting: number): boolean {
    const { compression, maxFileBytes } = this.#command;
    const bytes = compression === undefined ? this.#fileBytes + waiting : (this.#file?.storedBytes ?? 0);
    return bytes >= maxFileBytes - MARGIN_BYTES;
  }

  async #close(file: FileWriter): Promise<void> {
    await file.close();
    this.files.push({ key: file.key, rows: this.#rows, bytes: file.storedBytes });
    this.#file = undefined;
  }
}
