import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventLines } from "../../src/cli/event-lines.ts";
import { fittedProgressText, progressText } from "../../src/cli/progress-line.ts";
import { RunState } from "../../src/cli/run-state.ts";
import type { LoadPhase, ShiftmanagerEvent } from "../../src/index.ts";

const progress = {
  type: "progress",
  task: "Upload to s3://my-bucket/loads/shiftmanager-01234567-89ab-cdef-0123-456789abcdef/",
  rows: 1_234_567,
  bytesIn: 250_000_000,
  totalBytesIn: 1_000_000_000,
  bytes: 40_000_000,
  partsInFlight: 3,
} as const;

describe("the line of a long task", () => {
  test("tells rows, bytes in and out, rates, parts on their way and the time left", () => {
    expect(progressText({ ...progress, task: "Upload" }, 20_000)).toBe(
      "Upload: 1,234,567 rows, 250.0 MB in, 40.0 MB out, 61,728 rows/s, 2.0 MB/s, 3 parts in flight, 60 s left",
    );
  });

  test("ends with files, and with neither parts nor time left", () => {
    expect(progressText({ ...progress, task: "Upload", files: 1, done: true }, 20_000)).toBe(
      "Upload: 1,234,567 rows, 250.0 MB in, 40.0 MB out, 1 file, 61,728 rows/s, 2.0 MB/s",
    );
  });

  test.each([
    [
      200,
      "Upload to s3://my-bucket/loads/shiftmanager-01234567-89ab-cdef-0123-456789abcdef/: 1,234,567 rows, 250.0 MB in, 40.0 MB out, 61,728 rows/s, 2.0 MB/s, 3 parts in flight, 60 s left",
    ],
    [
      100,
      "Upload to s3://my-bucket/loads/shi…: 1,234,567 rows, 40.0 MB out, 61,728 rows/s, 2.0 MB/s, 60 s left",
    ],
    [60, "Upload to s3://my-bucket/loads/s…: 1,234,567 rows, 60 s left"],
    [40, "Upload to s3://my-bucke…: 1,234,567 rows"],
    [10, "Upload to…"],
  ])("in %i columns tells what matters most", (columns, expected) => {
    expect(fittedProgressText(progress, 20_000, columns)).toBe(expected);
  });

  test("fits into any terminal, whatever the task and the numbers are", () => {
    const count = fc.option(fc.nat(Number.MAX_SAFE_INTEGER), { nil: undefined });
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 120 }),
        fc.record({ rows: count, bytes: count, bytesIn: count, totalBytesIn: count, partsInFlight: count }),
        fc.nat(1e9),
        fc.integer({ min: 1, max: 200 }),
        (task, counts, elapsedMs, columns) => {
          const given = Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined));
          const text = fittedProgressText({ type: "progress", task, ...given }, elapsedMs, columns);
          const width = [...text].reduce((sum, one) => sum + (one <= "\u007f" || one === "…" ? 1 : 2), 0);
          expect(width).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  test.each([
    [{ isTTY: false, columns: 80 }, "xterm"],
    [{ isTTY: true, columns: 80 }, "dumb"],
  ])("is not drawn over where that cannot be: %j, %s", (stream, terminal) => {
    let written = "";
    const tell = eventLines({ ...stream, write: (text) => (written += text) }, terminal);
    tell(progress);
    tell({ ...progress, done: true });
    expect(written).not.toContain("\r");
    expect(written.match(/\n/g)).toHaveLength(1);
  });
});

describe("what a signal does, and what may be left", () => {
  const begun = (phase: LoadPhase): ShiftmanagerEvent => ({
    type: "phase",
    phase,
    state: "begun",
  });
  const ended = (phase: "commit"): ShiftmanagerEvent => ({
    type: "phase",
    phase,
    state: "ended",
    seconds: 1,
  });
  const commit: ShiftmanagerEvent = { type: "commit", statements: 2 };
  const place = "s3://b/p/shiftmanager-1/";
  const upload: ShiftmanagerEvent = { type: "progress", task: "Upload", place };

  test.each<[string, readonly ShiftmanagerEvent[], RegExp, RegExp]>([
    [
      "nothing of a load",
      [],
      /^what is running is cancelled$/,
      /^The server rolls back what was not committed\.$/,
    ],
    [
      "an upload",
      [begun("plan"), begun("upload"), upload],
      /^cancelling the load, nothing will be loaded$/,
      /^Nothing is loaded: the server rolls back\. Files .* left under s3:\/\/b\/p\/shiftmanager-1\/; delete them\.$/,
    ],
    [
      "COMMIT",
      [begun("upload"), upload, begun("commit"), commit],
      /^COMMIT is under way and is awaited/,
      /^Whether the rows are loaded is unknown, .*: count them/,
    ],
    [
      "the next COPY of several that commit",
      [begun("upload"), upload, begun("commit"), commit, ended("commit"), begun("copy")],
      /^cancelling the load; what it has committed stays/,
      /^What was committed stays\. Files/,
    ],
    [
      "what follows a COMMIT that failed",
      [begun("upload"), upload, begun("commit"), commit, ended("commit"), begun("explain")],
      /^COMMIT has failed/,
      /^Whether the rows are loaded is unknown/,
    ],
    [
      "the end",
      [begun("upload"), upload, begun("commit"), commit, ended("commit"), begun("clean-up")],
      /^every row is loaded, and only the files of the run are still deleted$/,
      /^What was committed stays\. Files/,
    ],
  ])("during %s", (_, events, stopping, left) => {
    const state = new RunState();
    for (const event of events) state.note(event);
    expect(state.stopping).toMatch(stopping);
    expect(state.left).toMatch(left);
  });
});
