import { loadModule } from "libpg-query";
import { notImitated } from "../errors.ts";
import { lex } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { Names, shortName } from "./names.ts";
import type { OnLongName } from "./names.ts";
import type { Plan, TranslateContext, TranslatedQuery } from "./plan.ts";
import { Reader } from "./reader.ts";
import { selectText } from "./rewrite/query.ts";
import { findRewriter } from "./rewriters.ts";
import { split } from "./split.ts";
import type { StatementText } from "./split.ts";

/** Makes the plan of a statement that reaches outside PostgreSQL. */
export type PlanMaker = (
  tokens: readonly Token[],
  text: string,
  context: TranslateContext,
  tools: PlanTools,
) => Plan;

/** What COPY and UNLOAD need of the SQL side. */
export interface PlanTools {
  /** A name of up to 127 bytes as PostgreSQL knows it, unquoted. */
  shortName(this: void, name: string): string;
  /** A SELECT in Redshift's SQL as PostgreSQL's, read by the guard. @throws SqlError for anything else */
  translateQuery(this: void, sql: string): TranslatedQuery;
}

export interface TranslatorOptions {
  /** COPY and UNLOAD. Without them they are refused. */
  readonly virtual?: { readonly copy?: PlanMaker; readonly unload?: PlanMaker };
  /** Told once for each name of more than 63 bytes, before a plan that holds its short form is returned. */
  readonly onLongName?: OnLongName;
  /** How many plans of queries are remembered. Default 500. */
  readonly cachedPlans?: number;
}

export interface Translator {
  /** The statements of one request. @throws SqlError for what cannot be cut into tokens. */
  split(text: string): readonly StatementText[];
  /** What one statement becomes. @throws SqlError for what Redshift would refuse, or the sandbox does. */
  translate(text: string, context: TranslateContext): Plan;
}

/** Longer texts are not worth remembering: they seldom come twice. */
const longestCachedText = 10_000;

/** Loads PostgreSQL's parser once; after that everything is synchronous. */
export async function createTranslator(options: TranslatorOptions = {}): Promise<Translator> {
  await loadModule();
  const names = new Names(options.onLongName);
  const limit = options.cachedPlans ?? 500;
  const cache = new Map<string, Plan>();

  const translate = (text: string, context: TranslateContext): Plan => {
    const tokens = lex(text);
    const last = tokens.at(-1);
    const reader = new Reader(
      text,
      context,
      names,
      last?.value === ";" && last.kind === "punctuation" ? tokens.slice(0, -1) : tokens,
    );
    if (reader.is("copy")) return reach(options.virtual?.copy, "COPY", reader);
    if (reader.is("unload")) return reach(options.virtual?.unload, "UNLOAD", reader);
    return findRewriter(reader)(reader);
  };

  return {
    split,
    translate(text, context) {
      const reading = `${context.caseSensitiveIdentifiers ? "s" : "i"}${hasLongName(context) ? "l" : "s"}`;
      const key = `${reading}${context.edition} ${context.database}\0${text}`;
      const found = cache.get(key);
      if (found !== undefined) {
        // Taken out and put back, the most recently used stay at the end.
        cache.delete(key);
        cache.set(key, found);
        return found;
      }
      const plan = translate(text, context);
      if (plan.kind === "pass" && text.length <= longestCachedText) {
        cache.set(key, plan);
        if (cache.size > limit) cache.delete(cache.keys().next().value ?? "");
      }
      return plan;
    },
  };
}

/** CURRENT_USER is read as something else then. */
function hasLongName({ user }: TranslateContext): boolean {
  return shortName(user) !== user;
}

function reach(maker: PlanMaker | undefined, statement: string, reader: Reader): Plan {
  if (maker === undefined) throw notImitated(statement, reader.position());
  const { tokens, text, context, names } = reader;
  return maker(tokens, text, context, {
    shortName: (name) => names.mapped(name),
    translateQuery: (sql) => selectText(new Reader(sql, context, names)),
  });
}
