import pg from "pg";

type Answer = pg.QueryResult | readonly pg.QueryResult[];

interface RowDescription {
  readonly fields: { name: string }[];
}

/** The part of the driver's query that its types leave out. */
interface Driven {
  callback: (error: Error | null, answer: Answer) => void;
  handleRowDescription(message: RowDescription): void;
}

const base = pg.Query.prototype as unknown as Driven;

/** The driver's query, but every column of a result has a name of its own. */
class RowQuery extends pg.Query {
  handleRowDescription(message: RowDescription): void {
    nameApart(message.fields);
    base.handleRowDescription.call(this, message);
  }
}

/** Runs a query; its rows are objects by distinct names. */
export function queryRows(
  client: pg.Client,
  text: string,
  values: readonly unknown[] | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const query = new RowQuery(values === undefined ? { text } : { text, values: [...values] });
    (query as unknown as Driven).callback = (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    };
    client.query(query);
  });
}

/** The second `id` of a join becomes `id_2`: a row is an object, and would hold only the last of them. */
function nameApart(fields: RowDescription["fields"]): void {
  const names = new Set(fields.map(({ name }) => name));
  if (names.size === fields.length) return;
  const seen = new Set<string>();
  for (const field of fields) {
    const { name } = field;
    for (let n = 2; seen.has(field.name); n++) if (!names.has(`${name}_${n}`)) field.name = `${name}_${n}`;
    seen.add(field.name);
    names.add(field.name);
  }
}
