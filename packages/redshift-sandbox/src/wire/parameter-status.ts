import { message, toClient } from "./messages.ts";

/** What Redshift reports, by PostgreSQL 8.0's list; all else that PostgreSQL 17 reports is left out. */
const reported = new Set([
  "client_encoding",
  "DateStyle",
  "integer_datetimes",
  "is_superuser",
  "server_encoding",
  "server_version",
  "session_authorization",
  "TimeZone",
]);

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

export function readParameter(body: Buffer): Parameter {
  const [name = "", value = ""] = body.toString("utf8").split("\0");
  return { name, value };
}

/**
 * A parameter as a cluster reports it; undefined when it does not. `standard_conforming_strings` is left out so that old clients
 * escape backslashes, and encodings have the name of 8.0. @see facts.md 3.1, 6.4
 */
export function parameterForClient(parameter: Parameter): Buffer | undefined {
  const { name } = parameter;
  if (!reported.has(name)) return undefined;
  let { value } = parameter;
  if (name === "server_version") value = "8.0.2";
  else if (name.endsWith("_encoding") && value === "UTF8") value = "UNICODE";
  return message(toClient.parameterStatus, Buffer.from(`${name}\0${value}\0`, "utf8"));
}
