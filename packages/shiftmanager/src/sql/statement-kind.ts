import type { StatementText, Token } from "./lexer.ts";
import { isSignificant } from "./lexer.ts";
import type { TransactionRule } from "./statement.ts";

/** What kind of statement a text is, as far as running it needs to know. */
export interface StatementKind {
  /** Its first words in capitals, as a reviewer would name it: "CREATE TABLE". */
  readonly name: string;
  readonly transaction: TransactionRule;
  /** BEGIN, COMMIT and their like, which a text cannot hold because the library brackets it itself. */
  readonly control: "begin" | "commit" | "rollback" | undefined;
  /** SELECT, SHOW or EXPLAIN: changes nothing. */
  readonly reads: boolean;
  /** DROP, TRUNCATE, DELETE: what is gone after COMMIT. */
  readonly destroys: boolean;
}

const controls: Readonly<Record<string, StatementKind["control"]>> = {
  BEGIN: "begin",
  START: "begin",
  COMMIT: "commit",
  END: "commit",
  ROLLBACK: "rollback",
  ABORT: "rollback",
};

/** Reads what kind of statement this is from its words. @see facts.md 2 */
export function statementKind({ tokens }: Pick<StatementText, "tokens">): StatementKind {
  const words = tokens.filter(({ kind }) => isSignificant(kind));
  const upper = words.map((token) => (token.kind === "word" ? token.text.toUpperCase() : token.text));
  const first = upper[0] ?? "";
  const dropsColumn = first === "ALTER" && upper[1] === "TABLE" && afterName(words, upper, 2)[0] === "DROP";
  return {
    name: name(words, upper),
    transaction: transactionRule(words, upper),
    control: Object.hasOwn(controls, first) ? controls[first] : undefined,
    reads: reads(words, upper),
    destroys: ["DROP", "TRUNCATE", "DELETE"].includes(first) || dropsColumn,
  };
}

function name(words: readonly Token[], upper: readonly string[]): string {
  const [first = "", second = ""] = upper;
  const takesObject = ["CREATE", "ALTER", "DROP", "COMMENT", "ANALYZE", "REFRESH"].includes(first);
  return takesObject && words[1]?.kind === "word" && (first !== "ANALYZE" || second === "COMPRESSION")
    ? `${first} ${second}`
    : first;
}

function reads(words: readonly Token[], upper: readonly string[]): boolean {
  const first = upper.find((word) => word !== "(");
  if (first === "SHOW" || first === "EXPLAIN") return true;
  // SELECT … INTO makes a table.
  const makesTable = words.some(({ kind }, i) => kind === "word" && upper[i] === "INTO");
  return (first === "SELECT" || first === "WITH") && !makesTable;
}

function transactionRule(words: readonly Token[], upper: readonly string[]): TransactionRule {
  const [first = "", second = "", third = "", fourth = ""] = upper;
  if (first === "TRUNCATE") return "commits";
  if (first === "VACUUM") return "forbidden";
  const object = first === "CREATE" && second === "OR" && third === "REPLACE" ? fourth : second;
  if (["CREATE", "DROP"].includes(first) && ["DATABASE", "LIBRARY", "TABLESPACE"].includes(object)) {
    return "forbidden";
  }
  if (["CREATE", "ALTER", "DROP"].includes(first) && second === "EXTERNAL" && third === "TABLE")
    return "forbidden";
  if (first === "ALTER" && second === "DATABASE" && upper.includes("ISOLATION")) return "forbidden";
  if (first === "GRANT" && upper.some((word, i) => word === "ON" && upper[i + 1] === "EXTERNAL"))
    return "forbidden";
  if (first === "ALTER" && second === "TABLE") {
    const [action, next, ...rest] = afterName(words, upper, 2);
    if (action === "APPEND") return "forbidden";
    if (action === "ALTER" && (next === "COLUMN" ? rest[1] : rest[0]) === "TYPE") return "forbidden";
  }
  return "joins";
}

/** The words after a possibly qualified name that begins at `start`. */
function afterName(words: readonly Token[], upper: readonly string[], start: number): readonly string[] {
  let i = start + 1;
  while (words[i]?.text === ".") i += 2;
  return upper.slice(i);
}
