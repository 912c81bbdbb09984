/**
 * A name of the library in a message: an option, with the value to give it, or a call. A program reads it as it is; the
 * command says its flag instead.
 */
export interface Mention {
  readonly name: string;
  /** To give the option: `cascade: true`. Absent where only the option itself is meant. */
  readonly value?: string | boolean;
  /** Which options it is one of, where the name alone does not tell: `source` for those of `createPgConnection`. */
  readonly of?: string;
}

/** What a message is made of. */
export type Wording = string | Mention | readonly Wording[];

/** Mentions an option in a message, with the value to give it. */
export function option(name: string, value?: string | boolean): Mention {
  return value === undefined ? { name } : { name, value };
}

/** Puts a message together from text and mentions: wording`${option("where")} is empty; leave it out.` */
export function wording(
  texts: TemplateStringsArray,
  ...values: readonly (Wording | number | bigint)[]
): Wording {
  return texts.flatMap((text, i) => {
    const value = values[i];
    if (value === undefined) return [text];
    return [text, typeof value === "number" || typeof value === "bigint" ? String(value) : value];
  });
}

/** The message as one text, its mentions named by `nameOf`; by default as the library's own user writes them. */
export function inWords(message: Wording, nameOf: (mention: Mention) => string = asOption): string {
  if (typeof message === "string") return message;
  if ("name" in message) return nameOf(message);
  return message.map((part) => inWords(part, nameOf)).join("");
}

/** `cascade: true`, `nullKeys: "keep"`, `columns`. */
export function asOption({ name, value }: Mention): string {
  if (value === undefined) return name;
  return `${name}: ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
}
