/** An error of the operating system: `code` is `ENOSPC`, `EACCES` and the like. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Whether the operating system said no, and not our own code. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;
}
