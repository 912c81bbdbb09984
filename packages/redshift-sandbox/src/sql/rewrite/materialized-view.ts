import { SqlError, notImitated } from "../../errors.ts";
import { hasNode, onlyStatement, schemaOf, strings, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { literal } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { call, script, scripted, virtual } from "../statements.ts";
import { isSystem } from "../system-relations.ts";
import { positionKey, withNames } from "./key-position.ts";
import { queryText, translatedQuery } from "./query.ts";
import { checkDesign, designSql, readDesign } from "./table-design.ts";
import type { TableDesign } from "./table-design.ts";
import { newRegclass } from "./table-target.ts";
import { sourceText } from "./view.ts";

/**
 * `CREATE MATERIALIZED VIEW mv [BACKUP] [DISTSTYLE] [DISTKEY] [SORTKEY] [AUTO REFRESH] AS query`: PostgreSQL makes it, redshift_sandbox
 * remembers what it read.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-create-sql-command.html
 */
export function createMaterializedView(reader: Reader): Plan {
  reader.expect("create", "materialized", "view");
  const view = reader.newRelation();
  if (view.name.startsWith("#")) throw new SqlError("0A000", "materialized views cannot be temporary");
  const design = withDefaults(readDesign(reader, positionKey), reader);
  const autoRefresh = readAutoRefresh(reader) ?? false;
  reader.expect("as");
  const query = translatedQuery(queryText(reader, reader.rest()), reader.context.edition, "compute", {
    partialStars: "refuse",
  });
  const statement = onlyStatement(query.sql);
  checkQuery(statement);
  if (autoRefresh && usesMutableFunction(statement))
    throw new SqlError(
      "0A000",
      "Auto-refresh is not supported for materialized views with mutable functions",
    );
  const create = (sql: string): string => `CREATE MATERIALIZED VIEW ${view.sql} AS ${sql}`;
  const regclass = newRegclass(view, false);
  const incremental = String(isIncremental(statement));
  const remember = call(
    "set_materialized_view",
    regclass,
    literal(sourceText(reader)),
    String(autoRefresh),
    incremental,
  );
  return scripted("CREATE MATERIALIZED VIEW", [create(query.sql), remember], async (backend) => {
    await backend.query([create(await query.text(backend)), remember].join(";\n"));
    await backend.query(designSql(regclass, await withNames(design, regclass, backend)).join(";\n"));
  });
}

/** `REFRESH MATERIALIZED VIEW mv`: the owner's. @see https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-refresh-sql-command.html */
export function refreshMaterializedView(reader: Reader): Plan {
  reader.expect("refresh", "materialized", "view");
  const view = reader.relation();
  reader.end();
  return virtual("REFRESH MATERIALIZED VIEW", async (backend) => {
    const { rows } = await backend.query(call("refresh_materialized_view", view.regclass));
    backend.notice("INFO", rows[0]?.[0] ?? "");
  });
}

/** `ALTER MATERIALIZED VIEW mv AUTO REFRESH { YES | NO }` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_MATERIALIZED_VIEW.html */
export function alterMaterializedView(reader: Reader): Plan {
  reader.expect("alter", "materialized", "view");
  const view = reader.relation();
  if (reader.is("row", "level", "security"))
    throw notImitated("row-level security of materialized views", reader.position());
  const autoRefresh = readAutoRefresh(reader);
  if (autoRefresh === undefined) throw reader.error();
  reader.end();
  return script("ALTER MATERIALIZED VIEW", [call("set_auto_refresh", view.regclass, String(autoRefresh))]);
}

/** `DROP MATERIALIZED VIEW [IF EXISTS] mv [CASCADE | RESTRICT]`: the owner's. @see https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-drop-sql-command.html */
export function dropMaterializedView(reader: Reader): Plan {
  reader.expect("drop", "materialized", "view");
  const ifExists = reader.accept("if", "exists") ? "IF EXISTS " : "";
  const view = reader.relation();
  const behaviour = reader.acceptOneOf("cascade", "restrict") === "cascade" ? " CASCADE" : "";
  reader.end();
  return script("DROP MATERIALIZED VIEW", [`DROP MATERIALIZED VIEW ${ifExists}${view.sql}${behaviour}`]);
}

function readAutoRefresh(reader: Reader): boolean | undefined {
  if (!reader.accept("auto", "refresh")) return undefined;
  const choice = reader.acceptOneOf("yes", "no");
  if (choice === undefined) throw reader.error();
  return choice === "yes";
}

/** Redshift's default for materialized views is EVEN, and AUTO is none of its choices. */
function withDefaults(design: TableDesign, reader: Reader): TableDesign {
  if (
    design.diststyle === "auto" ||
    design.encodeAuto === true ||
    design.sortAuto === true ||
    design.interleaved
  )
    throw reader.error();
  checkDesign(design);
  return { ...design, diststyle: design.diststyle ?? (design.distkey === undefined ? "even" : "key") };
}

/** What a materialized view may not be defined with; views and temporary tables are found when it is made. */
function checkQuery(statement: Tree): void {
  walk(statement, (_key, node) => {
    if (
      node["sortClause"] !== undefined ||
      node["limitCount"] !== undefined ||
      node["limitOffset"] !== undefined
    )
      throw new SqlError("0A000", "materialized views do not support ORDER BY, LIMIT and OFFSET");
    const name = node["relname"];
    if (typeof name !== "string") return;
    if (name.startsWith("#")) throw new SqlError("0A000", "materialized views cannot use temporary tables");
    if (isSystem(schemaOf(node), name))
      throw new SqlError("0A000", "materialized views cannot use system tables and views");
  });
}

const mutable: ReadonlySet<string> = new Set(
  "getdate sysdate now timeofday random current_user_id pg_backend_pid current_setting age".split(" "),
);
const recomputed: ReadonlySet<string> = new Set(
  "median percentile_cont percentile_disc listagg stddev stddev_samp stddev_pop variance var_samp var_pop bit_and bit_or bool_and bool_or".split(
    " ",
  ),
);

function usesMutableFunction(statement: Tree): boolean {
  return functionNames(statement).some((name) => mutable.has(name)) || hasNode(statement, "SQLValueFunction");
}

/** Whether Redshift could refresh it incrementally, which only shows in its state: here every refresh recomputes. */
function isIncremental(statement: Tree): boolean {
  let simple =
    !usesMutableFunction(statement) && !functionNames(statement).some((name) => recomputed.has(name));
  walk(statement, (key, node) => {
    const jointype = node["jointype"];
    const op = node["op"];
    if (key === "SubLink" || key === "over" || key === "OVER") simple = false;
    if (typeof jointype === "string" && jointype !== "JOIN_INNER") simple = false;
    if (
      typeof op === "string" &&
      op.startsWith("SETOP_") &&
      op !== "SETOP_NONE" &&
      !(op === "SETOP_UNION" && node["all"] === true)
    )
      simple = false;
    if (node["agg_distinct"] === true) simple = false;
  });
  return simple;
}

function functionNames(statement: Tree): string[] {
  const names: string[] = [];
  walk(statement, (key, node) => {
    if (key === "FuncCall") names.push(strings(node["funcname"]).at(-1) ?? "");
  });
  return names;
}
