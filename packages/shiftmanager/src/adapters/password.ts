import { createRequire } from "node:module";
import { Writable } from "node:stream";
import type { EventHandler } from "../events.ts";
import type { ConnectionSettings } from "../settings/resolve.ts";

/** The package has no types of its own. */
interface Pgpass {
  (
    connection: Pick<ConnectionSettings, "host" | "port" | "database" | "user">,
    done: (password: string | undefined) => void,
  ): void;
  /** Sends warnings to another stream and returns the one before. */
  warnTo(stream: NodeJS.WritableStream): NodeJS.WritableStream;
}

const pgpass = createRequire(import.meta.url)("pgpass") as Pgpass;

/** The password by precedence: options or `PGPASSWORD`, the matching line of `~/.pgpass`, `REDSHIFT_URL`; undefined when none has it. */
export async function findPassword(
  settings: ConnectionSettings,
  onEvent: EventHandler | undefined,
): Promise<string | undefined> {
  const given = typeof settings.password === "function" ? await settings.password() : settings.password;
  return given ?? (await findInPasswordFile(settings, onEvent)) ?? settings.urlPassword;
}

/** The password of the matching line of `~/.pgpass` (`PGPASSFILE`). */
async function findInPasswordFile(
  { host, port, database, user }: ConnectionSettings,
  onEvent: EventHandler | undefined,
): Promise<string | undefined> {
  // The module would print its warnings (a file that others may read is ignored) on stderr.
  const warnings = new Writable({
    write(chunk: Buffer, _encoding, done) {
      onEvent?.({
        type: "warning",
        message: chunk
          .toString()
          .replace(/^WARNING: /, "")
          .trim(),
      });
      done();
    },
  });
  const before = pgpass.warnTo(warnings);
  try {
    return await new Promise((resolve) => {
      pgpass({ host, port, database, user }, resolve);
    });
  } finally {
    pgpass.warnTo(before);
  }
}
