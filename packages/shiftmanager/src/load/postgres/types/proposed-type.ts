import { OptionsError } from "../../../errors.ts";
import { option, wording } from "../../../wording.ts";
import type { SourceColumn } from "../source-columns.ts";
import type { ValueRules } from "../value-rules.ts";
import type { ColumnSize } from "./column-sizes.ts";
import { mostPrecision, mostScale, typeChoice } from "./redshift-type.ts";
import { mostTextBytes } from "./value-kind.ts";

/** Limits of VARCHAR and VARBYTE. @see facts.md 4 */
const mostText = 65_535;
const mostBytes = 1_024_000;

/** Digits in front of the point that a DECIMAL gets beyond those of the largest value. */
const spareDigits = 4;

/**
 * The type, in the catalog's spelling, of a column to create, with room for longer values to come: a quarter more than
 * the longest text or bytes, in steps of 16 bytes, but not more than the source's own type can hold; four more digits in
 * front of a number's point.
 * @throws OptionsError for a column whose values no type of Redshift holds
 */
export function proposedType(source: SourceColumn, size: ColumnSize, { longText }: ValueRules): string {
  const choice = typeChoice(source);
  if (choice.kind === "fixed") return choice.type;
  if (choice.of === "decimal") return decimal(source, size);
  if (choice.of === "bytes") {
    refuseBeyond(source, size, mostBytes, "VARBYTE");
    return `binary varying(${Math.min(withRoom(size.bytes), mostBytes)})`;
  }
  if (longText !== "truncate") refuseBeyond(source, size, mostText, "VARCHAR");
  return `character varying(${Math.min(withRoom(size.bytes), mostTextBytes(source) ?? mostText, mostText)})`;
}

function withRoom(bytes: number | null): number {
  // Nothing is known of a column without values: 256 is what VARCHAR means by itself.
  if (bytes === null) return 256;
  return Math.max(16, Math.ceil((bytes * 1.25) / 16) * 16);
}

function refuseBeyond({ name }: SourceColumn, { bytes }: ColumnSize, most: number, type: string): void {
  if (bytes === null || bytes <= most) return;
  throw new OptionsError(
    wording`The column "${name}" holds a value of ${bytes} bytes, and ${type} takes ${most} at most; select a part of it, leave it out (${option("columns")})${type === "VARCHAR" ? wording`, or let texts be cut (${option("longText", "truncate")})` : ""}.`,
  );
}

function decimal({ name }: SourceColumn, { before, after }: ColumnSize): string {
  if (before === null || after === null) return `numeric(${mostPrecision},10)`;
  if (after > mostScale || before + after > mostPrecision) {
    throw new OptionsError(
      wording`The column "${name}" holds numbers with ${before} digits in front of the point and ${after} behind it, and DECIMAL takes ${mostPrecision} in all; select it rounded, as double precision or as text.`,
    );
  }
  return `numeric(${Math.min(before + spareDigits + after, mostPrecision)},${after})`;
}
