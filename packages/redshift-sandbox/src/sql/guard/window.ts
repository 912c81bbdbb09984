import { SqlError } from "../../errors.ts";
import type { Tree } from "./tree.ts";

/** Bits of PostgreSQL's `frameOptions`. */
const given = 0x1;
const rows = 0x4;
const exclusion = 0x38000;

/**
 * A window's frame is given in ROWS, and leaves nothing out.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html
 */
export function checkWindow(key: string, node: Tree): void {
  const options = node["frameOptions"];
  if (key !== "over" || typeof options !== "number" || (options & given) === 0) return;
  if ((options & rows) === 0) throw new SqlError("0A000", "window frames other than ROWS are not supported");
  if ((options & exclusion) !== 0) throw new SqlError("42601", 'syntax error at or near "exclude"');
}
