import { setMaxListeners } from "node:events";
import type { CopiedRows, ObjectLocation } from "../../session.ts";
import type { RunObjects } from "../runs/run-objects.ts";
import type { UploadProgress } from "../upload-progress.ts";
import { GzipObject } from "./gzip-object.ts";

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
  /** Number of its first row, from 1. */
  readonly firstRow: number;
  readonly brokenLines: boolean;
}

export interface RowFilesOptions {
  /** Most bytes of a file before compression; a row that is longer has a file of its own. */
  readonly lineBytes: number;
  readonly keyOf: (file: number) => ObjectLocation;
  readonly cannedAcl?: string | undefined;
  readonly tempFileDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress: UploadProgress;
}

/**
 * Writes rows to gzipped files in S3, one after the other, each cut between two rows. Memory holds a few blocks of rows
 * and one part of an upload.
 * When anything fails, the upload under way is stopped before the error is passed on; the caller deletes what is there.
 */
export async function uploadRows(
  rows: AsyncIterable<FileRows>,
  objects: RunObjects,
  options: RowFilesOptions,
): Promise<readonly RowFile[]> {
  const { lineBytes, keyOf, progress, signal } = options;
  const never = new AbortController().signal;
  const stopped = signal ?? never;
  setMaxListeners(0, stopped);
  const files: RowFile[] = [];
  let total = 0;
  let open:
    { readonly object: GzipObject; readonly firstRow: number; size: number; broken: boolean } | undefined;
  const end = async () => {
    if (open === undefined) return;
    const { object, firstRow, broken } = open;
    const { bytes } = await object.end();
    files.push({
      location: object.location,
      rows: total - firstRow + 1,
      bytes,
      firstRow,
      brokenLines: broken,
    });
    open = undefined;
  };
  try {
    for await (const { bytes, ends, brokenLines } of rows) {
      let written = 0;
      let from = 0;
      for (let i = 0; i < ends.length; i += 1) {
        const rowEnd = ends[i] ?? 0;
        const rowStart = i === 0 ? 0 : (ends[i - 1] ?? 0);
        if (open !== undefined && open.size + rowEnd - rowStart > lineBytes) {
          if (rowStart > from) await open.object.write(bytes.subarray(from, rowStart));
          from = rowStart;
          await end();
        }
        open ??= {
          object: new GzipObject(objects, keyOf(files.length), {
            cannedAcl: options.cannedAcl,
            tempFileDir: options.tempFileDir,
            signal: stopped,
            onSent: (sent) => progress.bytes(sent),
            onPart: progress.part,
          }),
          firstRow: total + 1,
          size: 0,
          broken: false,
        };
        open.size += rowEnd - rowStart;
        open.broken ||= brokenLines;
        total += 1;
        progress.row();
        written = rowEnd;
      }
      if (written > from) await open?.object.write(bytes.subarray(from, written));
      stopped.throwIfAborted();
    }
    await end();
    return files;
  } catch (error) {
    await open?.object.discard();
    throw signal?.aborted === true ? signal.reason : error;
  }
}
