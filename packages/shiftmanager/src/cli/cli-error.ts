/** Exit codes of the command; 130 and 143 follow the shell's custom for signals. */
export const exitCodes = { failed: 1, commandLine: 2, notApproved: 3, SIGINT: 130, SIGTERM: 143 } as const;

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The codes of the command's own errors, beside those of the library: for `--json`. */
const errorCodes: Readonly<Record<ExitCode, string>> = {
  1: "ERR_COMMAND",
  2: "ERR_COMMAND_LINE",
  3: "ERR_NOT_APPROVED",
  130: "ERR_STOPPED",
  143: "ERR_STOPPED",
};

/** Something the command itself refuses, with the exit code that says why. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly code: string;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = errorCodes[exitCode];
  }
}

/** The command line cannot be meant that way. */
export function usageError(message: string): CliError {
  return new CliError(exitCodes.commandLine, message);
}
