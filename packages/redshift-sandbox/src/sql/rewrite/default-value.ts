import { guardConstant } from "../guard.ts";
import type { Reader } from "../reader.ts";
import { render } from "../render.ts";

const afterDefault = [
  "default",
  "identity",
  "generated",
  "encode",
  "distkey",
  "sortkey",
  "collate",
  "constraint",
  "unique",
  "primary",
  "references",
  "check",
] as const;

/** A DEFAULT: without columns, queries and parameters. In parentheses unless it is one token, so that nothing can end it early. */
export function readDefault(reader: Reader): string {
  const first = reader.at;
  const tokens = reader.until(
    () =>
      reader.isMark(",") ||
      (reader.at > first &&
        (reader.oneOf(...afterDefault) !== undefined ||
          reader.is("not", "null") ||
          endsWithNull(reader, first))),
  );
  if (tokens.length === 0) throw reader.error();
  const sql = render({ text: reader.text, context: reader.context, names: reader.names }, tokens);
  guardConstant(sql, reader.context.edition);
  return tokens.length === 1 && tokens[0]?.kind !== "word" ? sql : `(${sql})`;
}

/** `DEFAULT 1 NULL`: the NULL is a constraint; in `DEFAULT x IS NULL` it is not. */
function endsWithNull(reader: Reader, first: number): boolean {
  if (!reader.is("null")) return false;
  const before = reader.tokens[reader.at - 1];
  return (
    reader.at > first &&
    before?.kind !== "operator" &&
    !(before?.kind === "word" && ["is", "not"].includes(before.value))
  );
}
