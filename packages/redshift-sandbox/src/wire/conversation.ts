import type { Faults } from "../faults.ts";
import type { BackendConnection } from "./backend-connection.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Replies } from "./replies.ts";
import type { FullNames } from "./reports.ts";
import type { StatementReader } from "./statements.ts";
import type { VirtualRunner } from "./virtual-runner.ts";

/** What the parts of one client's session share. */
export interface Conversation {
  readonly client: ClientConnection;
  readonly backend: BackendConnection;
  readonly replies: Replies;
  readonly reader: StatementReader;
  readonly runner: VirtualRunner;
  readonly faults: Faults;
  readonly fullNames: FullNames;
  /** To the backend, in one write with what else is sent in this turn. */
  toBackend(bytes: Buffer): void;
  /** The client's current message to the backend as it is; neighbours travel together. */
  forward(buffer: Buffer, start: number, end: number): void;
  flushBackend(): void;
  /** Everything sent so far has been answered, as far as it will be before a Sync. */
  settle(): Promise<void>;
  /** Closes both sides at once, as a broken line does. */
  drop(): void;
}
