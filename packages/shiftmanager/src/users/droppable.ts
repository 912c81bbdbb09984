import type { Holder } from "../catalog/holdings.ts";
import { readHoldings } from "../catalog/holdings.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";

/** How many objects an error names before it counts the rest. */
const named = 5;

/**
 * Finds out before a DROP what the server would refuse it for: it says only that there is something, this says what.
 * What the session cannot see is left to the server.
 * @throws StatementError naming what is owned and what privileges are held
 * @see facts.md 1.1
 */
export function requireDroppable(holder: Holder): (session: Session) => Promise<void> {
  return async (session) => {
    const { owned, privileges } = await readHoldings(session, holder);
    if (owned.length === 0 && privileges.length === 0) return;
    const has = [
      ...(owned.length === 0 ? [] : [`owns ${some(owned)}`]),
      ...(privileges.length === 0 ? [] : [`holds privileges on ${some(privileges)}`]),
    ];
    const wayOut = [
      ...(owned.length === 0 ? [] : ["give what it owns to another user (ALTER … OWNER TO)"]),
      ...(privileges.length === 0 ? [] : ["revoke what it holds (REVOKE, ALTER DEFAULT PRIVILEGES)"]),
    ];
    throw new StatementError(
      `the ${holder.kind} "${holder.name}" ${has.join(" and ")}; ${wayOut.join(" and ")}, then drop it`,
    );
  };
}

function some(objects: readonly string[]): string {
  const more = objects.length - named;
  return [...objects.slice(0, named), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
