import type { CopiedRows } from "../../session.ts";
import { UploadProgress } from "../upload-progress.ts";
import type { SourceFormat } from "./copy-out-statement.ts";
import { uploadRows, type FileRows, type RowFile } from "./row-files.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TransferOptions } from "./transfer-options.ts";
import type { TransferRun } from "./transfer-run.ts";

const defaultLineBytes = 104_857_600;

/** Writes the rows of a COPY on the source to files in S3 while they arrive. */
export async function exportRows(
  { sessions: [session] }: Snapshot,
  copy: string,
  format: SourceFormat,
  run: TransferRun,
  { lineBytes = defaultLineBytes, tempFileDir, cannedAcl, signal }: TransferOptions,
): Promise<readonly RowFile[]> {
  const progress = new UploadProgress(run.onEvent, run.place);
  const files = await uploadRows(fileRows(session.copyOut(copy), format, progress), run.objects, {
    lineBytes,
    keyOf: (n) => run.keys.file(n),
    tempFileDir,
    cannedAcl,
    signal,
    progress,
  });
  progress.done(files.length);
  return files;
}

async function* fileRows(
  rows: AsyncIterable<CopiedRows>,
  format: SourceFormat,
  progress: UploadProgress,
): AsyncGenerator<FileRows> {
  for await (const block of rows) {
    progress.read(block.bytes.byteLength);
    yield { ...block, brokenLines: format === "csv" && breaksLines(block) };
  }
}

/** Whether a line feed stands anywhere but at the end of a row. */
function breaksLines({ bytes, ends }: CopiedRows): boolean {
  let row = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    if (at + 1 !== ends[row]) return true;
    row += 1;
  }
  return false;
}

const lineFeed = 0x0a;

export function totals(files: readonly RowFile[]): {
  readonly keys: readonly string[];
  readonly rows: number;
  readonly bytes: number;
} {
  return {
    keys: files.map(({ location }) => location.key),
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
