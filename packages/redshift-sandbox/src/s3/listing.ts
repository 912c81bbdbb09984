import { compareKeys, type KeyIndex } from "./key-index.ts";

/** What a listing asks for. */
export interface ListingQuery {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Keys and common prefixes up to and including this one are left out. */
  readonly after: string;
  readonly maxKeys: number;
}

export interface ListingPage<T> {
  readonly entries: readonly (
    { readonly key: string; readonly value: T } | { readonly commonPrefix: string }
  )[];
  readonly isTruncated: boolean;
  /** The last key or common prefix of the page: where the next one goes on. */
  readonly last: string | undefined;
}

/**
 * One page of a listing. Keys that share everything up to a delimiter behind the prefix are rolled up into one common prefix, which counts as
 * one entry; they are jumped over, so a page costs the same however many keys lie behind it.
 */
export function listPage<T>(index: KeyIndex<T>, query: ListingQuery): ListingPage<T> {
  const { prefix, delimiter, after, maxKeys } = query;
  const entries: ListingPage<T>["entries"][number][] = [];
  let last: string | undefined;
  let at = compareKeys(after, prefix) >= 0 && after !== "" ? index.seek(after, true) : index.seek(prefix);
  while (at?.key.startsWith(prefix) === true) {
    const cut = delimiter === "" ? -1 : at.key.indexOf(delimiter, prefix.length);
    const commonPrefix = cut === -1 ? undefined : at.key.slice(0, cut + delimiter.length);
    if (commonPrefix !== undefined && after !== "" && compareKeys(commonPrefix, after) <= 0) {
      at = index.seekPast(commonPrefix);
      continue;
    }
    if (entries.length >= maxKeys) return { entries, isTruncated: maxKeys > 0, last };
    if (commonPrefix === undefined) {
      entries.push(at);
      last = at.key;
      at = index.seek(at.key, true);
    } else {
      entries.push({ commonPrefix });
      last = commonPrefix;
      at = index.seekPast(commonPrefix);
    }
  }
  return { entries, isTruncated: false, last };
}
