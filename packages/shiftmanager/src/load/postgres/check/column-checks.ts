import type { SourceFormat } from "../copy-out-statement.ts";
import type { TableTransfer } from "../column-transfer.ts";
import type { SourceFacts } from "../source-facts.ts";
import type { ValueRules } from "../value-rules.ts";
import { jsonCheck } from "./json-checks.ts";
import { momentCheck } from "./moment-checks.ts";
import { decimalCheck, floatCheck, wholeNumberCheck } from "./number-checks.ts";
import type { Refusal, ValueCheck } from "./refusal.ts";
import { booleanCheck, bytesCheck, textCheck } from "./text-checks.ts";
import { utf8Check } from "./utf8-check.ts";

/** What the check depends on beside the columns. */
export interface CheckContext {
  readonly facts: SourceFacts;
  readonly rules: ValueRules;
  readonly format: SourceFormat;
}

/** What is looked at of one column, under a name of its own, and what is refused of it. */
export interface ColumnCheck {
  readonly column: TableTransfer;
  readonly input: { readonly expression: string; readonly name: string };
  readonly refusals: readonly Refusal[];
}

/** The checks of a load's columns. What a column's type on either side makes impossible is not looked for. */
export function columnChecks(
  columns: readonly TableTransfer[],
  context: CheckContext,
): readonly ColumnCheck[] {
  return columns.flatMap((column, i) => {
    const checks = {
      present: nullCheck(column, context),
      text: utf8Check(column, context.facts.encoding),
      value: valueCheck(column, context),
    };
    return Object.entries(checks).flatMap(([what, check]): readonly ColumnCheck[] => {
      if (check === undefined) return [];
      const name = `${what}${i}`;
      return [{ column, input: { expression: check.input, name }, refusals: check.refusals(name) }];
    });
  });
}

/** A NULL is looked for in what comes of the value: a rule may have made it one. */
function nullCheck(
  { source, target, expression, value }: TableTransfer,
  { facts, rules, format }: CheckContext,
): ValueCheck | undefined {
  const reason = "is NULL, which the column does not take";
  if (!target.notNull) return undefined;
  if (target.type === "super" && format === "json") {
    return {
      input: `(${expression})::text`,
      refusals: (json) => [{ when: `${json} IS NULL OR ${json} = 'null'`, reason }],
    };
  }
  const staysSo = rules.infinity !== "null" && rules.nan !== "null" && rules.farDates !== "null";
  if (facts.notNull.has(source.name) && staysSo) return undefined;
  return { input: value, refusals: (found) => [{ when: `${found} IS NULL`, reason }] };
}

function valueCheck(
  column: TableTransfer,
  { facts: { encoding }, rules }: CheckContext,
): ValueCheck | undefined {
  const { type } = column.target;
  const [, name = "", first, second] = /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(type) ?? [];
  switch (name) {
    case "smallint":
    case "integer":
    case "bigint":
      return wholeNumberCheck(column);
    case "numeric":
      return decimalCheck(column, Number(first ?? 18), Number(second ?? 0));
    case "real":
    case "double precision":
      return floatCheck(column);
    case "boolean":
      return booleanCheck(column);
    case "character":
      return textCheck(column, Number(first ?? 1), true, encoding);
    case "character varying":
      return textCheck(column, Number(first ?? 256), false, encoding);
    case "binary varying":
      return bytesCheck(column, Number(first ?? 64_000));
    case "super":
      return jsonCheck(column, rules);
    default:
      return momentCheck(column);
  }
}
