import { parseSync } from "libpg-query";
import { expect } from "vitest";
import type { SqlError } from "../../src/errors.ts";
import type { Plan, TranslateContext } from "../../src/sql/plan.ts";
import type { ScriptPlan } from "../../src/sql/statements.ts";
import { createTranslator } from "../../src/sql/translator.ts";

export const context: TranslateContext = {
  user: "awsuser",
  database: "dev",
  edition: "provisioned",
  caseSensitiveIdentifiers: false,
};

export const translator = await createTranslator();

export function plan(sql: string, changes: Partial<TranslateContext> = {}): Plan {
  return translator.translate(sql, { ...context, ...changes });
}

/** What PostgreSQL would get, one statement a line; PostgreSQL's own parser must accept each. */
export function translated(sql: string, changes: Partial<TranslateContext> = {}): string {
  const made = plan(sql, changes);
  const statements = made.kind === "pass" ? [made.sql] : (made as ScriptPlan).statements;
  for (const statement of statements)
    expect((parseSync(statement) as { stmts: unknown[] }).stmts).toHaveLength(1);
  return statements.join("\n");
}

/** `SQLSTATE message` of the refusal. */
export function refusal(sql: string, changes: Partial<TranslateContext> = {}): string {
  try {
    plan(sql, changes);
  } catch (error) {
    expect((error as Error).name).toBe("SqlError");
    return `${(error as SqlError).sqlstate} ${(error as SqlError).message}`;
  }
  return "not refused";
}
