import { SqlError, notImitated } from "../errors.ts";
import { isOfRolesAlone } from "../sql/role-words.ts";
import { missingForSuper, redshiftWords } from "./redshift-words.ts";
import { report, toClient } from "./messages.ts";

/** An error that PostgreSQL reported, with every field that it gave. */
export class BackendError extends SqlError {
  readonly fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    const detail = fields.get("D");
    const hint = fields.get("H");
    const position = fields.get("P");
    super(fields.get("C") ?? "XX000", fields.get("M") ?? "unknown error", {
      ...(detail === undefined ? {} : { detail }),
      ...(hint === undefined ? {} : { hint }),
      ...(position === undefined ? {} : { sentPosition: Number(position) }),
    });
    this.fields = fields;
  }
}

export type Severity = "ERROR" | "FATAL";

/** Puts full names back where PostgreSQL only knows shortened ones. */
export type FullNames = (text: string) => string;

/**
 * Where PostgreSQL's own sources, inner queries and call contexts would show through: file, line, routine, `q`, `p`, `W`.
 * A position counts in the translated text, so it goes only when that is the client's own.
 */
const inner = new Set(["F", "L", "R", "p", "q", "W"]);

/** Message, detail and hint: what a person reads. */
const worded = new Set(["M", "D", "H"]);

/** A report of PostgreSQL as the client may see it. */
export function forClient(
  type: typeof toClient.errorResponse | typeof toClient.noticeResponse,
  fields: Iterable<readonly [string, string]>,
  fullNames: FullNames,
  keepPosition: boolean,
): Buffer {
  const kept: [string, string][] = [];
  for (const [letter, value] of asNotImitated(new Map(fields)))
    if (!inner.has(letter) && (letter !== "P" || keepPosition) && !(letter === "D" && isOfRolesAlone(value)))
      kept.push([letter, fullNames(worded.has(letter) ? redshiftWords(value) : value)]);
  return report(type, kept);
}

/** An error for which Redshift may have an answer is the sandbox's own. */
function asNotImitated(fields: Map<string, string>): Map<string, string> {
  const feature = missingForSuper(fields.get("M") ?? "");
  if (feature === undefined) return fields;
  const { sqlstate, message } = notImitated(feature);
  fields.set("C", sqlstate).set("M", message).delete("H");
  return fields;
}

/** The ErrorResponse for anything thrown while a statement was read or run. */
export function errorReport(error: unknown, fullNames: FullNames, severity: Severity = "ERROR"): Buffer {
  if (error instanceof BackendError) return forClient(toClient.errorResponse, error.fields, fullNames, false);
  const known =
    error instanceof SqlError
      ? error
      : new SqlError(
          "XX000",
          `redshift-sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
        );
  const fields: [string, string][] = [
    ["S", severity],
    ["V", severity],
    ["C", known.sqlstate],
    ["M", fullNames(known.message)],
  ];
  if (known.detail !== undefined) fields.push(["D", fullNames(known.detail)]);
  if (known.hint !== undefined) fields.push(["H", fullNames(known.hint)]);
  if (known.position !== undefined) fields.push(["P", String(known.position)]);
  return report(toClient.errorResponse, fields);
}

export function noticeReport(
  severity: "INFO" | "NOTICE" | "WARNING",
  text: string,
  detail: string | undefined,
  fullNames: FullNames,
): Buffer {
  const fields: [string, string][] = [
    ["S", severity],
    ["V", severity],
    ["C", severity === "WARNING" ? "01000" : "00000"],
    ["M", fullNames(text)],
  ];
  if (detail !== undefined) fields.push(["D", fullNames(detail)]);
  return report(toClient.noticeResponse, fields);
}
