import { isUtf8 } from "node:buffer";
import { SqlError } from "../errors.ts";
import type { Plan, TranslateContext } from "../sql/plan.ts";
import { textMessage, toServer } from "./messages.ts";

/** The SQL side, as the wire uses it. Both are synchronous and throw SqlError. */
export interface Translator {
  split(text: string): readonly { readonly text: string; readonly offset: number }[];
  translate(statement: string, context: TranslateContext): Plan;
}

/** One statement, read. */
export interface Statement {
  readonly text: string;
  readonly plan: Plan;
  /** What it does to the transaction by its first word. */
  readonly control: "begin" | "commit" | "rollback" | undefined;
}

/** The statements of one Query. */
export interface Request {
  readonly text: string;
  readonly statements: readonly Statement[];
  /** Ready to send, when PostgreSQL can take the request as a whole. */
  readonly whole: Buffer | undefined;
  /** PostgreSQL gets the client's own text, so positions in its errors are right. */
  readonly unchanged: boolean;
  /** It may change a setting that tells how statements are read. */
  readonly touchesSettings: boolean;
  /** Some statement may have to be looked up before it is sent. */
  readonly looksUp: boolean;
}

const settingsTouched = /enable_case_sensitive_identifier|\breset\s+all\b|\bdiscard\b/i;

/** Of one statement, in bytes. The SQLSTATE is a guess. @see https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html */
const largestStatement = 16 * 1024 * 1024;

/** Requests kept per connection, and the longest kept: an application's few, again and again. */
const keptRequests = 256;
const keptBytes = 4096;

/** Reads statements for one connection, and remembers those that PostgreSQL takes as they are. */
export class StatementReader {
  readonly #translator: Translator;
  #context: TranslateContext;
  readonly #requests = new Map<string, Request>();
  /** A request has been read that may have changed how later ones are to be read. */
  settingsTouched = false;

  constructor(translator: Translator, context: TranslateContext) {
    this.#translator = translator;
    this.#context = context;
  }

  get context(): TranslateContext {
    return this.#context;
  }

  /** What a statement means may change with it, so nothing read before is kept. */
  changeContext(changes: Partial<TranslateContext>): void {
    this.#context = { ...this.#context, ...changes };
    this.#requests.clear();
  }

  /**
   * The request whose UTF-8 text these bytes of a message are.
   * @throws SqlError of the first statement that cannot be read; then none of them is run
   */
  request(buffer: Buffer, start: number, end: number): Request {
    // The same bytes are the same text, so what is known is found before they are checked and decoded.
    const key = end - start <= keptBytes ? buffer.toString("latin1", start, end) : undefined;
    const known = key === undefined ? undefined : this.#requests.get(key);
    if (known !== undefined) {
      if (known.touchesSettings) this.settingsTouched = true;
      return known;
    }
    const text = decodeText(buffer.subarray(start, end));
    const statements = this.#translator.split(text).map((found) => this.#readAt(text, found));
    const unchanged = statements.every(({ text, plan }) => plan.kind === "pass" && plan.sql === text);
    const request: Request = {
      text,
      statements,
      whole: wholeQuery(text, statements, unchanged),
      unchanged,
      touchesSettings: settingsTouched.test(text),
      looksUp: statements.some(({ plan }) => plan.kind === "pass" && plan.lookup !== undefined),
    };
    if (request.touchesSettings) this.settingsTouched = true;
    // A virtual plan may hold state of its own making, so only plain text is remembered.
    if (request.whole !== undefined && key !== undefined) {
      if (this.#requests.size >= keptRequests) this.#requests.clear();
      this.#requests.set(key, request);
    }
    return request;
  }

  /** Positions in errors count from the start of the request. */
  #readAt(request: string, found: { readonly text: string; readonly offset: number }): Statement {
    const bytes = found.text.length > largestStatement / 3 ? Buffer.byteLength(found.text) : 0;
    if (bytes > largestStatement)
      throw new SqlError(
        "54000",
        `Statement is too large. Statement Size: ${bytes} bytes. Maximum Allowed: ${largestStatement} bytes`,
      );
    try {
      return this.#read(found.text);
    } catch (error) {
      if (!(error instanceof SqlError) || error.position === undefined || found.offset === 0) throw error;
      const before = Array.from(request.slice(0, found.offset)).length;
      throw new SqlError(error.sqlstate, error.message, {
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        position: before + error.position,
      });
    }
  }

  #read(text: string): Statement {
    const plan = this.#translator.translate(text, this.#context);
    return { text, plan, control: plan.kind === "pass" ? controlOf(plan.sql) : undefined };
  }
}

/** @throws SqlError 22021, as PostgreSQL would on bytes that are no UTF-8 */
function decodeText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8"');
  return bytes.toString("utf8");
}

function wholeQuery(text: string, statements: readonly Statement[], unchanged: boolean): Buffer | undefined {
  const parts: string[] = [];
  for (const { plan } of statements) {
    if (plan.kind !== "pass") return undefined;
    parts.push(plan.sql);
  }
  // A line break before the semicolon ends a comment that might end the statement.
  return textMessage(toServer.query, unchanged && parts.length > 0 ? text : parts.join("\n;"));
}

function controlOf(sql: string): Statement["control"] {
  const word = /^\s*(begin|start\s+transaction|commit|end|rollback|abort)\b/i.exec(sql)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  if (word === "begin" || word.startsWith("start")) return "begin";
  return word === "commit" || word === "end" ? "commit" : "rollback";
}
