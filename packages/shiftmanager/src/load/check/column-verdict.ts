import type { Column } from "../../catalog/columns.ts";
import type { CopyConversions } from "../copy-conversions.ts";
import type { FieldText } from "../record-fields.ts";
import { charactersVerdict, superVerdict } from "./characters.ts";
import { doubtful, refused, type Finding, type Verdict } from "./finding.ts";
import { momentVerdict, timeVerdict, type MomentRules } from "./moments.ts";
import { booleanVerdict, decimalVerdict, floatVerdict, integerVerdict } from "./numbers.ts";

/** Finds what COPY would say of a value; undefined when it takes it. */
export type ColumnVerdict = (field: FieldText | undefined) => Finding | undefined;

/**
 * What COPY does with the values of a column, as AWS documents it.
 * @see AWS Database Developer Guide, "Data conversion parameters" (copy-parameters-data-conversion), docs/facts.md 1.8, 4
 */
export function columnVerdict(column: Column, conversions: CopyConversions): ColumnVerdict {
  const verdict = typeVerdict(column.type, column.notNull, conversions);
  return (field) => {
    const found = field === undefined || field.kind === "null" ? "null" : verdict(field.text);
    if (found === "taken") return undefined;
    if (found === "null")
      return column.notNull ? refused(1213, "is NULL, which the column does not take") : undefined;
    return found;
  };
}

function typeVerdict(
  type: string,
  notNull: boolean,
  conversions: CopyConversions,
): (text: string) => Verdict {
  const [, name = "", first, second] = /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(type) ?? [];
  const { dateformat = "auto", timeformat = "auto" } = conversions;
  const moment = (rules: MomentRules) => (text: string) =>
    anyDate(momentVerdict(text, rules), notNull, conversions);
  switch (name) {
    case "smallint":
    case "integer":
    case "bigint":
      return integerVerdict(name);
    case "numeric":
      return decimalVerdict(Number(first ?? 18), Number(second ?? 0), conversions.roundec === true);
    case "real":
    case "double precision":
      return floatVerdict(name);
    case "boolean":
      return booleanVerdict;
    case "character":
      return charactersVerdict("char", Number(first ?? 1), conversions);
    case "character varying":
      return charactersVerdict("varchar", Number(first ?? 256), conversions);
    case "date":
      return moment({ code: 1205, format: dateformat });
    case "timestamp without time zone":
    case "timestamp with time zone":
      return moment({ code: 1206, format: timeformat });
    case "time without time zone":
      return (text) => timeVerdict(text, false);
    case "time with time zone":
      return (text) => timeVerdict(text, true);
    case "super":
      return superVerdict;
    default:
      return () => doubtful(1223, `is for a type (${type}) that only COPY itself can check`);
  }
}

/** ACCEPTANYDATE makes NULL of what is no date. */
function anyDate(verdict: Verdict, notNull: boolean, { acceptanydate }: CopyConversions): Verdict {
  if (acceptanydate !== true || verdict === "taken" || verdict === "null") return verdict;
  if (verdict.certain) return "null";
  return notNull ? verdict : "taken";
}
