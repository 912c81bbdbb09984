import { literal } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { call, scripted } from "../statements.ts";

/** `DROP TABLE [IF EXISTS] a, b [CASCADE | RESTRICT]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_TABLE.html */
export function dropTable(reader: Reader): Plan {
  return dropRelations(reader, "table");
}

/** `DROP VIEW [IF EXISTS] a, b [CASCADE | RESTRICT]` */
export function dropView(reader: Reader): Plan {
  return dropRelations(reader, "view");
}

/** For owners and superusers PostgreSQL drops; for those who hold the DROP privilege, which it does not know, redshift_sandbox does. */
function dropRelations(reader: Reader, kind: "table" | "view"): Plan {
  reader.expect("drop", kind);
  const ifExists = reader.accept("if", "exists") ? "IF EXISTS " : "";
  const relations = reader.list(() => reader.relation());
  const cascade = reader.acceptOneOf("cascade", "restrict") === "cascade";
  reader.end();
  const tag = `DROP ${kind.toUpperCase()}`;
  const drop = (names: readonly string[]): string =>
    `${tag} ${ifExists}${names.join(", ")}${cascade ? " CASCADE" : ""}`;
  const relkind = kind === "table" ? "r" : "v";
  return scripted(tag, [drop(relations.map((relation) => relation.sql))], async (backend) => {
    const own: string[] = [];
    for (const relation of relations) {
      const { rows } = await backend.query(
        `SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(${literal(relation.sql)}) AND relkind = '${relkind}'`,
      );
      // What is not there, or of another kind, is for PostgreSQL to say.
      if (rows[0]?.[0] !== "f") own.push(relation.sql);
      else await backend.query(call("drop_table_as_owner", relation.regclass, String(cascade)));
    }
    // In one statement, because they may depend on each other.
    if (own.length > 0) await backend.query(drop(own));
  });
}
