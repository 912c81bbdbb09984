import { notImitated } from "../errors.ts";
import type { VirtualPlan } from "../sql/plan.ts";
import type { ClientConnection } from "./client-connection.ts";
import { dataRow, portalSuspended, textLikeTypes, textMessage, toClient } from "./messages.ts";
import type { Statement } from "./statements.ts";

/** A bound statement. A virtual one runs at the first Execute; rows beyond its limit wait for the next. */
export class Portal {
  readonly statement: Statement;
  /** Format code of each column of a virtual statement. */
  readonly formats: readonly number[];
  /** The faults have been asked. */
  met = false;
  #rows: Buffer[] | undefined;
  #tag = "";

  constructor(statement: Statement, formats: readonly number[]) {
    this.statement = statement;
    this.formats = formats;
  }

  /** @param maxRows 0 for all */
  async run(
    maxRows: number,
    client: ClientConnection,
    execute: (row: (values: readonly (string | null)[]) => void) => Promise<string>,
  ): Promise<void> {
    if (this.#rows === undefined) {
      const rows: Buffer[] = [];
      this.#tag = await execute((values) => rows.push(dataRow(values)));
      this.#rows = rows;
    }
    const now = maxRows === 0 ? this.#rows.splice(0) : this.#rows.splice(0, maxRows);
    for (const row of now) client.send(row);
    client.send(this.#rows.length > 0 ? portalSuspended : textMessage(toClient.commandComplete, this.#tag));
  }
}

/** One format code for each column. Binary is the same as text for texts; for other types it is refused. */
export function resultFormats(plan: VirtualPlan, given: readonly number[]): readonly number[] {
  const columns = plan.columns ?? [];
  const formats = columns.map((_, index) => (given.length === 1 ? given[0] : given[index]) ?? 0);
  columns.forEach((column, index) => {
    if (formats[index] === 1 && !textLikeTypes.has(column.oid))
      throw notImitated(`binary results of ${plan.tag}`);
  });
  return formats;
}
