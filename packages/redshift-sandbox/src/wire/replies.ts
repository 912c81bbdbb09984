import type { Verdict } from "./backend-connection.ts";
import { stateOf } from "./backend-connection.ts";
import type { TransactionState } from "./messages.ts";
import { reportFields, textMessage, toClient, toServer } from "./messages.ts";
import type { FullNames } from "./reports.ts";
import { forClient } from "./reports.ts";
import { fullRowDescription } from "./row-names.ts";
import { SuperColumns } from "./super-columns.ts";
import { describeSuperParameters } from "./super-type.ts";

/** Requests up to one ReadyForQuery: a Query, or extended messages up to their Sync. */
export interface ReplyGroup {
  readonly extended: boolean;
  /** The Query was sent, or the Sync. */
  closed: boolean;
  /** Extended messages that the backend has not answered yet. */
  pending: number;
  /** An error has come: what follows up to Sync is skipped. */
  failed: boolean;
  /** Something ran that is not committed before Sync. */
  executed: boolean;
  /** Positions in errors count in the client's own text. */
  keepPosition: boolean;
  /** What of the answers the client does not see. */
  hide: "nothing" | "ready" | "all";
  /** Named statements of this group, which are not there if it failed. */
  readonly parsed: string[];
  onDone: (() => void) | undefined;
}

export interface RepliesListener {
  setState(state: TransactionState): void;
  /** All is answered and no transaction is open: portals are gone. */
  idle(): void;
  /** The group has failed: its named statements may not exist. */
  failed(group: ReplyGroup): void;
  toBackend(bytes: Buffer): void;
}

/** Keeps the books of what the backend still has to answer, and rewrites the few answers that need it. */
export class Replies {
  readonly #fullNames: FullNames;
  readonly #listener: RepliesListener;
  readonly #groups: ReplyGroup[] = [];
  #settledWaiters: (() => void)[] = [];
  readonly superColumns = new SuperColumns();

  constructor(fullNames: FullNames, listener: RepliesListener) {
    this.#fullNames = fullNames;
    this.#listener = listener;
  }

  /** The extended group that awaits its Sync. */
  get open(): ReplyGroup | undefined {
    const groups = this.#groups;
    // Asking an array for its element -1 is no fast path of the engine's, and this is asked several times a query.
    const last = groups.length === 0 ? undefined : groups[groups.length - 1];
    return last === undefined || last.closed ? undefined : last;
  }

  /** The group to add an extended message to; made when there is none. */
  ensureOpen(): ReplyGroup {
    return this.open ?? this.#add(true, false, true, "nothing");
  }

  /** A Query is being sent. */
  expectQuery(keepPosition: boolean, hide: ReplyGroup["hide"] = "nothing"): ReplyGroup {
    this.superColumns.sent({ kind: "query" });
    return this.#add(false, true, keepPosition, hide);
  }

  /** The open group needs no Sync of its own: all was answered by the sandbox. */
  discardOpen(): void {
    if (this.open !== undefined) this.#groups.pop();
    this.#wake();
  }

  /** Everything sent has been answered, as far as it will be before a Sync. */
  get settled(): boolean {
    const [first] = this.#groups;
    if (first === undefined) return true;
    return this.#groups.length === 1 && !first.closed && (first.failed || first.pending === 0);
  }

  /** Flush the backend first: it holds answers back until then. */
  whenSettled(): Promise<void> {
    if (this.settled) return Promise.resolve();
    return new Promise((resolve) => this.#settledWaiters.push(resolve));
  }

  done(group: ReplyGroup): Promise<void> {
    return new Promise((resolve) => (group.onDone = resolve));
  }

  /** The connection is gone: nobody need wait any more. */
  abandon(): void {
    for (const group of this.#groups.splice(0)) {
      group.failed = true;
      group.onDone?.();
    }
    this.#wake();
  }

  /** A message from the backend other than a row. */
  message(type: number, buffer: Buffer, start: number, end: number): Verdict {
    const [group] = this.#groups;
    const verdict = this.#judge(group, type, buffer, start, end);
    return group?.hide === "all" ? "drop" : verdict;
  }

  /** After a chunk: whoever waited for everything to be answered goes on. */
  chunkEnd(): void {
    if (this.#settledWaiters.length > 0 && this.settled) this.#wake();
  }

  #judge(group: ReplyGroup | undefined, type: number, buffer: Buffer, start: number, end: number): Verdict {
    switch (type) {
      case toClient.readyForQuery:
        return this.#ready(stateOf(buffer[start + 5]));
      case toClient.commandComplete:
        this.#completed(buffer, start);
        this.#answered(group);
        this.superColumns.answered(type, buffer, start);
        return "keep";
      case toClient.rowDescription:
        this.#answered(group);
        this.superColumns.answered(type, buffer, start);
        return fullRowDescription(buffer, start, end, this.#fullNames) ?? "keep";
      case toClient.parameterDescription:
        describeSuperParameters(buffer, start);
        return "keep";
      case toClient.errorResponse:
        this.superColumns.failed();
        if (group !== undefined) {
          group.failed = true;
          group.pending = 0;
          this.#listener.failed(group);
        }
        return forClient(
          type,
          reportFields(buffer.subarray(start + 5, end)),
          this.#fullNames,
          group?.keepPosition ?? false,
        );
      case toClient.noticeResponse:
        return forClient(
          type,
          reportFields(buffer.subarray(start + 5, end)),
          this.#fullNames,
          group?.keepPosition ?? false,
        );
      case toClient.copyInResponse:
        // The translator refuses COPY FROM STDIN; should one slip through, nobody would feed it.
        this.#listener.toBackend(textMessage(toServer.copyFail, "COPY FROM STDIN is not supported"));
        return "drop";
      case toClient.notificationResponse:
        return "drop";
      case toClient.parseComplete:
      case toClient.bindComplete:
      case toClient.closeComplete:
      case toClient.noData:
      case toClient.emptyQueryResponse:
      case toClient.portalSuspended:
        this.#answered(group);
        this.superColumns.answered(type, buffer, start);
        return "keep";
      default:
        return "keep";
    }
  }

  #answered(group: ReplyGroup | undefined): void {
    if (group?.extended === true) group.pending -= 1;
  }

  #ready(state: TransactionState): Verdict {
    this.#listener.setState(state);
    this.superColumns.ready();
    const group = this.#groups.shift();
    if (this.#groups.length === 0 && state === "I") this.#listener.idle();
    group?.onDone?.();
    return group === undefined || group.hide === "nothing" ? "keep" : "drop";
  }

  /** Inside a pipeline only the command tags tell what became of the transaction. */
  #completed(buffer: Buffer, start: number): void {
    const initial = buffer[start + 5];
    // B, C, R, S: few tags begin with one of them, so most cost no string.
    if (initial !== 0x42 && initial !== 0x43 && initial !== 0x52 && initial !== 0x53) return;
    const tag = buffer.toString("latin1", start + 5, Math.min(buffer.indexOf(0, start + 5), start + 25));
    if (tag === "BEGIN" || tag === "START TRANSACTION") this.#listener.setState("T");
    else if (tag === "COMMIT" || tag === "ROLLBACK") this.#listener.setState("I");
  }

  #add(extended: boolean, closed: boolean, keepPosition: boolean, hide: ReplyGroup["hide"]): ReplyGroup {
    const group: ReplyGroup = {
      extended,
      closed,
      pending: 0,
      failed: false,
      executed: false,
      keepPosition,
      hide,
      parsed: [],
      onDone: undefined,
    };
    this.#groups.push(group);
    return group;
  }

  #wake(): void {
    const waiters = this.#settledWaiters;
    this.#settledWaiters = [];
    for (const waiter of waiters) waiter();
  }
}
