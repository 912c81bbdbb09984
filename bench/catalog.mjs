// @ts-check
/**
 * What the bench "catalog" runs in a sandbox: `redshift.catalog` of 1,000 and of 10,000 tables, against the same statements run bare on
 * the same driver, whose rows nobody looks at.
 */
import { Redshift } from "../packages/shiftmanager/dist/index.js";
import { compare, format, time } from "./measure.mjs";

const redshift = new Redshift();
const client = await redshift.connection;

/** @param {number} from @param {number} to */
async function createTables(from, to) {
  for (let first = from; first < to; first += 100) {
    const statements = Array.from({ length: Math.min(100, to - first) }, (_, i) => {
      const name = `bench.table_${first + i}`;
      return `
        CREATE TABLE ${name} (id BIGINT NOT NULL, name VARCHAR(40) DEFAULT 'x', price DECIMAL(10,2), at TIMESTAMP, note VARCHAR(256));
        ALTER TABLE ${name} ADD CONSTRAINT table_${first + i}_pkey PRIMARY KEY (id);
        COMMENT ON COLUMN ${name}.at IS 'when';
        GRANT SELECT ON ${name} TO GROUP readers;
        ${i % 10 === 0 ? `CREATE VIEW bench.view_${first + i} AS SELECT id, at FROM ${name};` : ""}`;
    });
    await client.query(statements.join(""));
    process.stderr.write(`\r  ${first + statements.length} tables`);
  }
  process.stderr.write("\r");
}

/**
 * The statements that a reading sends.
 * @returns {Promise<{ text: string, values: unknown[] }[]>}
 */
async function statementsOfAReading() {
  /** @type {{ text: string, values: unknown[] }[]} */
  const statements = [];
  const query = client.query.bind(client);
  client.query = /** @type {typeof client.query} */ (
    (/** @type {[any, any?, any?]} */ ...args) => {
      const [first, values] = args;
      statements.push(
        typeof first === "string"
          ? { text: first, values: values ?? [] }
          : { text: first.text, values: first.values ?? [] },
      );
      return query(...args);
    }
  );
  await (await redshift.catalog).refresh();
  client.query = query;
  return statements;
}

try {
  await client.query("CREATE SCHEMA bench; CREATE GROUP readers");
  await redshift.catalog;
  const statements = await statementsOfAReading();
  console.log(`  ${statements.length} statements`);
  const medians = [];
  let there = 0;
  for (const { tables, rounds } of [
    { tables: 1000, rounds: 5 },
    { tables: 10_000, rounds: 2 },
  ]) {
    await createTables(there, tables);
    there = tables;
    await client.query("ANALYZE");
    medians.push(
      await compare(rounds, {
        what: `catalog of ${tables.toLocaleString("en")} tables`,
        measured: () => time(async () => (await redshift.catalog).refresh()),
        baseline: "the same statements bare",
        bare: () =>
          time(async () => {
            for (const { text, values } of statements) await client.query(text, values);
          }),
        aim: "at most 3",
      }),
    );
  }
  const [small = Number.NaN, large = Number.NaN] = medians;
  console.log(
    `  10,000 tables against 1,000: ${format(large)} to ${format(small)}, ratio ${(large / small).toFixed(2)} (aim: at most 12)`,
  );
} finally {
  await redshift.close();
}
