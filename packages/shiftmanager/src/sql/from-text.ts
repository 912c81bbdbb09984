import { OptionsError } from "../errors.ts";
import type { Step } from "./batch.ts";
import { Batch } from "./batch.ts";
import { refuseMasked } from "./check-text.ts";
import type { Fragment } from "./fragment.ts";
import type { StatementText } from "./lexer.ts";
import { position, splitStatements } from "./lexer.ts";
import type { Parameters } from "./mogrify.ts";
import { bindParameters } from "./mogrify.ts";
import { claimOf } from "./proof.ts";
import type { Statement } from "./statement.ts";
import type { StatementKind } from "./statement-kind.ts";
import { statementKind } from "./statement-kind.ts";
import { option, wording } from "../wording.ts";

/** How a text is cut into transactions. */
export interface TextOptions {
  /**
   * `split`: statements that commit or cannot join a transaction run apart, in order, each on its own; those between
   * them share a transaction; BEGIN and COMMIT in the text are boundaries too. What ran before an error stays.
   */
  readonly transaction?: "split";
}

interface Piece {
  readonly text: StatementText;
  readonly kind: StatementKind;
  readonly sql: Fragment;
}

/**
 * Reads SQL text as a batch: one transaction, or one statement alone when that is all there is and it cannot join.
 * @throws OptionsError naming the statement that commits, cannot join, or controls transactions; for masked secrets;
 *   for parameters that do not fit
 */
export function batchFromText(
  text: string,
  parameters?: Parameters,
  { transaction }: TextOptions = {},
): Batch {
  const texts = splitStatements(text, "The text");
  for (const { tokens } of texts) refuseMasked(text, tokens, "The text");
  const bound = bindParameters(text, texts, parameters);
  const pieces = texts.flatMap((statement, i) => {
    const sql = bound[i];
    return sql === undefined ? [] : [{ text: statement, kind: statementKind(statement), sql }];
  });
  if (pieces.length === 0) throw new OptionsError("The text holds no statement.");
  return new Batch(transaction === "split" ? splitSteps(text, pieces) : [oneStep(text, pieces)]);
}

function oneStep(text: string, pieces: readonly Piece[]): Step {
  const control = pieces.find(({ kind }) => kind.control !== undefined);
  if (control !== undefined) {
    throw new OptionsError(
      wording`${named(text, control, pieces)} controls the transaction, which the library does itself; leave it out, or pass ${option("transaction", "split")} to keep the text's own boundaries.`,
    );
  }
  const odd = pieces.find(({ kind }) => kind.transaction !== "joins");
  if (odd !== undefined && pieces.length > 1) {
    const why =
      odd.kind.transaction === "commits"
        ? "commits the transaction it is in, so what comes before it could not be rolled back"
        : "cannot run in a transaction with others";
    throw new OptionsError(
      wording`${named(text, odd, pieces)} ${why}; run it by itself, or pass ${option("transaction", "split")} to run such statements apart.`,
    );
  }
  return { kind: odd === undefined ? "transaction" : "alone", statements: pieces.map(toStatement) };
}

function splitSteps(text: string, pieces: readonly Piece[]): readonly Step[] {
  const steps: Step[] = [];
  let together: Piece[] = [];
  let begun: Piece | undefined;
  const flush = () => {
    if (together.length > 0) steps.push({ kind: "transaction", statements: together.map(toStatement) });
    together = [];
  };
  for (const piece of pieces) {
    const { control, transaction } = piece.kind;
    if (control === "rollback") {
      throw new OptionsError(
        `${named(text, piece, pieces)} would undo what comes before it; leave out those statements instead.`,
      );
    }
    if (control === "begin" ? begun !== undefined : control === "commit" && begun === undefined) {
      throw new OptionsError(`${named(text, piece, pieces)} has no partner; BEGIN and COMMIT come in pairs.`);
    }
    if (control !== undefined) {
      flush();
      begun = control === "begin" ? piece : undefined;
    } else if (transaction === "joins") together.push(piece);
    else if (begun !== undefined) {
      throw new OptionsError(
        `${named(text, piece, pieces)} cannot stand between BEGIN and COMMIT; move it before or after.`,
      );
    } else {
      flush();
      steps.push({ kind: "alone", statements: [toStatement(piece)] });
    }
  }
  if (begun !== undefined) {
    throw new OptionsError(`${named(text, begun, pieces)} is never followed by COMMIT; add it.`);
  }
  flush();
  return steps;
}

function toStatement({ text, kind, sql }: Piece): Statement {
  const proves = claimOf(text);
  return {
    sql,
    summary: proves === undefined ? `Runs ${kind.name}` : `Proves that ${proves}`,
    transaction: kind.transaction,
    ...(proves === undefined ? {} : { proves }),
    ...(kind.reads ? { reads: true } : {}),
    ...(kind.destroys ? { destroys: `what this statement names: ${firstLine(text.text)}` } : {}),
  };
}

function named(text: string, piece: Piece, pieces: readonly Piece[]): string {
  const number = pieces.indexOf(piece) + 1;
  return `Statement ${number} of ${pieces.length} (${piece.kind.name}, ${position(text, piece.text.start)})`;
}

function firstLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
