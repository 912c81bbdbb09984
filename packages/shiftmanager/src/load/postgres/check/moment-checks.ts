import { option, wording } from "../../../wording.ts";
import type { TableTransfer } from "../column-transfer.ts";
import { momentBounds } from "../ruled-value.ts";
import { valueKind } from "../types/value-kind.ts";
import type { Refusal, ValueCheck } from "./refusal.ts";

const day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
const time = "[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?";
const zone = "[+-][0-9]{2}(:[0-9]{2}){0,2}";

/** What a moment looks like as text, which kinds of values are written so, and what it is called. */
const forms: Readonly<
  Record<string, { readonly pattern: string; readonly kinds: readonly string[]; readonly what: string }>
> = {
  date: { pattern: day, kinds: ["date"], what: "a DATE (YYYY-MM-DD); a time would be cut off, so cast it" },
  "timestamp without time zone": {
    pattern: `${day} ${time}`,
    kinds: ["date", "timestamp", "timestamptz"],
    what: "a TIMESTAMP (YYYY-MM-DD HH:MI:SS)",
  },
  "timestamp with time zone": {
    pattern: `${day} ${time}${zone}`,
    kinds: ["date", "timestamp", "timestamptz"],
    what: "a TIMESTAMPTZ (YYYY-MM-DD HH:MI:SS+00)",
  },
  "time without time zone": { pattern: time, kinds: ["time"], what: "a TIME (HH:MI:SS)" },
  "time with time zone": { pattern: `${time}${zone}`, kinds: ["timetz"], what: "a TIMETZ (HH:MI:SS+00)" },
};

/**
 * The check for dates and times; undefined for other types, and for values that always arrive. @see facts.md 4
 */
export function momentCheck({ source, expression, value, target }: TableTransfer): ValueCheck | undefined {
  const form = forms[target.type];
  if (form === undefined) return undefined;
  const kind = valueKind(source);
  const { pattern, kinds, what } = form;
  if (!kinds.includes(kind)) {
    return {
      input: `(${expression})::text`,
      refusals: (text) => [{ when: `${text} !~ '^${pattern}$'`, reason: `is not ${what}` }],
    };
  }
  const bounds = momentBounds(kind);
  if (bounds === undefined) return undefined;
  // Looked at before it is converted, which fails for dates that a timestamp cannot hold.
  return { input: value, refusals: (moment) => outside(moment, bounds) };
}

function outside(
  value: string,
  { least, most }: { readonly least: string; readonly most: string },
): readonly Refusal[] {
  return [
    {
      when: `${value} < ${least} AND isfinite(${value})`,
      reason: wording`is before the year 1, which COPY does not load; select NULL or another date, or say what is to become of it (${option("farDates", "clamp")})`,
    },
    {
      when: `${value} > ${most} AND isfinite(${value})`,
      reason: wording`has a year over 9999, which COPY does not load; select NULL or another date, or say what is to become of it (${option("farDates", "clamp")})`,
    },
    {
      when: `NOT isfinite(${value})`,
      reason: wording`is infinite, which Redshift has no date for; select NULL or a far date, or say what is to become of it (${option("infinity", "null")})`,
    },
  ];
}
