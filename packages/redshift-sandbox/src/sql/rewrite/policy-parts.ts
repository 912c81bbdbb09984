import { guardSelect } from "../guard.ts";
import type { Token } from "../lexer.ts";
import { literal, quoted } from "../names.ts";
import { Reader } from "../reader.ts";
import { readColumnType } from "./column.ts";
import { queryText } from "./query.ts";

/** What a policy takes: columns by name, with PostgreSQL's types. */
export interface PolicyInputs {
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

/** `( name type, … )` */
export function readInputs(reader: Reader): PolicyInputs {
  reader.expectMark("(");
  const pairs = reader.list(() => ({ name: reader.name(), type: readColumnType(reader).sql }));
  reader.expectMark(")");
  return { columns: pairs.map(({ name }) => name), types: pairs.map(({ type }) => type) };
}

/** `USING ( expression [, …] )` with the parentheses of the clause: its tokens. */
export function readUsing(reader: Reader): readonly Token[] {
  reader.expect("using");
  reader.expectMark("(");
  const tokens = reader.until(() => false);
  if (tokens.length === 0) throw reader.error();
  reader.expectMark(")");
  return tokens;
}

/** The expression as it was written. */
export function writtenText(reader: Reader, tokens: readonly Token[]): string {
  return reader.text.slice(tokens[0]?.start, tokens.at(-1)?.end);
}

/**
 * A SELECT of a policy's expressions over its parameters, or over NULLs in their place, read by the guard: what the body of PostgreSQL's
 * function is, and what shows whether an expression is one.
 * CURRENT_USER is written as SESSION_USER, which is the same on Redshift, because within the function PostgreSQL's is its owner.
 */
export function expressionSelect(
  reader: Reader,
  tokens: readonly Token[],
  { columns, types }: PolicyInputs,
  over: { readonly alias: string | null; readonly nulls?: boolean },
): string {
  let text = "";
  let at = tokens[0]?.start ?? 0;
  for (const token of tokens) {
    const isUser = token.kind === "word" && ["current_user", "user"].includes(token.value);
    text += reader.text.slice(at, token.start) + (isUser ? "SESSION_USER" : token.text);
    at = token.end;
  }
  const select = queryText(new Reader(`SELECT (${text})`, reader.context, reader.names));
  const inputs = columns.map(
    (column, index) =>
      `${over.nulls === true ? "NULL" : `$${index + 1}`}::${types[index] ?? ""} AS ${quoted(column)}`,
  );
  const sql =
    columns.length === 0
      ? select
      : `${select} FROM (SELECT ${inputs.join(", ")}) AS ${quoted(over.alias ?? "rls_table")}`;
  guardSelect(sql, reader.context.edition);
  return sql;
}

/** A grantee of a policy: a literal of the role's name, NULL for PUBLIC. */
export function readPolicyGrantee(reader: Reader): string {
  if (reader.accept("public")) return "NULL";
  if (reader.accept("role")) return literal(reader.names.rbacRole(reader.roleName()));
  return literal(reader.names.userRole(reader.userName()));
}
