import { SqlError } from "../../errors.ts";
import { quoted } from "../names.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { render } from "../render.ts";
import { asUsersAndGroups, virtual } from "../statements.ts";
import { translatedQuery } from "./query.ts";
import { checkDesign, designSql, readDesign } from "./table-design.ts";
import { createSql } from "./table-target.ts";
import type { Target } from "./table-target.ts";

/**
 * `CREATE TABLE t [(a, b)] [BACKUP] [DISTSTYLE] [DISTKEY] [SORTKEY] AS query`; keys may be given by position.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
 */
export function createTableAs(reader: Reader, target: Target): Plan {
  if (target.ifNotExists) throw reader.error();
  const columns = reader.isMark("(") ? reader.nameList() : [];
  // A position is kept as text that no name can be, until the columns of the query are known.
  const design = readDesign(reader, (position) => `\0${position}`);
  checkDesign(design);
  reader.expect("as");
  const query = translatedQuery(
    render({ text: reader.text, context: reader.context, names: reader.names }, reader.rest()),
    reader.context.edition,
    "compute",
  );

  const list = columns.length === 0 ? "" : `(${columns.map(quoted).join(", ")}) `;
  const named = (names: readonly string[]) => (key: string) => {
    if (!key.startsWith("\0")) return key;
    const name = names[Number(key.slice(1)) - 1];
    if (name === undefined) throw new SqlError("42703", `position ${key.slice(1)} is not in the select list`);
    return name;
  };
  const run = async (backend: Backend): Promise<string> => {
    await backend.query(createSql(target, `${list}AS ${await query.text(backend)}`));
    const needsNames = [design.distkey, ...(design.sortkey ?? [])].some((key) => key?.startsWith("\0"));
    const names = needsNames ? await columnNames(backend, target.regclass) : columns;
    const resolve = named(names);
    const calls = designSql(target.regclass, {
      ...design,
      distkey: design.distkey === undefined ? undefined : resolve(design.distkey),
      sortkey: design.sortkey?.map(resolve),
    });
    if (calls.length > 0) await backend.query(calls.join(";\n"));
    // CREATE TABLE AS analyses its table.
    await backend.query(
      `ANALYZE ${target.temporary ? `pg_temp.${quoted(target.relation.name)}` : target.relation.sql}`,
    );
    return "SELECT";
  };
  return virtual("SELECT", (backend) => asUsersAndGroups(() => run(backend)));
}

async function columnNames(backend: Backend, regclass: string): Promise<string[]> {
  const { rows } = await backend.query(
    `SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = ${regclass} AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows.map((row) => row[0] ?? "");
}
