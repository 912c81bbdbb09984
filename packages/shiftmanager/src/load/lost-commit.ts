import { setTimeout as sleep } from "node:timers/promises";
import { readSessionUser } from "../catalog/session-user.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";

/** The transaction whose COMMIT may be lost, as the server knows it. */
export interface OpenTransaction {
  readonly xid: string;
  readonly pid: number;
}

/** What became of it. */
export type CommitOutcome =
  { readonly state: "committed" | "rolled back" } | { readonly state: "unknown"; readonly why: string };

/** How long the server may take to end the transaction, and then to write down how. */
const patienceMs = 20_000;
const askEveryMs = 250;

/**
 * Reads the number of the session's transaction.
 * @see AWS Database Developer Guide, SVV_TRANSACTIONS (r_SVV_TRANSACTIONS), PG_BACKEND_PID (PG_BACKEND_PID)
 */
export async function readOpenTransaction(session: Session): Promise<OpenTransaction | undefined> {
  const { rows } = await session.query<{ readonly xid: string | number | null; readonly pid: number }>(
    "SELECT xid, pid FROM svv_transactions WHERE pid = pg_backend_pid() LIMIT 1",
  );
  const [row] = rows;
  return row === undefined || row.xid === null ? undefined : { xid: String(row.xid), pid: Number(row.pid) };
}

/**
 * Finds out, in another session, what became of a transaction: once it is open no more, SYS_TRANSACTION_HISTORY says whether it
 * was committed, but to superusers only; others see in STL_UNDONE that theirs was rolled back, and nothing when it was not.
 * @see AWS Database Developer Guide, SYS_TRANSACTION_HISTORY, STL_UNDONE (r_STL_UNDONE)
 */
export async function findCommit(session: Session, { xid, pid }: OpenTransaction): Promise<CommitOutcome> {
  if (!(await eventually(async () => ((await isOpen(session, xid)) ? undefined : true)))) {
    return unknown(
      `transaction ${xid} of process ${pid} is still open on the server, so wait until SVV_TRANSACTIONS has it no more, or end it (pg_terminate_backend)`,
    );
  }
  const { superuser } = await readSessionUser(session);
  if (superuser) {
    const status = await eventually(() => readStatus(session, xid));
    if (status === "committed") return { state: "committed" };
    if (status === "rolledback") return { state: "rolled back" };
    return unknown(`SYS_TRANSACTION_HISTORY says nothing of transaction ${xid}`);
  }
  if (await wasUndone(session, xid)) return { state: "rolled back" };
  return unknown(
    `only superusers see in SYS_TRANSACTION_HISTORY whether transaction ${xid} was committed, so ask one`,
  );
}

function unknown(why: string): CommitOutcome {
  return { state: "unknown", why };
}

/** Asks again until there is an answer; undefined when there is none in time. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() > until) return answer;
    await sleep(askEveryMs);
  }
}

async function isOpen(session: Session, xid: string): Promise<boolean> {
  const { rows } = await session.query("SELECT 1 AS is_open FROM svv_transactions WHERE xid = $1 LIMIT 1", [
    xid,
  ]);
  return rows.length > 0;
}

async function readStatus(session: Session, xid: string): Promise<string | undefined> {
  const { rows } = await session.query<{ readonly status: string }>(
    "SELECT TRIM(status) AS status FROM sys_transaction_history WHERE transaction_id = $1",
    [xid],
  );
  return rows[0]?.status;
}

async function wasUndone(session: Session, xid: string): Promise<boolean> {
  try {
    const { rows } = await session.query(
      "SELECT 1 AS undone FROM stl_undone WHERE xact_id_undone = $1 LIMIT 1",
      [xid],
    );
    return rows.length > 0;
  } catch (error) {
    // Serverless refuses STL views to everyone.
    if (error instanceof StatementError) return false;
    throw error;
  }
}
