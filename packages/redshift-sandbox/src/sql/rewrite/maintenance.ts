import { SqlError } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Backend, Column, Plan } from "../plan.ts";
import type { Reader, Relation } from "../reader.ts";
import { call, pass, virtual } from "../statements.ts";

/** The user's own tables, or all of them for a superuser. */
const ownTables = `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' -- table
  AND n.nspname !~ '^(pg_catalog|pg_toast|pg_temp|information_schema|redshift_sandbox)'
  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
ORDER BY 1`;

/** `LOCK [TABLE] a, b`: always ACCESS EXCLUSIVE, never a view. @see https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html */
export function lock(reader: Reader): Plan {
  reader.expect("lock");
  reader.accept("table");
  const relations = reader.list(() => reader.relation());
  reader.end();
  return virtual("LOCK TABLE", async (backend) => {
    await backend.query(
      `LOCK TABLE ${relations.map((relation) => relation.sql).join(", ")} IN ACCESS EXCLUSIVE MODE`,
    );
    for (const relation of relations) await requireTable(backend, relation);
  });
}

async function requireTable(backend: Backend, { name, regclass }: Relation): Promise<void> {
  const { rows } = await backend.query(`SELECT relkind FROM pg_catalog.pg_class WHERE oid = ${regclass}`);
  if (rows[0]?.[0] !== "r") throw new SqlError("42809", `"${name}" is not a table`);
}

/** `TRUNCATE [TABLE] t`: commits, and minds no foreign keys. @see https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html */
export function truncate(reader: Reader): Plan {
  reader.expect("truncate");
  reader.accept("table");
  const relation = reader.relation();
  reader.end();
  return virtual(
    "TRUNCATE TABLE",
    async (backend) => {
      const { rows } = await backend.query(
        `SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = ${relation.regclass}`,
      );
      await backend.query(
        rows[0]?.[0] === "t"
          ? `TRUNCATE TABLE ${relation.sql}`
          : call("truncate_as_owner", relation.regclass),
      );
    },
    { transaction: "commits" },
  );
}

/** `ANALYZE [VERBOSE] [t [(a, b)]] [PREDICATE COLUMNS | ALL COLUMNS]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html */
export function analyze(reader: Reader): Plan {
  if (!reader.accept("analyse")) reader.expect("analyze");
  const verbose = reader.accept("verbose");
  const named = !reader.done && !reader.is("predicate", "columns") && !reader.is("all", "columns");
  const relation = named ? reader.relation() : undefined;
  const columns = reader.isMark("(") ? reader.nameList() : [];
  if (reader.acceptOneOf("predicate", "all") !== undefined) reader.expect("columns");
  reader.end();
  if (relation !== undefined)
    return pass(
      `ANALYZE ${verbose ? "VERBOSE " : ""}${relation.sql}${columns.length === 0 ? "" : ` (${columns.map(quoted).join(", ")})`}`,
    );
  return virtual("ANALYZE", async (backend) => {
    const { rows } = await backend.query(ownTables);
    if (rows.length > 0) await backend.query(`ANALYZE ${rows.map((row) => row[0] ?? "").join(", ")}`);
  });
}

const compressionColumns: readonly Column[] = ["Table", "Column", "Encoding", "Est_reduction_pct"].map(
  (name) => ({
    name,
    oid: 1043,
  }),
);

/**
 * `ANALYZE COMPRESSION [t [(a, b)]] [COMPROWS n]`: locks the table; columns that were not asked for come back as `N/A`.
 * The values are fixed ones: nothing is measured.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE_COMPRESSION.html
 */
export function analyzeCompression(reader: Reader): Plan {
  reader.next();
  reader.expect("compression");
  const relation = reader.done || reader.is("comprows") ? undefined : reader.relation();
  const columns = relation !== undefined && reader.isMark("(") ? reader.nameList() : undefined;
  if (reader.accept("comprows")) {
    const rows = reader.integer();
    if (rows < 1000 || rows > 1_000_000_000)
      throw new SqlError("22023", `COMPROWS ${rows} is out of range: 1000 to 1000000000`);
  }
  reader.end();
  const analyzeOne = async (backend: Backend, sql: string): Promise<void> => {
    await backend.query(`LOCK TABLE ${sql} IN ACCESS EXCLUSIVE MODE`);
    if (relation !== undefined) await requireTable(backend, relation);
    const { rows } = await backend.query(
      `SELECT * FROM redshift_sandbox.analyze_compression(${literal(sql)}::regclass)`,
    );
    for (const wanted of columns ?? [])
      if (!rows.some((row) => row[1] === wanted))
        throw new SqlError("42703", `column "${wanted}" does not exist`);
    for (const row of rows)
      backend.row(
        columns === undefined || columns.includes(row[1] ?? "")
          ? row
          : [row[0] ?? null, row[1] ?? null, "N/A", "0.00"],
      );
  };
  return virtual(
    "ANALYZE COMPRESSION",
    async (backend) => {
      if (relation !== undefined) return analyzeOne(backend, relation.sql);
      const { rows } = await backend.query(ownTables);
      for (const row of rows) await analyzeOne(backend, row[0] ?? "");
    },
    { columns: compressionColumns },
  );
}

const cannotRecluster = `(reldiststyle = 8 OR EXISTS (
  SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_class.oid AND attsortkeyord < 0))`;

/**
 * `VACUUM [FULL | SORT ONLY | DELETE ONLY | REINDEX | RECLUSTER] [t [TO n PERCENT] [BOOST]]`
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html
 */
export function vacuum(reader: Reader): Plan {
  reader.expect("vacuum");
  let kind: string = reader.acceptOneOf("full", "reindex", "recluster") ?? "";
  if (kind === "") {
    if (reader.accept("sort", "only")) kind = "sort only";
    else if (reader.accept("delete", "only")) kind = "delete only";
  }
  const rebuilds = kind === "reindex" || kind === "recluster";
  const relation = reader.done ? undefined : reader.relation();
  if (relation === undefined && rebuilds)
    throw new SqlError("42601", `VACUUM ${kind.toUpperCase()} requires a table name`);
  if (!reader.done && reader.is("to")) {
    if (rebuilds) throw reader.error();
    reader.expect("to");
    const threshold = reader.integer();
    reader.expect("percent");
    if (threshold < 0 || threshold > 100)
      throw new SqlError("22023", "the threshold of VACUUM must be between 0 and 100");
  }
  if (reader.is("boost") && kind === "reindex") throw reader.error();
  reader.accept("boost");
  reader.end();
  return virtual(
    "VACUUM",
    async (backend) => {
      if (relation === undefined) {
        const { rows } = await backend.query(ownTables);
        for (const row of rows) await backend.query(`VACUUM ${row[0] ?? ""}`);
        return;
      }
      // Without the privilege VACUUM succeeds and does nothing; a table that is not there is an error.
      const { rows } = await backend.query(
        `SELECT pg_catalog.pg_has_role(relowner, 'USAGE'), ${cannotRecluster} FROM pg_catalog.pg_class WHERE oid = ${relation.regclass}`,
      );
      if (kind === "recluster" && rows[0]?.[1] === "t")
        throw new SqlError(
          "0A000",
          "VACUUM RECLUSTER is not supported on tables with an interleaved sort key or DISTSTYLE ALL",
        );
      if (rows[0]?.[0] === "t") await backend.query(`VACUUM ${relation.sql}`);
    },
    { transaction: "forbidden" },
  );
}
