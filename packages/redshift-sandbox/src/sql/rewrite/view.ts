import { SqlError, notImitated } from "../../errors.ts";
import { guardSelect } from "../guard.ts";
import { lookedUp, lookupOf } from "../lookup/lookup.ts";
import type { Token } from "../lexer.ts";
import { literal, quoted } from "../names.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { scripted } from "../statements.ts";
import { createLateView } from "./late-view.ts";
import { queryText } from "./query.ts";
import { newRegclass, readTarget } from "./table-target.ts";

/** `CREATE [OR REPLACE] VIEW v [(a, b)] AS query [WITH NO SCHEMA BINDING]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html */
export function createView(reader: Reader): Plan {
  reader.expect("create");
  const replace = reader.accept("or", "replace");
  reader.expect("view");
  const { relation: view, temporary } = readTarget(reader, false, false);
  const names = reader.isMark("(") ? reader.nameList() : [];
  reader.expect("as");
  const tokens = reader.rest();
  const late = isLate(tokens);
  const query = queryText(reader, late ? tokens.slice(0, -4) : tokens);
  if (late && temporary) throw notImitated("temporary late-binding views", reader.position(tokens.at(-4)));
  if (late)
    return createLateView({
      sql: view.sql,
      regclass: newRegclass(view, false),
      replace,
      columns: names,
      edition: reader.context.edition,
      query,
      source: sourceText(reader),
    });
  const statement = guardSelect(query, reader.context.edition);
  const columns = names.length === 0 ? "" : ` (${names.map(quoted).join(", ")})`;
  const head = `CREATE ${replace ? "OR REPLACE " : ""}${temporary ? "TEMPORARY " : ""}VIEW ${view.sql}${columns} AS `;
  // `*` of only the columns that may be read makes no view. @see AWS r_GRANT-usage-notes
  const lookup = lookupOf(statement, { sql: query, prefixLength: 0 }, { partialStars: "refuse" });
  const create = async (backend: Backend): Promise<void> => {
    const text = await lookedUp({ sql: query, prefixLength: 0 }, lookup, backend);
    await backend.query(head + text);
    await checkAccess(view, backend);
  };
  return scripted("CREATE VIEW", [head + query], (backend) =>
    replace ? replaceView(view, () => create(backend), backend) : create(backend),
  );
}

/**
 * PostgreSQL asks for no right to what a view reads until the view is read; Redshift does when it is made.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
 */
async function checkAccess(view: Relation, backend: Backend): Promise<void> {
  const { rows } = await backend.query(`
    SELECT read.relname
    FROM pg_catalog.pg_rewrite rule
    JOIN pg_catalog.pg_depend needs ON needs.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND needs.objid = rule.oid
    JOIN pg_catalog.pg_class read ON needs.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND read.oid = needs.refobjid
    WHERE rule.ev_class = pg_catalog.to_regclass(${literal(view.sql)})
      AND read.oid <> rule.ev_class
      AND NOT CASE
        WHEN needs.refobjsubid > 0 THEN pg_catalog.has_column_privilege(read.oid, needs.refobjsubid::int2, 'SELECT')
        ELSE pg_catalog.has_any_column_privilege(read.oid, 'SELECT')
      END
    LIMIT 1`);
  const refused = rows[0]?.[0];
  if (typeof refused === "string") throw new SqlError("42501", `permission denied for relation ${refused}`);
}

/** Whether the statement ends in WITH NO SCHEMA BINDING. */
function isLate(tokens: readonly Token[]): boolean {
  const tail = tokens.slice(-4).map((token) => (token.kind === "word" ? token.value : ""));
  return tail.join(" ") === "with no schema binding";
}

/** The statement as its author wrote it, as the catalog shows it. */
export function sourceText({ text, tokens }: Reader): string {
  return `${text.slice(tokens[0]?.start, tokens.at(-1)?.end)};`;
}

/** PostgreSQL refuses other names and types of columns itself, but would take more of them. */
async function replaceView(view: Relation, create: () => Promise<void>, backend: Backend): Promise<void> {
  const count = `SELECT max(attnum) FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(${literal(view.sql)})`;
  const before = (await backend.query(count)).rows[0]?.[0] ?? null;
  await create();
  if (before === null) return;
  const { rows } = await backend.query(count);
  if (rows[0]?.[0] !== before) throw new SqlError("42P16", "cannot change number of columns in view");
}
