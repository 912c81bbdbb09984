import { SqlError } from "../../errors.ts";
import { guardSelect } from "../guard.ts";
import { asList, asTree, schemaOf, strings, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { inTransaction, lookupOf } from "../lookup/lookup.ts";
import { literal, quoted } from "../names.ts";
import type { Edition, Plan } from "../plan.ts";
import { call, scripted, textArray } from "../statements.ts";

/** A view as its statement names it. */
export interface LateView {
  /** Quoted, and qualified as it was written. */
  readonly sql: string;
  /** An expression of type regclass that finds it where CREATE VIEW makes it. */
  readonly regclass: string;
  readonly replace: boolean;
  /** The names in parentheses behind the view's. */
  readonly columns: readonly string[];
  readonly edition: Edition;
  /** The query, in PostgreSQL's words. */
  readonly query: string;
  /** The whole statement as its author wrote it. */
  readonly source: string;
}

/**
 * `CREATE [OR REPLACE] VIEW v AS query WITH NO SCHEMA BINDING`: what the query names need not be there, but must be qualified.
 * PostgreSQL gets a view without columns, which redshift_sandbox then gives the meaning that the text has, again and again.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
 */
export function createLateView(view: LateView): Plan {
  const statement = guardSelect(view.query, view.edition);
  const lookup = lookupOf(statement, { sql: view.query, prefixLength: 0 });
  const { refs, schemas } = qualifiedRelations(statement);
  const list = view.columns.length === 0 ? "" : `(${view.columns.map(quoted).join(", ")}) `;
  const create = `CREATE VIEW ${view.sql} AS SELECT`;
  const set = (text: string): string =>
    call(
      "set_late_view",
      view.regclass,
      literal(view.source),
      literal(`${list}AS ${text}`),
      textArray(refs),
      textArray(schemas),
      textArray(columnNames(statement, view.columns)),
    );
  return scripted("CREATE VIEW", [create, set(view.query)], async (backend) => {
    const text = lookup === undefined ? view.query : await lookup.text(inTransaction(backend));
    const replaced =
      view.replace &&
      (
        await backend.query(
          `SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(${view.regclass.replace(/::regclass$/, "")}) AND relkind = 'v'`,
        )
      ).rows.length > 0;
    await backend.query(replaced ? set(text) : `${create};\n${set(text)}`);
  });
}

/** What the query reads, by quoted names. @throws SqlError for a name without a schema; that of a WITH query needs none. */
function qualifiedRelations(statement: Tree): { readonly refs: string[]; readonly schemas: string[] } {
  const withNames = new Set<string>();
  walk(statement, (key, node) => {
    if (key === "CommonTableExpr") withNames.add(String(node["ctename"]));
  });
  const refs = new Set<string>();
  const schemas = new Set<string>();
  walk(statement, (_key, node) => {
    const name = node["relname"];
    if (typeof name !== "string") return;
    const schema = schemaOf(node);
    if (schema === undefined) {
      if (withNames.has(name)) return;
      throw new SqlError(
        "42P01",
        "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.",
      );
    }
    refs.add(`${quoted(schema)}.${quoted(name)}`);
    schemas.add(schema);
  });
  return { refs: [...refs], schemas: [...schemas] };
}

/** The columns' names as far as the text tells them: not behind `*`, and not when PostgreSQL would refuse one that comes twice. */
function columnNames(statement: Tree, given: readonly string[]): readonly string[] {
  let select = asTree(statement["SelectStmt"]);
  while (select["larg"] !== undefined) select = asTree(select["larg"]);
  const names = asList(select["targetList"]).map((target, place) => {
    const result = asTree(asTree(target)["ResTarget"]);
    const own = given[place] ?? result["name"];
    if (typeof own === "string") return own;
    const value = asTree(result["val"]);
    if (Object.hasOwn(value, "ColumnRef")) return strings(asTree(value["ColumnRef"])["fields"]).at(-1) ?? "";
    if (Object.hasOwn(value, "FuncCall")) return strings(asTree(value["FuncCall"])["funcname"]).at(-1) ?? "";
    return "?column?";
  });
  // The last part of `a.*` is no text.
  return [...new Set(names.filter((name) => name !== ""))];
}
