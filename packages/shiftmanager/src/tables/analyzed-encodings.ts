import { readCompression, type Recommendation } from "../catalog/compression.ts";
import { encodings as knownEncodings, type Encoding } from "../ddl/create-table.ts";
import { OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";
import { reflectionOf, type Table } from "./table.ts";
import { option, wording } from "../wording.ts";
import type { TableOverrides } from "./design-overrides.ts";

/** What ANALYZE COMPRESSION recommended for a table. */
export interface AnalyzedEncodings {
  readonly recommended: readonly Recommendation[];
}

/** Runs ANALYZE COMPRESSION, which locks the table exclusively while it looks. */
export async function analyzeEncodings(session: Session, table: Table): Promise<AnalyzedEncodings> {
  refuseAuto(table);
  return { recommended: await readCompression(session, { schema: table.schema, name: table.name }) };
}

/** What the recommendations make of a table's design, and the sentences that tell of it. */
export interface AnalyzedOverrides {
  readonly overrides: TableOverrides;
  readonly notes: readonly string[];
}

/**
 * Takes the recommendations over: not for columns of the sort key (range-restricted scans suffer where those are
 * compressed more than the rest), nor where the caller named an encoding or changed the type.
 */
export function analyzedOverrides(table: Table, analyzed: AnalyzedEncodings | undefined): AnalyzedOverrides {
  if (analyzed === undefined) return { overrides: {}, notes: [] };
  refuseAuto(table);
  const { facts, created } = reflectionOf(table);
  const sorted = new Set(facts.columns.filter((c) => c.sortkeyPosition > 0).map(({ name }) => name));
  if ("columns" in created.sortkey) for (const name of created.sortkey.columns) sorted.add(name);
  const named = { ...(table.overrides.encodings as object | undefined) };
  const taken = Object.keys(named).map((name) => name.toLowerCase());
  const encodings: Record<string, Encoding> = {};
  const unknown: string[] = [];
  for (const { column, encoding } of analyzed.recommended) {
    const own = created.columns.find(({ name }) => name === column);
    const changed = table.overrides.columns?.[column];
    if (own === undefined || sorted.has(column) || taken.includes(column.toLowerCase())) continue;
    if (changed?.encoding !== undefined || changed?.type !== undefined) continue;
    if (isEncoding(encoding)) encodings[column] = encoding;
    else unknown.push(`${column} (${encoding})`);
  }
  const kept = [...sorted].filter((name) => created.columns.some((column) => column.name === name));
  return {
    overrides: Object.keys(encodings).length === 0 ? {} : { encodings },
    notes: [
      `Encodings are those that ANALYZE COMPRESSION recommends for today's rows${kept.length === 0 ? "" : `, but for the sort key (${kept.join(", ")})`}; ` +
        `it locked ${table.schema}.${table.name} exclusively while it looked. Naming them turns ENCODE AUTO off.`,
      ...(unknown.length === 0
        ? []
        : [
            `ANALYZE COMPRESSION recommends what this version does not know, so it is left: ${unknown.join(", ")}.`,
          ]),
    ],
  };
}

function refuseAuto(table: Table): void {
  if (table.overrides.encodings !== "auto") return;
  throw new OptionsError(
    wording`${option("analyzeCompression")} names encodings and ${option("encodings", "auto")} leaves them to Redshift; leave one of them out.`,
  );
}

function isEncoding(text: string): text is Encoding {
  return (knownEncodings as readonly string[]).includes(text);
}
