import type { DatabaseError } from "pg";
import pg from "pg";
import type { ServerReport } from "../errors.ts";
import { ConnectionError, StatementError } from "../errors.ts";
import { scrubError, scrubReport, scrubText } from "./scrub.ts";

/** What the driver threw for a statement, as one of our errors without secrets. */
export function statementError(
  error: unknown,
  shown: string,
  secrets: readonly string[],
): StatementError | ConnectionError {
  const cause = scrubError(error, secrets);
  // A FATAL report ends the session: "terminating connection due to administrator command", for example.
  if (!(error instanceof pg.DatabaseError) || error.severity === "FATAL" || error.severity === "PANIC") {
    const why = cause.message.replace(/[.\s]+$/, "");
    return new ConnectionError(`The connection was lost (${why}); the next call opens a new one.`, { cause });
  }
  const report = scrubReport(reportOf(error), secrets);
  return new StatementError(sentence(scrubText(error.message, secrets), report), {
    statement: shown,
    report,
    cause,
  });
}

function reportOf({ code, detail, hint, position }: DatabaseError): ServerReport {
  return {
    ...(code === undefined ? {} : { sqlstate: code }),
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { position: Number(position) }),
  };
}

/** Redshift's details are ruled blocks of several lines; here they are part of one sentence. */
function sentence(message: string, { sqlstate, detail, hint }: ServerReport): string {
  const said = [message, detail, hint]
    .flatMap((text) => (text === undefined ? [] : [oneLine(text)]))
    .filter((text) => text !== "")
    .join("; ");
  return sqlstate === undefined ? said : `${said} (SQLSTATE ${sqlstate})`;
}

function oneLine(text: string): string {
  return text.replace(/-{5,}/g, " ").replace(/\s+/g, " ").trim().replace(/\.$/, "");
}
