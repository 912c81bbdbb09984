import { compactJson } from "../compact-json.ts";
import { toClient } from "./messages.ts";
import { superColumns } from "./super-type.ts";

/** An extended message that PostgreSQL has yet to answer. `P` and `S` begin the keys of portals and statements. */
export type Step =
  | { readonly kind: "parse"; readonly statement: string }
  | { readonly kind: "bind"; readonly portal: string; readonly statement: string }
  | { readonly kind: "describe"; readonly key: string }
  | { readonly kind: "execute"; readonly portal: string }
  | { readonly kind: "close" }
  /** Both are answered by ReadyForQuery in the end. */
  | { readonly kind: "sync" | "query" };

/**
 * Knows which columns of the rows that come are SUPER: Redshift shows them without the blanks that PostgreSQL puts behind `:` and `,`.
 * By the simple protocol a RowDescription tells; by the extended one it may be that of an earlier Describe, so steps are followed in order.
 */
export class SuperColumns {
  readonly #steps: Step[] = [];
  readonly #known = new Map<string, readonly number[]>();
  #simple: readonly number[] | undefined;

  /** Columns of the rows that come now; undefined when none is SUPER. */
  get now(): readonly number[] | undefined {
    const [step] = this.#steps;
    return step?.kind === "execute" ? this.#known.get(`P${step.portal}`) : this.#simple;
  }

  sent(step: Step): void {
    this.#steps.push(step);
  }

  /** An answer to the first step that waits, or part of the answers to a Query. */
  answered(type: number, buffer: Buffer, start: number): void {
    const columns = type === toClient.rowDescription ? superColumns(buffer, start) : undefined;
    const [step] = this.#steps;
    if (step === undefined || step.kind === "sync" || step.kind === "query") {
      this.#simple = columns;
      return;
    }
    this.#steps.shift();
    if (step.kind === "parse") this.#learn(`S${step.statement}`, undefined);
    else if (step.kind === "bind") this.#learn(`P${step.portal}`, this.#known.get(`S${step.statement}`));
    else if (step.kind === "describe") this.#learn(step.key, columns);
  }

  /** An error: what was sent up to the next Sync is not answered. */
  failed(): void {
    const end = this.#steps.findIndex(({ kind }) => kind === "sync" || kind === "query");
    this.#steps.splice(0, end === -1 ? this.#steps.length : end);
    this.#simple = undefined;
  }

  /** ReadyForQuery. */
  ready(): void {
    this.failed();
    this.#steps.shift();
  }

  #learn(key: string, columns: readonly number[] | undefined): void {
    if (columns === undefined) this.#known.delete(key);
    else this.#known.set(key, columns);
  }
}

/** A DataRow with these columns in Redshift's form. A binary value begins with a version, and is text else. */
export function withCompact(buffer: Buffer, start: number, end: number, columns: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  let at = start + 7;
  let removed = 0;
  for (let column = 0; at < end; column += 1) {
    const length = buffer.readInt32BE(at);
    const next = at + 4 + Math.max(length, 0);
    if (length > 0 && columns.includes(column)) {
      const value = compactJson(buffer, at + 4, next);
      if (value.length < length) {
        const size = Buffer.allocUnsafe(4);
        size.writeInt32BE(value.length);
        parts.push(buffer.subarray(from, at), size, value);
        removed += length - value.length;
        from = next;
      }
    }
    at = next;
  }
  if (removed === 0) return buffer.subarray(start, end);
  parts.push(buffer.subarray(from, end));
  const row = Buffer.concat(parts);
  row.writeInt32BE(end - start - 1 - removed, 1);
  return row;
}
