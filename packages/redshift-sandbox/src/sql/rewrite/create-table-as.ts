import { SqlError } from "../../errors.ts";
import { quoted } from "../names.ts";
import type { Backend, Plan, TranslatedQuery } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { asUsersAndGroups, virtual } from "../statements.ts";
import { positionKey, withNames } from "./key-position.ts";
import { inheritSql, numberOf, selectedTable } from "./inherited-design.ts";
import { queryText, translatedQuery } from "./query.ts";
import { checkDesign, designSql, readDesign } from "./table-design.ts";
import type { TableDesign } from "./table-design.ts";
import { createSql } from "./table-target.ts";
import type { Target } from "./table-target.ts";

/**
 * `CREATE TABLE t [(a, b)] [BACKUP] [DISTSTYLE] [DISTKEY] [SORTKEY] AS query`; keys may be given by position.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
 */
export function createTableAs(reader: Reader, target: Target): Plan {
  const { columns, design, query } = readTableAs(reader, target);
  const list = columns.length === 0 ? "" : `(${columns.map(quoted).join(", ")}) `;
  const run = async (backend: Backend): Promise<string> => {
    const text = await query.text(backend);
    const source = selectedTable(query.sql, design);
    const number = source && (await numberOf(source, backend));
    await backend.query(createSql(target, `${list}AS ${text}`));
    const calls = designSql(target.regclass, await withNames(design, target.regclass, backend));
    if (source !== undefined && number !== undefined)
      calls.push(inheritSql(number, source, target.regclass, design));
    if (calls.length > 0) await backend.query(calls.join(";\n"));
    // CREATE TABLE AS analyses its table.
    await backend.query(
      `ANALYZE ${target.temporary ? `pg_temp.${quoted(target.relation.name)}` : target.relation.sql}`,
    );
    return "SELECT";
  };
  return virtual("SELECT", (backend) => asUsersAndGroups(() => run(backend)));
}

/** What stands behind the name of the table. */
export interface TableAs {
  readonly columns: readonly string[];
  readonly design: TableDesign;
  readonly query: TranslatedQuery;
}

export function readTableAs(reader: Reader, target: Target): TableAs {
  if (target.ifNotExists) throw reader.error();
  const columns = reader.isMark("(") ? reader.nameList() : [];
  const design = readDesign(reader, positionKey);
  if (design.sortAuto === true || design.encodeAuto !== undefined)
    throw new SqlError("42601", "CREATE TABLE AS takes neither SORTKEY AUTO nor ENCODE AUTO");
  checkDesign(design);
  reader.expect("as");
  const query = translatedQuery(queryText(reader, reader.rest()), reader.context.edition, "compute");
  return { columns, design, query };
}
