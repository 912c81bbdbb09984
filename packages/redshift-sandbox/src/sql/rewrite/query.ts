import { SqlError, notImitated } from "../../errors.ts";
import { guardQuery, guardSelect } from "../guard.ts";
import type { Place } from "../guard/places.ts";
import type { Token } from "../lexer.ts";
import { lookedUp, lookupOf } from "../lookup/lookup.ts";
import { quoted } from "../names.ts";
import type { Edition, PassPlan, Plan, TranslatedQuery } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { reservedWords } from "../reserved.ts";
import { render } from "../render.ts";
import type { Source } from "../render.ts";
import { asking, passQuery } from "../statements.ts";
import { readType } from "../types.ts";

/** SELECT, WITH, INSERT, UPDATE, DELETE and what wraps them: PostgreSQL runs them, once the guard has read them. */
export function query(reader: Reader): Plan {
  return queryAfter(reader, 0);
}

/** A statement whose query begins behind so many tokens. */
export function queryAfter(reader: Reader, tokens: number): PassPlan {
  const sql = queryText(reader);
  const statement = guardQuery(sql, reader.context.edition);
  const prefix = render(sourceOf(reader), reader.tokens.slice(0, tokens));
  const place = { prefixLength: prefix.length };
  return passQuery(sql, place, lookupOf(statement, { sql, ...place }));
}

/** `DECLARE c CURSOR FOR query`: forward only, in a transaction. */
export function declareCursor(reader: Reader): Plan {
  reader.expect("declare");
  reader.name();
  reader.expect("cursor");
  reader.expect("for");
  return onlyCursor(queryAfter(reader, reader.at));
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/declare.html */
function onlyCursor(plan: PassPlan): PassPlan {
  return asking(plan, async (session, found) => {
    const { rows } = await session.query(openCursors);
    if (rows.length > 0)
      throw new SqlError("42P03", "only one cursor can be open in a session", {
        detail: `Cursor "${rows[0]?.[0] ?? ""}" is open.`,
      });
    return found();
  });
}

/** Not the portals of the protocol, which drivers fetch by. */
const openCursors =
  "SELECT name FROM pg_catalog.pg_cursor() AS c WHERE pg_catalog.lower(pg_catalog.ltrim(c.statement)) LIKE 'declare %'";

/** A query, or a statement that holds one, in PostgreSQL's words. @throws SqlError for what only Redshift's grammar has, and the sandbox lacks */
export function queryText(reader: Reader, tokens: readonly Token[] = reader.tokens): string {
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token.value === "fetch" && at > 0 && next?.kind === "word" && ["first", "next"].includes(next.value))
      throw reader.error(token);
    if (token.kind === "word" && (token.value === "pivot" || token.value === "unpivot"))
      throw notImitated(token.value.toUpperCase(), reader.position(token));
    if (token.kind === "word" && token.value === "offset" && /^rows?$/.test(tokens[at + 2]?.value ?? ""))
      throw reader.error(tokens[at + 2]);
    if (token.value === "(" && next?.value === "+" && tokens[at + 2]?.value === ")")
      throw notImitated("the outer join operator (+)", reader.position(token));
    if (isUnnestedAt(tokens, at)) throw notImitated("unnesting SUPER values with AT", reader.position(token));
    if (token.kind !== "word" || next?.kind !== "word") continue;
    if (token.value === "connect" && next.value === "by")
      throw notImitated("CONNECT BY", reader.position(token));
    if (token.value === "start" && next.value === "with")
      throw notImitated("CONNECT BY", reader.position(token));
    if ((token.value === "ignore" || token.value === "respect") && next.value === "nulls")
      throw notImitated(`${token.text.toUpperCase()} NULLS`, reader.position(token));
    if (token.value === "qualify") throw notImitated("QUALIFY", reader.position(token));
    if (token.value === "approximate" && next.value === "percentile_disc")
      throw notImitated("APPROXIMATE PERCENTILE_DISC", reader.position(token));
  }
  return render(sourceOf(reader), tokens);
}

/** `FROM t, t.v AS o AT i`, and not AT TIME ZONE, AT LOCAL or something that is called `at`. */
function isUnnestedAt(tokens: readonly Token[], at: number): boolean {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token?.kind !== "word" || token.value !== "at" || before === undefined || next === undefined)
    return false;
  if (before.value === "as" || !["word", "quoted"].includes(before.kind)) return false;
  return (
    next.kind === "quoted" ||
    (next.kind === "word" && !["time", "local"].includes(next.value) && !reservedWords.has(next.value))
  );
}

/** `PREPARE name [(types)] AS query` */
export function prepare(reader: Reader): Plan {
  reader.expect("prepare");
  const name = quoted(reader.name());
  let types = "";
  if (reader.acceptMark("(")) {
    types = ` (${reader.list(() => parameterType(reader)).join(", ")})`;
    reader.expectMark(")");
  }
  reader.expect("as");
  if (reader.oneOf("select", "insert", "update", "delete", "with") === undefined) throw reader.error();
  const prefix = `PREPARE ${name}${types} AS `;
  const sql = prefix + queryText(reader, reader.rest());
  const place = { prefixLength: prefix.length, types };
  return passQuery(sql, place, lookupOf(guardQuery(sql, reader.context.edition), { sql, ...place }));
}

function parameterType(reader: Reader): string {
  const read = readType(reader.text, reader.tokens, reader.at, "expression");
  if (read === undefined) throw reader.error();
  reader.seek(read.end);
  return read.type.sql;
}

/** The text of a SELECT inside another statement (UNLOAD), ready for PostgreSQL. */
export function selectText(reader: Reader): TranslatedQuery {
  if (reader.oneOf("select", "with") === undefined && !reader.isMark("(")) throw reader.error();
  const sql = queryText(reader);
  return translatedQuery(sql, reader.context.edition, "compute");
}

/** A translated SELECT, read by the guard. @throws SqlError for anything else */
export function translatedQuery(
  sql: string,
  edition: Edition,
  place: Place,
  options: { readonly partialStars?: "refuse" } = {},
): TranslatedQuery {
  const query = { sql, prefixLength: 0 };
  const lookup = lookupOf(guardSelect(sql, edition, place), query, options);
  return { sql, text: (backend) => lookedUp(query, lookup, backend) };
}

function sourceOf(reader: Reader): Source {
  return { text: reader.text, context: reader.context, names: reader.names };
}
