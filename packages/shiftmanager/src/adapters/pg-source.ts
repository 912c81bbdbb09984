import { ConnectionError, OptionsError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type { ConnectionSettings } from "../settings/resolve.ts";
import type { SourceSettings } from "../settings/source.ts";
import { MissingPassword } from "./connect-error.ts";
import { PgConnection } from "./pg-connection.ts";
import { scrubError, scrubText } from "./scrub.ts";

/** Makes connections to the PostgreSQL database that rows are read from; who is asked for its password is asked once. */
export function pgSource(settings: SourceSettings, onEvent: EventHandler | undefined): () => PgConnection {
  const { askPassword } = settings;
  let answer: Promise<string> | undefined;
  const whole = {
    ...settings,
    askPassword: askPassword === undefined ? undefined : () => (answer ??= askPassword()),
    pg: {
      application_name: "shiftmanager", // else PGAPPNAME
      // A blank is given because the driver takes an empty text for a missing one, and then PGOPTIONS.
      ...(process.env.PGOPTIONS === undefined ? {} : { options: " " }),
      ...settings.pg,
    },
  };
  return () =>
    new PgConnection(whole, onEvent, undefined, (...failure) => {
      // Perhaps because it was mistyped.
      answer = undefined;
      return connectError(...failure);
    });
}

function connectError(
  error: unknown,
  { host = "", port, user = "", database = "", ssl }: ConnectionSettings,
  secrets: readonly string[],
): ConnectionError | OptionsError {
  if (error instanceof ConnectionError || error instanceof OptionsError) return error;
  if (error instanceof MissingPassword) {
    return new ConnectionError(
      `The source asks for the password of "${user}" and none is given; set SHIFTMANAGER_SOURCE_PASSWORD or add a line to ~/.pgpass.`,
    );
  }
  const { code, message } = inner(error);
  const place = `${host}:${port}`;
  const said = (text: string) =>
    new ConnectionError(scrubText(text, secrets), { cause: scrubError(error, secrets) });
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return said(`The source's host "${host}" is not known here (${code}); check its spelling.`);
    case "ECONNREFUSED":
    case "ENOENT":
      return said(`Nothing answers at the source ${place} (${code}); check its host and port.`);
    case "28P01":
    case "28000":
      return said(
        `The source at ${place} refused the login of "${user}" (${message}); check user and password (SHIFTMANAGER_SOURCE_PASSWORD, ~/.pgpass).`,
      );
    case "3D000":
      return said(`There is no database "${database}" at the source ${place}; check its name.`);
    case "42501":
      return said(`The source at ${place} refused "${user}" (${message}); grant CONNECT on the database.`);
  }
  if (message === "The server does not support SSL connections") {
    return said(
      `The source at ${place} offers no TLS and ssl is "${ssl.mode}"; choose "disable" (--source-sslmode disable) only on a network you trust.`,
    );
  }
  return said(
    `Connecting to the source at ${place} failed (${(message === "" ? code : message).replace(/[.\s]+$/, "")}); check its settings (--source-…) and that it lets this machine in.`,
  );
}

/** Node reports a host with several addresses as one AggregateError whose own message is empty. */
function inner(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return inner(error.errors[0]);
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const { code } = error as { readonly code?: unknown };
  return { code: typeof code === "string" ? code : "", message: error.message };
}
