import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { OptionsError, StatementError } from "../../errors.ts";
import type { SourceSession } from "../../session.ts";
import { beginSnapshot, readingSettings } from "./copy-out-statement.ts";
import { readSourceColumns, type SourceColumn } from "./source-columns.ts";
import { readExtent, type SourceExtent } from "./source-extent.ts";
import { readSourceFacts, type SourceFacts } from "./source-facts.ts";
import { pgLiteral, type SourceQuery } from "./source-query.ts";
import type { TransferContext, TransferOptions } from "./transfer-options.ts";

/** One moment of the source: whatever is read through it is of that moment, whoever writes meanwhile. */
export interface Snapshot {
  /** Each in a read-only transaction that sees this moment. */
  readonly sessions: readonly [SourceSession, ...SourceSession[]];
  /** What the query returns. */
  readonly columns: readonly SourceColumn[];
  readonly facts: SourceFacts;
  /** Where the rows lie, when ranges of pages can be read by themselves. */
  readonly extent: SourceExtent | undefined;
  /** Aborts when the caller stops the work or a part of it has failed. */
  readonly signal: AbortSignal;
  /** Stops what is under way; the first reason is the one that is told. */
  stop(reason: unknown): void;
  /** Does something in every session at once. When one fails, the others are stopped, and its error is thrown. */
  inEach(work: (session: SourceSession) => Promise<void>): Promise<void>;
  /** The same in one session. */
  inFirst(work: (session: SourceSession) => Promise<void>): Promise<void>;
}

/** A heap of fewer pages, about 16 MB, is read by one session before others are even connected. */
const pagesWorthSessions = 2048;

const mostDefaultSessions = 4;

/**
 * Opens a snapshot of the source, with several sessions where the source is a table of some size, and ends it after `work`.
 * @throws OptionsError when the server is Redshift itself, under whatever name it was reached
 */
export function withSnapshot<T>(
  context: TransferContext,
  query: SourceQuery,
  work: (snapshot: Snapshot) => Promise<T>,
  { sessions, signal: outer }: Pick<TransferOptions, "sessions" | "signal">,
): Promise<T> {
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
  setMaxListeners(0, signal);
  return context.withSource(async (leader) => {
    const version = await readVersion(leader);
    const id = await beginLeader(leader, query, context);
    const columns = await readSourceColumns(leader, query);
    const facts = await readSourceFacts(leader, query);
    const extent = await readExtent(leader, query, version);
    const wanted = id === undefined ? 1 : sessionsFor(extent, sessions);
    const give = async (followers: readonly SourceSession[]): Promise<T> => {
      const all = [leader, ...(await joined(followers, query, id, context))] as const;
      const result = await work({
        sessions: all,
        columns,
        facts,
        extent,
        signal,
        stop: (reason) => stop.abort(reason),
        inEach: (task) => together(all, task, stop, signal),
        inFirst: (task) => together([leader], task, stop, signal),
      });
      for (const session of all) await session.query("COMMIT");
      return result;
    };
    if (wanted === 1) return give([]);
    const onRefused = (reason: Error) =>
      warn(context, `Fewer sessions read the source than wanted: ${reason.message}`);
    return context.besideSource(wanted - 1, give, { signal, onRefused });
  }, signal);
}

/** How many sessions read a source; several only where each can have pages of its own. */
function sessionsFor(extent: SourceExtent | undefined, wanted: number | undefined): number {
  if (extent === undefined || extent.temporary) return 1;
  const pages = Math.max(...extent.pages);
  if (wanted !== undefined) return Math.max(Math.min(wanted, pages), 1);
  if (pages < pagesWorthSessions) return 1;
  return Math.min(Math.max(availableParallelism(), 2), mostDefaultSessions);
}

/** Begins the transaction whose moment is everyone's; its name for the others, undefined where the server gives none. */
async function beginLeader(
  leader: SourceSession,
  query: SourceQuery,
  context: TransferContext,
): Promise<string | undefined> {
  const begin = [beginSnapshot, ...readingSettings(query)].join(";\n");
  await leader.query(begin);
  if (!query.wholeTable) return undefined;
  try {
    const { rows } = await leader.query<{ readonly id: string }>("SELECT pg_export_snapshot() AS id");
    return rows[0]?.id;
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    await leader.query("ROLLBACK");
    await leader.query(begin);
    warn(context, `One session reads the source, for it exports no snapshot: ${error.message}`);
    return undefined;
  }
}

/** Brings further sessions to the leader's moment; none where one of them cannot be brought there. */
async function joined(
  followers: readonly SourceSession[],
  query: SourceQuery,
  id: string | undefined,
  context: TransferContext,
): Promise<readonly SourceSession[]> {
  if (id === undefined) return [];
  const begin = [beginSnapshot, `SET TRANSACTION SNAPSHOT ${pgLiteral(id)}`, ...readingSettings(query)];
  try {
    await Promise.all(followers.map((session) => session.query(begin.join(";\n"))));
    return followers;
  } catch (error) {
    // Behind a proxy that spreads sessions over servers the others may not know it.
    if (!(error instanceof StatementError)) throw error;
    warn(context, `One session reads the source, for others cannot share its snapshot: ${error.message}`);
    return [];
  }
}

async function together(
  sessions: readonly SourceSession[],
  work: (session: SourceSession) => Promise<void>,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    sessions.map((session) =>
      work(session).catch((error: unknown) => {
        stop.abort(error);
      }),
    ),
  );
  signal.throwIfAborted();
}

/** What the server calls itself: `PostgreSQL 15.4 on …`. */
async function readVersion(session: SourceSession): Promise<string> {
  const { rows } = await session.query<{ readonly version: string }>("SELECT version() AS version");
  const version = rows[0]?.version ?? "";
  if (!/redshift/i.test(version)) return version;
  throw new OptionsError(
    "The source is a Redshift database, which cannot send rows to a client in bulk; name a PostgreSQL database, or UNLOAD the table to S3 and COPY it from there.",
  );
}

function warn({ onEvent }: TransferContext, message: string): void {
  onEvent?.({ type: "warning", message });
}
