import type { SourceSession } from "../../session.ts";
import { UploadProgress } from "../upload-progress.ts";
import { uploadRows, type RowFile } from "./row-files.ts";
import { RowReader, type FileRows, type RowRules } from "./row-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TransferOptions } from "./transfer-options.ts";
import type { TransferRun } from "./transfer-run.ts";

const defaultLineBytes = 104_857_600;

/** Writes the rows of a COPY on the source to files in S3 while they arrive. */
export async function exportRows(
  { sessions: [session] }: Snapshot,
  copy: string,
  rules: RowRules,
  run: TransferRun,
  { lineBytes = defaultLineBytes, tempFileDir, cannedAcl, signal }: TransferOptions,
): Promise<readonly RowFile[]> {
  const progress = new UploadProgress(run.onEvent, run.place);
  const files = await uploadRows(checked(session, copy, rules), run.objects, {
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

async function* checked(session: SourceSession, copy: string, rules: RowRules): AsyncGenerator<FileRows> {
  const reader = new RowReader(rules);
  for await (const rows of session.copyOut(copy)) yield reader.read(rows);
}

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
