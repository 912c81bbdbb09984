import { notImitated } from "../../errors.ts";
import { guardSelect } from "../guard.ts";
import { quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { render } from "../render.ts";
import { pass } from "../statements.ts";

/** `CREATE [OR REPLACE] VIEW v [(a, b)] AS query` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html */
export function createView(reader: Reader): Plan {
  reader.expect("create");
  const replace = reader.accept("or", "replace");
  reader.expect("view");
  const view = reader.newRelation();
  const columns = reader.isMark("(") ? ` (${reader.nameList().map(quoted).join(", ")})` : "";
  reader.expect("as");
  const tokens = reader.rest();
  const tail = tokens.slice(-4).map((token) => (token.kind === "word" ? token.value : ""));
  // It cannot simply be left out: the base tables could then no longer be dropped.
  if (tail.join(" ") === "with no schema binding")
    throw notImitated("WITH NO SCHEMA BINDING", reader.position(tokens.at(-4)));
  const query = render({ text: reader.text, context: reader.context, names: reader.names }, tokens);
  guardSelect(query);
  return pass(`CREATE ${replace ? "OR REPLACE " : ""}VIEW ${view.sql}${columns} AS ${query}`);
}
