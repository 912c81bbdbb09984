import { nearestName } from "../nearest-name.ts";
import { OptionsError } from "../errors.ts";
import { wording, type Wording } from "../wording.ts";

/** The name a table's column has in the catalog. @throws OptionsError that names the nearest column. */
export function columnName(
  columns: readonly { readonly name: string }[],
  wanted: string,
  where: Wording,
): string {
  const names = columns.map(({ name }) => name);
  if (names.includes(wanted)) return wanted;
  const folded = wanted.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (names.includes(folded)) return folded;
  const nearest = nearestName(wanted, names);
  throw new OptionsError(
    wording`${where} names the column "${wanted}", which the table does not have; ${
      nearest === undefined ? `it has ${names.join(", ")}.` : `did you mean "${nearest}"?`
    }`,
  );
}
