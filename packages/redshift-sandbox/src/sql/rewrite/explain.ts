import { lookedUp } from "../lookup/lookup.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { virtual } from "../statements.ts";
import type { ScriptPlan } from "../statements.ts";
import { queryAfter } from "./query.ts";

/**
 * `EXPLAIN [VERBOSE] query`: there is no ANALYZE and no option list. PostgreSQL's plan, but for what policies put into it.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html
 */
export function explain(reader: Reader): Plan {
  const second = reader.peek(1);
  if (second?.value === "analyze" || second?.value === "analyse") throw reader.error(second);
  if (second?.value === "(" && !["select", "with", "("].includes(reader.peek(2)?.value ?? ""))
    throw reader.error(reader.peek(2));
  const plan = queryAfter(reader, second?.value === "verbose" ? 2 : 1);
  // A virtual plan takes no parameters; what it would hide is then hidden by an error.
  if (plan.kind !== "pass" || reader.tokens.some((token) => token.kind === "parameter")) return plan;
  const explained = virtual(
    "EXPLAIN",
    async (backend) => {
      const { rows } = await backend.query(
        await lookedUp({ sql: plan.sql, prefixLength: 0, ...plan.query }, plan.lookup, backend),
      );
      const filtered = await filteredRelations(backend);
      for (const [line = null] of rows) {
        const shown = line === null ? null : shownLine(line, filtered);
        if (shown !== undefined) backend.row([shown]);
      }
    },
    { columns: [{ name: "QUERY PLAN", oid: 25 }] },
  );
  const shown: ScriptPlan = { ...explained, statements: [plan.sql] };
  return shown;
}

async function filteredRelations(backend: Backend): Promise<ReadonlySet<string | null>> {
  const { rows } = await backend.query("SELECT relname FROM redshift_sandbox.filtered_relations()");
  return new Set(rows.map(([name = null]) => name));
}

/** The scan of a relation that is read through policies says so and nothing more; the policies' own conditions are not shown. */
function shownLine(line: string, filtered: ReadonlySet<string | null>): string | undefined {
  if (line.includes("redshift_sandbox.")) return undefined;
  const scan = /^(\s*(?:->\s+)?)[A-Z][A-Za-z ]* on ("(?:[^"]|"")+"|[^\s"]+)( \S+)?( {2}\(cost.*)$/.exec(line);
  if (scan === null || !filtered.has(scan[2] ?? "")) return line;
  return `${scan[1] ?? ""}XN RLS SecureScan ${(scan[3] ?? ` ${scan[2] ?? ""}`).trim()}${scan[4] ?? ""}`;
}
