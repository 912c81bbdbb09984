import { expect } from "vitest";
import { Batch, type Statement } from "../../src/index.ts";

/** The batch with one statement put in another's place, or left out; its facts are left out when told. */
export function altered(
  batch: Batch,
  find: RegExp,
  change: (statement: Statement) => Statement | undefined,
  { facts = true } = {},
): Batch {
  let found = 0;
  const steps = batch.steps.map(({ kind, statements }) => ({
    kind,
    statements: statements.flatMap((statement) => {
      if (!find.test(String(statement.sql))) return [statement];
      found += 1;
      return change(statement) ?? [];
    }),
  }));
  expect(found).toBe(1);
  return new Batch(steps, {
    ...(facts && batch.facts !== undefined ? { facts: batch.facts } : {}),
    ...(batch.cleanUp === undefined ? {} : { cleanUp: batch.cleanUp }),
  });
}

/** Its own check left out: only its SQL stands guard, as in a printed script. */
export const withoutCheck = ({ check: _check, ...statement }: Statement): Statement => statement;
