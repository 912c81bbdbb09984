/** What an argument or an option may be. TypeScript says it to its users, and this to everyone. */
export interface Kind {
  /** As a message says it: `text`. */
  readonly words: string;
  readonly fits: (value: unknown) => boolean;
  /** Of an object of options: what it may hold. */
  readonly holds?: Readonly<Record<string, Kind>>;
  /** Of an object of such objects by name: what each may hold. */
  readonly eachHolds?: Readonly<Record<string, Kind>>;
  /** Of a choice, where a wrong one is shown: it is no secret. */
  readonly shown?: boolean;
}

/** The kind of every option of an interface: one without an entry is a type error. */
export type Kinds<Options> = Readonly<Record<keyof Options, Kind>>;

export const text = kind("text", (value) => typeof value === "string");
export const number = kind("a number", (value) => typeof value === "number");
export const flag = kind("true or false", (value) => typeof value === "boolean");
export const callback = kind("a function", (value) => typeof value === "function");
export const names = kind("a list of names", (value) => Array.isArray(value) && value.every(text.fits));
export const object = kind("an object", isPlainObject);
export const signal = kind("an AbortSignal", (value) => value instanceof AbortSignal);
export const anything = kind("a value", (value) => !isPromise(value));

/** A table's or a view's name. */
export const relation = kind(
  "a name (text, or { schema, name })",
  (value) =>
    text.fits(value) ||
    (isObject(value) &&
      "name" in value &&
      text.fits(value.name) &&
      (!("schema" in value) || optional(text).fits(value.schema))),
);

/** An array of names where one name will do. */
export const nameOrNames = either(text, names);

/** One of several words. */
export function choice(...words: readonly string[]): Kind {
  return {
    words: words.length === 1 ? JSON.stringify(words[0]) : `one of ${words.join(", ")}`,
    fits: (value) => typeof value === "string" && words.includes(value),
    shown: true,
  };
}

/** Any of several kinds. */
export function either(...kinds: readonly Kind[]): Kind {
  return kind(kinds.map(({ words }) => words).join(" or "), (value) => kinds.some(({ fits }) => fits(value)));
}

export const orNull = (of: Kind): Kind =>
  either(
    of,
    kind("null", (value) => value === null),
  );

/** An argument that may be left out. */
export const optional = (of: Kind): Kind => ({
  ...of,
  fits: (value) => value === undefined || of.fits(value),
});

/** An object of options, each of its own kind. */
export function options(holds: Readonly<Record<string, Kind>>): Kind {
  const fits = (value: unknown) => isObject(value) && !isIterable(value) && !isPromise(value);
  return { words: "an object", fits, holds };
}

/** Objects of options by name. */
export function optionsByName(words: string, eachHolds: Readonly<Record<string, Kind>>): Kind {
  const fits = (value: unknown) => isPlainObject(value) && Object.values(value).every(isPlainObject);
  return { words, fits, eachHolds };
}

export function kind(words: string, fits: (value: unknown) => boolean): Kind {
  return { words, fits };
}

/** Something that can be gone through, at once or as it comes; text is none of it. */
export function isIterable(value: unknown): boolean {
  return isObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Is it an object of named values: no array, no class of its own. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value) || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The objects of a module that was evaluated apart may have another Object's prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function isPromise(value: unknown): boolean {
  return isObject(value) && "then" in value && typeof value.then === "function";
}
