import { hostname } from "node:os";
import type { RunOwner } from "./owner.ts";

/**
 * What is known of a run: `live` while it tells that it lives, `finished` when its files were to stay, `dead` when it ended
 * without taking them away, `unknown` where nothing says whose the files are.
 */
export type RunState = "live" | "finished" | "dead" | "unknown";

/** Ten heartbeats that did not come: a process may be busy, and clocks of two hosts are not the same. */
const silenceMs = 300_000;

/** The state of a run at a time, in milliseconds since 1970. */
export function stateOf(owner: RunOwner | undefined, nowMs: number): RunState {
  if (owner === undefined) return "unknown";
  if (owner.finished !== undefined) return "finished";
  if (nowMs - Date.parse(owner.heartbeat) > silenceMs) return "dead";
  return owner.host === hostname() && !isRunning(owner.pid) ? "dead" : "live";
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
