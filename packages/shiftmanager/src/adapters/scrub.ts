import type { ServerReport } from "../errors.ts";

const mark = "<secret>";

/** Removes secrets from a text that a server or driver wrote: as the literal that was sent, and as what it stands for. */
export function scrubText(text: string, secrets: readonly string[]): string {
  return forms(secrets).reduce((scrubbed, secret) => scrubbed.replaceAll(secret, mark), text);
}

/** An error of the driver without the secrets it may hold: what may stand as the cause of ours. */
export function scrubError(error: unknown, secrets: readonly string[]): Error {
  if (!(error instanceof Error)) return new Error(scrubText(String(error), secrets));
  const clean = new Error(scrubText(error.message, secrets));
  clean.name = error.name;
  clean.stack = scrubText(error.stack ?? clean.message, secrets);
  const { code } = error as { code?: unknown };
  if (typeof code === "string") Object.assign(clean, { code: scrubText(code, secrets) });
  return clean;
}

export function scrubReport(report: ServerReport, secrets: readonly string[]): ServerReport {
  return {
    ...report,
    ...(report.detail === undefined ? {} : { detail: scrubText(report.detail, secrets) }),
    ...(report.hint === undefined ? {} : { hint: scrubText(report.hint, secrets) }),
  };
}

function forms(secrets: readonly string[]): readonly string[] {
  return secrets
    .flatMap((secret) => {
      if (!/^'.*'$/s.test(secret)) return [secret];
      const inner = secret.slice(1, -1);
      return [secret, inner, inner.replaceAll("''", "'").replaceAll("\\\\", "\\")];
    })
    .filter((form) => form !== "" && form !== "''")
    .sort((a, b) => b.length - a.length);
}
