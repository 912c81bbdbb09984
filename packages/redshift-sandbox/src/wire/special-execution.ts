import { setTimeout as sleep } from "node:timers/promises";
import type { Conversation } from "./conversation.ts";
import { sync } from "./messages.ts";
import type { StatementFault } from "./sql-faults.ts";
import { faultError, slowMs } from "./sql-faults.ts";
import type { Portal } from "./virtual-portal.ts";

/**
 * An Execute of the extended protocol that is not just sent on: of a virtual statement, or of one that shall go wrong. Everything before it has
 * been answered. `send` passes it to PostgreSQL.
 */
export async function executeSpecial(
  talk: Conversation,
  portal: Portal,
  fault: StatementFault | undefined,
  maxRows: number,
  send: () => void,
): Promise<void> {
  const { backend, client, replies, runner } = talk;
  const { statement } = portal;
  if (fault?.before === "drop") return talk.drop();
  if (fault?.before === "slow") await sleep(slowMs);
  else if (fault?.before !== undefined) {
    if (statement.control === "commit" && backend.state !== "I") {
      runner.implicit = false;
      await backend.query("ROLLBACK");
    }
    throw faultError(fault.before);
  }
  const { plan } = statement;
  if (plan.kind === "pass") {
    if (fault?.dropAfter === true) replies.ensureOpen().hide = "all";
    send();
  } else {
    const group = replies.ensureOpen();
    const shared = plan.transaction !== "forbidden" || group.executed || runner.implicit;
    await portal.run(maxRows, client, (row) => runner.run(plan, shared, row));
  }
  if (fault?.dropAfter === true) await dropWhenDone(talk);
}

/** What has run is committed, as Sync would, and the client never hears of it. */
async function dropWhenDone(talk: Conversation): Promise<void> {
  const { replies, runner } = talk;
  await talk.settle();
  await runner.end("COMMIT");
  const group = replies.ensureOpen();
  group.hide = "all";
  group.closed = true;
  const done = replies.done(group);
  talk.toBackend(sync);
  talk.flushBackend();
  await done;
  talk.drop();
}
