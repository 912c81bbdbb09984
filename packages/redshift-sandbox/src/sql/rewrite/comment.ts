import { SqlError } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { pass, scripted, virtual } from "../statements.ts";

/**
 * `COMMENT ON { TABLE | COLUMN | CONSTRAINT | DATABASE | VIEW } … IS { 'text' | NULL }`: other objects take no comment.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html
 */
export function comment(reader: Reader): Plan {
  reader.expect("comment", "on");
  const kind = reader.acceptOneOf("table", "view", "column", "constraint", "database");
  if (kind === undefined) throw reader.error();
  let object: string;
  let otherDatabase = false;
  let view: Relation | undefined;
  if (kind === "column") object = column(reader);
  else if (kind === "database") {
    const name = reader.name();
    otherDatabase = name !== reader.context.database;
    object = quoted(name);
  } else if (kind === "constraint") {
    const name = reader.name();
    reader.expect("on");
    object = `${quoted(name)} ON ${reader.relation().sql}`;
  } else {
    const relation = reader.relation();
    object = relation.sql;
    if (kind === "view") view = relation;
  }
  reader.expect("is");
  const text = reader.accept("null") ? "NULL" : literal(reader.string());
  reader.end();
  if (otherDatabase)
    return virtual("COMMENT", (backend) => {
      backend.notice("WARNING", "database comments may only be applied to the current database");
      return Promise.resolve(undefined);
    });
  const sql = `COMMENT ON ${kind.toUpperCase()} ${object} IS ${text}`;
  return view === undefined ? pass(sql) : commentOnView(view, sql);
}

/** PostgreSQL has another word for materialized views. */
function commentOnView(view: Relation, sql: string): Plan {
  return scripted("COMMENT", [sql], async (backend) => {
    const { rows } = await backend.query(
      `SELECT redshift_sandbox.is_materialized_view(pg_catalog.to_regclass(${literal(view.sql)}))`,
    );
    await backend.query(
      rows[0]?.[0] === "t" ? sql.replace("COMMENT ON VIEW", "COMMENT ON MATERIALIZED VIEW") : sql,
    );
  });
}

function column(reader: Reader): string {
  const parts = reader.isMark(".") ? [] : [reader.name()];
  while (reader.acceptMark(".")) parts.push(reader.name());
  if (parts.length < 2 || parts.length > 4)
    throw new SqlError("42601", "column name must be qualified", { position: reader.position() });
  return (parts.length === 4 ? parts.slice(1) : parts).map(quoted).join(".");
}
