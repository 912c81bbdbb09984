import type { Plan } from "../plan.ts";
import { literal } from "../names.ts";
import type { Reader } from "../reader.ts";
import { call, pass, scripted } from "../statements.ts";

/**
 * `DROP TABLE [IF EXISTS] a, b [CASCADE | RESTRICT]`: for owners, superusers and those who hold the DROP privilege.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_TABLE.html
 */
export function dropTable(reader: Reader): Plan {
  reader.expect("drop", "table");
  const ifExists = reader.accept("if", "exists") ? "IF EXISTS " : "";
  const relations = reader.list(() => reader.relation());
  const cascade = reader.acceptOneOf("cascade", "restrict") === "cascade";
  reader.end();
  const drop = (tables: readonly string[]): string =>
    `DROP TABLE ${ifExists}${tables.join(", ")}${cascade ? " CASCADE" : ""}`;
  return scripted("DROP TABLE", [drop(relations.map((relation) => relation.sql))], async (backend) => {
    const foreign: string[] = [];
    const own: string[] = [];
    for (const relation of relations) {
      const { rows } = await backend.query(
        `SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(${literal(relation.sql)})`,
      );
      if (rows[0]?.[0] === "f") foreign.push(relation.regclass);
      else own.push(relation.sql);
    }
    for (const regclass of foreign) {
      await backend.query(call("require_privilege", regclass, "'DROP'"));
      await backend.query(call("drop_table_as_owner", regclass, String(cascade)));
    }
    // In one statement, because they may depend on each other.
    if (own.length > 0) await backend.query(drop(own));
  });
}

/** `DROP VIEW [IF EXISTS] a, b [CASCADE | RESTRICT]` */
export function dropView(reader: Reader): Plan {
  reader.expect("drop", "view");
  const ifExists = reader.accept("if", "exists") ? "IF EXISTS " : "";
  const views = reader.list(() => reader.relation().sql);
  const behaviour = reader.acceptOneOf("cascade", "restrict");
  reader.end();
  return pass(`DROP VIEW ${ifExists}${views.join(", ")}${behaviour === "cascade" ? " CASCADE" : ""}`);
}
