import { inspect } from "node:util";

/** What stands for a secret in shown text: in place of the whole literal and not valid SQL, so masked text never runs. */
export const secretMark = "<secret>";

type Chunk = { readonly text: string; readonly secret: boolean };

/** How SQL text is written out: with secrets masked (the default everywhere) or revealed. */
export interface ToSQLOptions {
  readonly secrets?: "mask" | "reveal";
}

/**
 * A piece of SQL text that is known to be safe: made only by the `sql` tag and the functions of `quote.ts`.
 * Secrets in it are masked in every way of showing it but `toSQL({ secrets: "reveal" })`.
 */
export class Fragment {
  readonly #chunks: readonly Chunk[];

  private constructor(chunks: readonly Chunk[]) {
    this.#chunks = chunks;
  }

  /** @internal Text that this library wrote or has quoted. */
  static text(text: string): Fragment {
    return new Fragment([{ text, secret: false }]);
  }

  /** @internal A quoted literal that must not be shown. */
  static secret(text: string): Fragment {
    return new Fragment([{ text, secret: true }]);
  }

  /** @internal */
  static concat(parts: readonly Fragment[]): Fragment {
    return new Fragment(parts.flatMap((part) => part.#chunks));
  }

  get isEmpty(): boolean {
    return this.#chunks.every(({ text }) => text === "");
  }

  get hasSecrets(): boolean {
    return this.#chunks.some(({ secret }) => secret);
  }

  toSQL({ secrets = "mask" }: ToSQLOptions = {}): string {
    return this.#chunks
      .map(({ text, secret }) => (secret && secrets === "mask" ? secretMark : text))
      .join("");
  }

  /** The secret literals themselves, for scrubbing what a server or driver echoes back. */
  secretTexts(): readonly string[] {
    return this.#chunks.filter(({ secret }) => secret).map(({ text }) => text);
  }

  toString(): string {
    return this.toSQL();
  }

  toJSON(): string {
    return this.toSQL();
  }

  [inspect.custom](): string {
    return `sql\`${this.toSQL()}\``;
  }
}
