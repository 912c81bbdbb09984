import { OptionsError } from "../errors.ts";
import { either, flag, text, type Kinds } from "../kinds.ts";
import { literal } from "../sql/quote.ts";
import { nothing, sql } from "../sql/sql.ts";
import type { Fragment } from "../sql/fragment.ts";
import { option, wording } from "../wording.ts";

/**
 * How COPY turns the texts of a document into values: AWS's data conversion parameters under AWS's names. What would let
 * COPY leave rows out (MAXERROR, IGNOREALLERRORS) is none of them, as every row is loaded or none.
 * @see AWS Database Developer Guide, "Data conversion parameters" (copy-parameters-data-conversion)
 */
export interface CopyConversions {
  /** How TIMESTAMP and TIMESTAMPTZ values are written: `auto`, `epochsecs`, `epochmillisecs`, or a format such as `DD/MM/YYYY HH:MI:SS`. Default `auto`. */
  readonly timeformat?: string;
  /** How DATE values are written: `auto`, or a format such as `DD/MM/YYYY`. Default `auto`. */
  readonly dateformat?: string;
  /** Loads a DATE or TIMESTAMP that is none as NULL, without a word. Default false: it fails the load. */
  readonly acceptanydate?: boolean;
  /** Replaces characters that Redshift takes for no UTF-8: by `?`, or by the one ASCII character given. Default false. */
  readonly acceptinvchars?: boolean | string;
  /** Cuts a text that is too long for its VARCHAR or CHAR column, without a word. Default false: it fails the load. */
  readonly truncatecolumns?: boolean;
  /** Takes white space off the end of VARCHAR values. Default false. */
  readonly trimblanks?: boolean;
  /** Loads a text of white space alone as NULL. Default false. */
  readonly blanksasnull?: boolean;
  /** Loads an empty text as NULL. Default false. */
  readonly emptyasnull?: boolean;
  /** Rounds decimals that the column has no room for. Default false: COPY cuts them off. */
  readonly roundec?: boolean;
}

export const conversionKinds: Kinds<CopyConversions> = {
  timeformat: text,
  dateformat: text,
  acceptanydate: flag,
  acceptinvchars: either(flag, text),
  truncatecolumns: flag,
  trimblanks: flag,
  blanksasnull: flag,
  emptyasnull: flag,
  roundec: flag,
};

/**
 * The parameters as COPY takes them, one a line.
 * @throws OptionsError for an empty format, and for a replacement that is not one ASCII character
 */
export function conversionClauses(conversions: CopyConversions): readonly Fragment[] {
  checkConversions(conversions);
  const { dateformat = "auto", timeformat = "auto", acceptinvchars = false } = conversions;
  return [
    sql`DATEFORMAT ${literal(dateformat)}`,
    sql`TIMEFORMAT ${literal(timeformat)}`,
    conversions.acceptanydate === true ? sql`ACCEPTANYDATE` : nothing,
    acceptinvchars === false
      ? nothing
      : acceptinvchars === true
        ? sql`ACCEPTINVCHARS`
        : sql`ACCEPTINVCHARS ${literal(acceptinvchars)}`,
    conversions.truncatecolumns === true ? sql`TRUNCATECOLUMNS` : nothing,
    conversions.trimblanks === true ? sql`TRIMBLANKS` : nothing,
    conversions.blanksasnull === true ? sql`BLANKSASNULL` : nothing,
    conversions.emptyasnull === true ? sql`EMPTYASNULL` : nothing,
    conversions.roundec === true ? sql`ROUNDEC` : nothing,
  ];
}

/** @throws OptionsError as `conversionClauses`, before anything is uploaded */
export function checkConversions(conversions: CopyConversions): void {
  for (const name of ["dateformat", "timeformat"] as const) {
    if (conversions[name]?.trim() === "") {
      throw new OptionsError(
        wording`${option(name)} is empty; leave it out, or give "auto" or a format such as DD/MM/YYYY.`,
      );
    }
  }
  const { acceptinvchars } = conversions;
  if (typeof acceptinvchars === "string" && !/^[\x01-\x7f]$/.test(acceptinvchars)) {
    throw new OptionsError(
      wording`${option("acceptinvchars")} is ${JSON.stringify(acceptinvchars)}; the replacement is one ASCII character, such as "?".`,
    );
  }
}
