import type { Client } from "pg";
import type { EventHandler } from "../events.ts";
import type { ConnectionSettings } from "../settings/resolve.ts";
import type { PgConnectionOptions } from "../settings/source.ts";
import { refuseSameDatabase, sourceSettings } from "../settings/source.ts";
import { pgSource } from "./pg-source.ts";
import { SourceSessions } from "./source-sessions.ts";

/** The PostgreSQL database that `copyTableToS3` and `copyTableToRedshift` read; opened at its first use, like the target. */
export class SourceConnection {
  readonly #target: ConnectionSettings;
  readonly #onEvent: EventHandler | undefined;
  readonly #configured: PgConnectionOptions;
  #current: SourceSessions | undefined;

  constructor(
    target: ConnectionSettings,
    onEvent: EventHandler | undefined,
    configured: PgConnectionOptions = {},
  ) {
    this.#target = target;
    this.#onEvent = onEvent;
    this.#configured = configured;
  }

  /** Connects in place of an earlier source, by default to the configured one. */
  async connect(options: PgConnectionOptions = this.#configured): Promise<Client> {
    const earlier = this.#current;
    this.#current = this.#create(options);
    await earlier?.close();
    return this.#current.first.client();
  }

  /** The source of `connect`, else the configured one, else the one that the environment names. */
  get current(): SourceSessions {
    return (this.#current ??= this.#create(this.#configured));
  }

  async close(): Promise<void> {
    await this.#current?.close();
  }

  #create(options: PgConnectionOptions): SourceSessions {
    const settings = sourceSettings(options, process.env);
    refuseSameDatabase(settings, this.#target);
    return new SourceSessions(pgSource(settings, this.#onEvent));
  }
}
