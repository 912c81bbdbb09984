import { OptionsError } from "../errors.ts";
import type { Fragment } from "../sql/fragment.ts";
import { literal } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { UnloadFormat } from "./unload-options.ts";
import { option, wording } from "../wording.ts";

/** What COPY takes for NULL when nothing else is said. @see AWS Database Developer Guide, "Data conversion parameters" (copy-parameters-data-conversion) */
const defaultMark = "\\N";

const delimiters = { csv: ",", text: "|" } as const;

/**
 * What stands for NULL in the files; undefined in JSON, which has its own.
 * @throws OptionsError for a mark that a number, date or truth value could be, and for one that COPY could not read back
 */
export function nullMark(given: string | undefined, format: UnloadFormat): string | undefined {
  if (format === "json") {
    if (given === undefined) return undefined;
    throw new OptionsError(
      wording`${option("nullAs")} is for csv and text; JSON has its own null, so leave it out.`,
    );
  }
  if (given !== undefined && /^(?:[-+.:\d\s]+|[0-9a-f]+|t|f|nan|-?infinity)$/i.test(given)) {
    throw new OptionsError(
      wording`${option("nullAs")} is ${JSON.stringify(given)}, which a value could be; choose a mark that no value is, such as \\N.`,
    );
  }
  if (given !== undefined && (/[\r\n"]/.test(given) || given.includes(delimiters[format]))) {
    throw new OptionsError(
      wording`${option("nullAs")} is ${JSON.stringify(given)}, and a line break, a quote or a delimiter in it would break the rows apart; choose a mark without, such as \\N.`,
    );
  }
  return given ?? defaultMark;
}

/**
 * Could a text come back as NULL because it is the same as the mark? CSV does not tell a quoted mark from a bare one, and
 * whether COPY … ESCAPE compares before or after it takes the backslashes out is not documented.
 * @see facts.md 1.9
 */
export function markIsAmbiguous(mark: string | undefined): boolean {
  return mark !== undefined && mark !== "";
}

/** Format and NULL AS: without it, both CSV and delimited files write NULL and the empty string alike. */
export function formatClause(format: UnloadFormat, mark: string | undefined): Fragment {
  const nullAs = mark === undefined || mark === "" ? nothing : sql`NULL AS ${literal(mark)}`;
  switch (format) {
    case "json":
      return sql`FORMAT AS JSON`;
    case "csv":
      return join([sql`FORMAT AS CSV`, nullAs], " ");
    case "text":
      return join([sql`DELIMITER '|' ESCAPE`, nullAs], " ");
  }
}
