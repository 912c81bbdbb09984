import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type { REPLServer } from "node:repl";
import { stateFolder } from "../config/approvals.ts";

/** Lines that may hold a secret: they are kept neither in the file nor in memory. */
const mayHoldSecret = /password|secret|token|credential|accessKey|\b(?:create|alter)User\b|IDENTIFIED/i;

/**
 * Keeps the lines in `~/.shiftmanager/history`, which only the user can read, but those that may hold a secret. What is typed
 * before the file is read waits.
 * @param warn - told when the file cannot be kept
 */
export function keepHistory(server: REPLServer, warn: (message: string) => void): void {
  const file = join(stateFolder(), "history");
  server.on("history", (lines: string[]) => {
    if (mayHoldSecret.test(lines[0] ?? "")) lines.shift();
  });
  try {
    mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
    // Made before Node does, and narrowed where an older one is wider.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    server.setupHistory(file, (error) => {
      if (error !== null) warn(notKept(error));
    });
  } catch (error) {
    warn(notKept(error as Error));
  }
}

function notKept({ message }: Error): string {
  return `The lines typed here are not kept: ${message}.`;
}
