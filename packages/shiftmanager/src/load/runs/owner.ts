import { hostname } from "node:os";

/** How often a run tells that it lives. */
export const heartbeatMs = 30_000;

/** What a run tells of itself in its `owner.json`. Times are ISO 8601 in UTC, by the clock of the host. */
export interface RunOwner {
  readonly host: string;
  readonly pid: number;
  readonly start: string;
  /** Written anew every 30 seconds. */
  readonly heartbeat: string;
  /** Set when the run ended and its files were to stay. */
  readonly finished?: string;
  /** What the caller named the run, where it did. */
  readonly runId?: string;
}

/** The process that runs this. */
export function newOwner(runId: string | undefined): RunOwner {
  const now = new Date().toISOString();
  return {
    host: hostname(),
    pid: process.pid,
    start: now,
    heartbeat: now,
    ...(runId === undefined ? {} : { runId }),
  };
}

/** Undefined for what no run of ours has written. */
export function parseOwner(text: string): RunOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { host, pid, start, heartbeat, finished, runId } = (value ?? {}) as Record<string, unknown>;
  const known =
    typeof host === "string" &&
    typeof pid === "number" &&
    Number.isSafeInteger(pid) &&
    isTime(start) &&
    isTime(heartbeat) &&
    (finished === undefined || isTime(finished));
  if (!known) return undefined;
  return {
    host,
    pid,
    start,
    heartbeat,
    ...(finished === undefined ? {} : { finished }),
    ...(typeof runId === "string" ? { runId } : {}),
  };
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
