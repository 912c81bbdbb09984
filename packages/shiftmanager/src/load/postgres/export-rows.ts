import type { CopiedRows } from "../../session.ts";
import { UploadProgress } from "../upload-progress.ts";
import { defaultCompression } from "./compression.ts";
import { copyOut, type SourceCopy, type SourceFormat } from "./copy-out-statement.ts";
import { Dealer } from "./deal-to-files.ts";
import { fileCount } from "./file-count.ts";
import { FileSequence } from "./file-sequence.ts";
import { cutRanges, inRange, type PageRange } from "./page-ranges.ts";
import { RunFiles, type FileRows, type RowFile } from "./run-files.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SourceExtent } from "./source-extent.ts";
import { sampleTable } from "./table-sample.ts";
import type { TransferOptions } from "./transfer-options.ts";
import type { TransferRun } from "./transfer-run.ts";

/** A table is judged at this many places at least. */
const leastSamples = 128;

/**
 * Writes the rows of the source to files in S3 while they arrive: a table by ranges of its pages, in all sessions of the
 * snapshot at once; what has no pages by one statement.
 */
export async function exportRows(
  snapshot: Snapshot,
  copy: SourceCopy,
  run: TransferRun,
  options: TransferOptions & { readonly slices: number },
): Promise<readonly RowFile[]> {
  const { compression = defaultCompression(), tempFileDir, cannedAcl } = options;
  const progress = new UploadProgress(run.onEvent, run.place);
  const { signal } = snapshot;
  const files = new RunFiles(run, progress, {
    compression,
    tempFileDir,
    cannedAcl,
    signal,
    onFailed: (error) => snapshot.stop(error),
  });
  try {
    const { sessions, extent } = snapshot;
    if (extent !== undefined && sessions.length > 1) {
      const { ranges, rows, textBytes } = await planRanges(snapshot, copy, extent, {
        ...options,
        compression,
      });
      progress.expect(Math.round(textBytes));
      run.onEvent?.({
        type: "reading",
        source: copy.query.name,
        sessions: sessions.length,
        ranges: ranges.length,
        expectedRows: rows,
      });
      await writeRanges(snapshot, copy, ranges, files, options.lineBytes);
    } else {
      run.onEvent?.({ type: "reading", source: copy.query.name, sessions: 1 });
      await writeOneStatement(snapshot, copy, files, { ...options, compression });
    }
  } catch (error) {
    await files.discard();
    throw error;
  }
  progress.done(files.done.length);
  return files.done;
}

/** A table's ranges, and what it was judged to hold. */
interface PlannedRanges {
  readonly ranges: readonly PageRange[];
  readonly rows: number;
  /** Before compression. */
  readonly textBytes: number;
  /** Pages that it was judged by. */
  readonly samples: number;
}

/** With a size of files given, each session has one range; else each file. */
export async function planRanges(
  { sessions }: Snapshot,
  copy: SourceCopy,
  extent: SourceExtent,
  {
    slices,
    lineBytes,
    compression,
  }: { readonly slices: number } & Required<Pick<TransferOptions, "compression">> &
    Pick<TransferOptions, "lineBytes">,
): Promise<PlannedRanges> {
  const samples = Math.max(2 * slices, leastSamples);
  const sample = await sampleTable(sessions[0], copy, extent, samples, compression);
  const textBytes = sample.stretches.reduce((sum, { weight }) => sum + weight, 0);
  const packed = textBytes * sample.compressedShare;
  const count = lineBytes === undefined ? fileCount(packed, slices, sessions.length) : sessions.length;
  const ranges = cutRanges(sample.stretches, count);
  return { ranges, rows: Math.round(sample.rows), textBytes, samples: sample.stretches.length };
}

async function writeRanges(
  snapshot: Snapshot,
  copy: SourceCopy,
  ranges: readonly PageRange[],
  files: RunFiles,
  lineBytes: number | undefined,
): Promise<void> {
  const left = ranges.values();
  await snapshot.inEach(async (session) => {
    const sequence = new FileSequence(files, lineBytes);
    // The iterator is shared: whoever is done takes the next range.
    for (const range of left) {
      const statement = copyOut(copy, inRange(copy.query.from, range));
      for await (const rows of fileRows(session.copyOut(statement), copy.format, files))
        await sequence.add(rows);
      await sequence.cut();
    }
    await sequence.end();
  });
}

async function writeOneStatement(
  snapshot: Snapshot,
  copy: SourceCopy,
  files: RunFiles,
  options: { readonly slices: number } & Required<Pick<TransferOptions, "compression">> &
    Pick<TransferOptions, "lineBytes">,
): Promise<void> {
  const { slices, compression, lineBytes } = options;
  const writer =
    lineBytes === undefined ? new Dealer(files, slices, compression) : new FileSequence(files, lineBytes);
  await snapshot.inFirst(async (session) => {
    for await (const rows of fileRows(session.copyOut(copyOut(copy)), copy.format, files))
      await writer.add(rows);
    await writer.end();
  });
}

async function* fileRows(
  rows: AsyncIterable<CopiedRows>,
  format: SourceFormat,
  files: RunFiles,
): AsyncGenerator<FileRows> {
  for await (const block of rows) {
    files.read(block.bytes.byteLength);
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
