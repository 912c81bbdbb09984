import { DefaultQueryCompiler } from "kysely";
import type { IdentifierNode, SelectModifierNode } from "kysely";
import { OptionsError } from "../errors.ts";
import { identifier, literal } from "../sql/quote.ts";

/** Locks on rows, which Redshift does not have. */
const rowLocks: ReadonlySet<string> = new Set([
  "ForKeyShare",
  "ForNoKeyUpdate",
  "ForShare",
  "ForUpdate",
  "NoWait",
  "SkipLocked",
]);

/**
 * Writes Kysely's queries as Redshift reads them: names quoted only where they need it, literals with backslashes doubled.
 * What Redshift does not have is an `OptionsError` that names what to do in its place.
 * @see facts.md 1.10; 7
 */
export class RedshiftQueryCompiler extends DefaultQueryCompiler {
  protected override visitIdentifier(node: IdentifierNode): void {
    this.append(identifier(node.name).toSQL());
  }

  /** For DDL and `sql.lit`; values of queries are parameters, which the driver binds by the same rules. */
  protected override appendImmediateValue(value: unknown): void {
    this.append(immediate(value));
  }

  protected override appendStringLiteral(value: string): void {
    this.append(literal(value).toSQL());
  }

  /** What stands between quotes that Kysely writes itself. */
  protected override sanitizeStringLiteral(value: string): string {
    return literal(value).toSQL().slice(1, -1);
  }

  protected override visitReturning(): void {
    refuse("RETURNING", "select the rows in the same transaction");
  }

  protected override visitOnConflict(): void {
    refuse("ON CONFLICT", "use mergeInto(), or delete and insert in one transaction");
  }

  protected override visitOnDuplicateKey(): void {
    refuse("ON DUPLICATE KEY", "use mergeInto(), or delete and insert in one transaction");
  }

  protected override compileDistinctOn(): void {
    refuse("DISTINCT ON", "number the rows with ROW_NUMBER() and keep the first");
  }

  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== undefined && rowLocks.has(node.modifier)) {
      refuse("locks on rows", "LOCK the table in the transaction");
    }
    super.visitSelectModifier(node);
  }

  protected override visitCreateIndex(): void {
    refuse("indexes", "choose a sort key for the table");
  }

  protected override visitDropIndex(): void {
    refuse("indexes", "choose a sort key for the table");
  }

  protected override visitCreateType(): void {
    refuse("types of one's own", "use a VARCHAR or SUPER column");
  }
}

function immediate(value: unknown): string {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return literal(value).toSQL();
  }
  if (value === null || value instanceof Date) return literal(value).toSQL();
  throw new OptionsError(
    `A value of type ${typeof value} has no literal in SQL; pass text, a number, a boolean, a Date or null.`,
  );
}

function refuse(what: string, instead: string): never {
  throw new OptionsError(`Redshift has no ${what}; ${instead}.`);
}
