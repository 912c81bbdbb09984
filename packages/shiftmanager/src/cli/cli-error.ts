/** Exit codes of the command; 130 and 143 follow the shell's custom for signals. */
export const exitCodes = { failed: 1, commandLine: 2, notApproved: 3, SIGINT: 130, SIGTERM: 143 } as const;

/** Something the command itself refuses, with the exit code that says why. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line cannot be meant that way. */
export function usageError(message: string): CliError {
  return new CliError(exitCodes.commandLine, message);
}
