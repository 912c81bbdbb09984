import type { CopiedRows } from "../../session.ts";
import { compressor, type Compression } from "./compression.ts";
import { copyOut, type SourceCopy } from "./copy-out-statement.ts";
import { inRange } from "./page-ranges.ts";
import type { Snapshot } from "./snapshot.ts";

/** Rows that were read and compressed as a load does it, and thrown away. */
export interface TimedSample {
  readonly rows: number;
  /** As the source sent them. */
  readonly textBytes: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly sessions: number;
  /** The source holds no more. */
  readonly complete: boolean;
}

/** So much, in all sessions together, or what comes in so much time, is enough to judge by. */
const mostBytes = 16 * 1024 * 1024;
const mostMs = 2000;

/** Reads rows in every session of a snapshot at once, each from its own part of the table. */
export async function timeSample(
  snapshot: Snapshot,
  copy: SourceCopy,
  compression: Compression,
): Promise<TimedSample> {
  const { sessions, extent } = snapshot;
  const pages = sessions.length > 1 ? Math.max(...(extent?.pages ?? [])) : 0;
  const startOf = (n: number) => Math.floor((n * pages) / sessions.length);
  const statementOf = (n: number) => {
    if (sessions.length === 1) return copyOut(copy);
    const to = n + 1 === sessions.length ? undefined : startOf(n + 1);
    return copyOut(copy, inRange(copy.query.from, { from: startOf(n), to }));
  };
  const totals = { rows: 0, textBytes: 0, bytes: 0, complete: true };
  const began = performance.now();
  await snapshot.inEach(async (session) => {
    const statement = statementOf(sessions.indexOf(session));
    // A statement that is stopped early has failed, as far as its transaction knows.
    await session.query("SAVEPOINT sample");
    const part = await compressSome(session.copyOut(statement), compression, mostBytes / sessions.length);
    await session.query("ROLLBACK TO SAVEPOINT sample");
    totals.rows += part.rows;
    totals.textBytes += part.textBytes;
    totals.bytes += part.bytes;
    totals.complete &&= part.complete;
  });
  return { ...totals, seconds: (performance.now() - began) / 1000, sessions: sessions.length };
}

async function compressSome(
  rows: AsyncIterable<CopiedRows>,
  compression: Compression,
  most: number,
): Promise<Pick<TimedSample, "rows" | "textBytes" | "bytes" | "complete">> {
  const packing = compressor(compression);
  let bytes = 0;
  packing.on("data", (chunk: Uint8Array) => (bytes += chunk.byteLength));
  const part = { rows: 0, textBytes: 0, complete: true };
  let until: number | undefined;
  for await (const block of rows) {
    part.rows += block.ends.length;
    part.textBytes += block.bytes.byteLength;
    await new Promise((written) => packing.write(block.bytes, written));
    block.release();
    // A query may work for long before its first row.
    until ??= performance.now() + mostMs;
    if (part.textBytes < most && performance.now() < until) continue;
    part.complete = false;
    break;
  }
  await new Promise((ended) => {
    packing.once("end", ended);
    packing.end();
  });
  return { ...part, bytes };
}
