import { SqlError } from "../../errors.ts";
import { checkSortKey, distStyleCodes, isKeyType, maxColumns } from "../design.ts";
import type { DistStyle } from "../design.ts";
import { literal } from "../names.ts";
import type { Reader } from "../reader.ts";
import { call, textArray } from "../statements.ts";
import type { ColumnDefinition } from "./column.ts";

/** The physical design that a statement states. */
export interface TableDesign {
  readonly diststyle: DistStyle | undefined;
  readonly distkey: string | undefined;
  readonly sortkey: readonly string[] | undefined;
  readonly interleaved: boolean;
  readonly sortAuto: boolean | undefined;
  readonly encodeAuto: boolean | undefined;
  readonly backup: boolean | undefined;
}

/** BACKUP, DISTSTYLE, DISTKEY, SORTKEY and ENCODE AUTO behind the column list. */
export function readDesign(reader: Reader, ordinal?: (position: number) => string): TableDesign {
  let diststyle: DistStyle | undefined;
  let distkey: string | undefined;
  let sortkey: readonly string[] | undefined;
  let interleaved = false;
  let sortAuto: boolean | undefined;
  let encodeAuto: boolean | undefined;
  let backup: boolean | undefined;
  const once = (done: boolean, what: string): void => {
    if (done) throw new SqlError("42601", `${what} is specified more than once`);
  };
  const column = (): string =>
    ordinal !== undefined && reader.peek()?.kind === "number" ? ordinal(reader.integer()) : reader.name();

  for (;;) {
    if (reader.accept("backup")) {
      once(backup !== undefined, "BACKUP");
      const choice = reader.acceptOneOf("yes", "no");
      if (choice === undefined) throw reader.error();
      backup = choice === "yes";
    } else if (reader.accept("diststyle")) {
      once(diststyle !== undefined, "DISTSTYLE");
      diststyle = reader.acceptOneOf("auto", "even", "key", "all");
      if (diststyle === undefined) throw reader.error();
    } else if (reader.accept("distkey")) {
      once(distkey !== undefined, "DISTKEY");
      reader.expectMark("(");
      distkey = column();
      reader.expectMark(")");
    } else if (reader.is("compound") || reader.is("interleaved") || reader.is("sortkey")) {
      once(sortkey !== undefined || sortAuto !== undefined, "SORTKEY");
      interleaved = reader.accept("interleaved");
      const plain = !interleaved && !reader.accept("compound");
      reader.expect("sortkey");
      if (plain && reader.accept("auto")) {
        sortAuto = true;
      } else {
        reader.expectMark("(");
        sortkey = reader.list(column);
        reader.expectMark(")");
        sortAuto = false;
      }
    } else if (reader.accept("encode", "auto")) {
      once(encodeAuto !== undefined, "ENCODE AUTO");
      encodeAuto = true;
    } else {
      return { diststyle, distkey, sortkey, interleaved, sortAuto, encodeAuto, backup };
    }
  }
}

/** The design with the DISTKEY and SORTKEY that stand at columns, after every rule of the manual. */
export function withColumnKeys(
  columns: readonly ColumnDefinition[],
  design: TableDesign,
  like: boolean,
): TableDesign {
  if (columns.length > maxColumns)
    throw new SqlError("54011", `tables can have at most ${maxColumns} columns`);
  const distColumns = columns.filter((column) => column.distkey).map((column) => column.name);
  const sortColumns = columns.filter((column) => column.sortkey).map((column) => column.name);
  if (distColumns.length + (design.distkey === undefined ? 0 : 1) > 1)
    throw new SqlError("42601", "Multiple distribution keys are not allowed");
  if (sortColumns.length > 1)
    throw new SqlError("42601", "Multiple sort keys are not allowed", { hint: "Use SORTKEY (a, b)." });
  if (sortColumns.length > 0 && design.sortAuto !== undefined)
    throw new SqlError("42601", "SORTKEY is specified more than once");
  if (columns.flatMap((column) => column.keys).filter((key) => key.kind === "p").length > 1)
    throw new SqlError("42P16", "multiple primary keys are not allowed");

  const whole = {
    ...design,
    distkey: design.distkey ?? distColumns[0],
    ...(sortColumns.length > 0 ? { sortkey: sortColumns, sortAuto: false } : {}),
    ...(columns.some((column) => column.encoding !== undefined) && design.encodeAuto === undefined
      ? { encodeAuto: false }
      : {}),
  };
  checkDesign(whole);
  if (like) return whole;
  for (const name of [...(whole.distkey === undefined ? [] : [whole.distkey]), ...(whole.sortkey ?? [])]) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new SqlError("42703", `column "${name}" named in key does not exist`);
    if (!isKeyType(column.type.family))
      throw new SqlError("42P16", `column "${name}" of type SUPER cannot be a distribution or sort key`);
  }
  return whole;
}

/** What must hold whether or not the columns are known. */
export function checkDesign(design: TableDesign): void {
  if (design.distkey !== undefined && design.diststyle !== undefined && design.diststyle !== "key")
    throw new SqlError(
      "42601",
      `Cannot specify DISTKEY column with DISTSTYLE ${design.diststyle.toUpperCase()}`,
    );
  if (design.diststyle === "key" && design.distkey === undefined)
    throw new SqlError("42601", "DISTSTYLE KEY requires a DISTKEY column");
  if (design.sortkey !== undefined) checkSortKey(design.sortkey, design.interleaved);
}

/** Calls that remember the table's part of a design; none when nothing was said. */
export function designSql(regclass: string, design: TableDesign): string[] {
  const diststyle = design.diststyle ?? (design.distkey === undefined ? undefined : "key");
  const calls: string[] = [];
  if ([diststyle, design.backup, design.sortAuto, design.encodeAuto].some((value) => value !== undefined))
    calls.push(
      call(
        "set_table_design",
        regclass,
        diststyle === undefined ? "NULL" : `${distStyleCodes[diststyle]}::smallint`,
        ...[design.backup, design.sortAuto, design.encodeAuto].map((value) =>
          value === undefined ? "NULL" : String(value),
        ),
      ),
    );
  if (design.distkey !== undefined) calls.push(call("set_distkey", regclass, literal(design.distkey)));
  if (design.sortkey !== undefined)
    calls.push(call("set_sortkey", regclass, textArray(design.sortkey), String(design.interleaved)));
  return calls;
}
