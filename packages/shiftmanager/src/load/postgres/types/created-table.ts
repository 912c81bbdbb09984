import type { Column } from "../../../catalog/columns.ts";
import { createTable, type NewTable, type Sortkey } from "../../../ddl/create-table.ts";
import { OptionsError } from "../../../errors.ts";
import type { Statement } from "../../../sql/statement.ts";
import { option, wording } from "../../../wording.ts";
import type { LoadTable } from "../../load-table.ts";
import type { SourceColumn } from "../source-columns.ts";
import type { SourceFacts } from "../source-facts.ts";

/** A column of the source with the type that it gets. */
export interface TypedColumn {
  readonly source: SourceColumn;
  /** In the catalog's spelling. */
  readonly type: string;
}

/** A table that a load creates. */
export interface CreatedTable {
  readonly target: LoadTable;
  readonly creation: Statement;
  /** What the reviewer is to think about. */
  readonly notes: readonly string[];
}

/** Types that are no distribution or sort key. @see facts.md 1.4 */
const noKey = /^(?:super|binary varying)/;

/**
 * Proposes a table for columns of a source. Its primary key gives DISTKEY, its first column, and SORTKEY; it is not
 * declared, because Redshift's planner trusts a key that nothing enforces.
 * @throws OptionsError for names that fold to one, and for those that Redshift does not take
 */
export function createdTable(
  { schema, name }: { readonly schema: string; readonly name: string },
  columns: readonly TypedColumn[],
  { notNull, primaryKey }: SourceFacts,
): CreatedTable {
  const names = columns.map(({ source }) => redshiftName(source.name));
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) {
    throw new OptionsError(
      `Several columns of the source fold to "${twice}" of ${schema}.${name}; select one of them.`,
    );
  }
  const keys = primaryKey.map(redshiftName);
  const isKey = (key: string) => columns.some(({ type }, i) => names[i] === key && !noKey.test(type));
  const proposed = keys.every(isKey) ? keys : [];
  const [distkey = null] = proposed;
  const table: NewTable = {
    schema,
    name,
    columns: columns.map(({ source, type }, i) => ({
      name: names[i] ?? "",
      type,
      notNull: notNull.has(source.name),
      default: null,
      identity: null,
      encoding: null,
    })),
    diststyle: distkey === null ? "auto" : "key",
    distkey,
    sortkey: sortkeyOf(proposed),
    encodeAuto: true,
    backup: true,
  };
  return {
    target: { schema, name, columns: table.columns.map((column, i) => asCreated(column, i + 1, proposed)) },
    creation: {
      sql: createTable(table),
      summary: `Creates ${schema}.${name} for the source's columns; lengths and digits are those of its values, with room to grow`,
    },
    notes:
      distkey === null
        ? []
        : [
            `DISTKEY (${distkey}) and SORTKEY (${proposed.join(", ")}) are a proposal from the primary key of the source; choose others for how the table will be joined and filtered.`,
          ],
  };
}

function sortkeyOf(columns: readonly string[]): Sortkey {
  return columns.length === 0 ? { style: "auto" } : { style: "compound", columns };
}

function asCreated(column: NewTable["columns"][number], number: number, keys: readonly string[]): Column {
  return {
    ...column,
    number,
    encoding: "none",
    distkey: column.name === keys[0],
    sortkeyPosition: keys.indexOf(column.name) + 1,
    interleaved: false,
  };
}

/** Redshift folds ASCII letters of names, quoted or not, and cuts long ones without a word. @see facts.md 1.10 */
function redshiftName(name: string): string {
  const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (Buffer.byteLength(folded) <= 127) return folded;
  throw new OptionsError(
    wording`The column name "${name}" has more than 127 bytes; select it under a shorter one (${option("pgSelectStatement")}, with AS).`,
  );
}
