/**
 * Compares two keys as their UTF-8 bytes would compare, which is how S3 orders a listing.
 * JavaScript compares UTF-16 units, where the two halves of a character beyond U+FFFF sort before U+E000.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates behind all other units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Values by key, in key order: one array kept sorted, so that a page costs a binary search and a walk. */
export class KeyIndex<T> {
  readonly #values = new Map<string, T>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    if (!this.#values.has(key)) {
      const last = this.#keys.at(-1);
      // Appending at the end is the common case, also when the journal is replayed.
      if (last === undefined || compareKeys(last, key) < 0) this.#keys.push(key);
      else this.#keys.splice(this.#lowerBound(key), 0, key);
    }
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#lowerBound(key), 1);
  }

  *inOrder(): Generator<T> {
    for (const key of this.#keys) {
      const value = this.#values.get(key);
      if (value !== undefined) yield value;
    }
  }

  /** The first entry at or after `key`; with `after`, strictly after it. */
  seek(key: string, after = false): { key: string; value: T } | undefined {
    let position = this.#lowerBound(key);
    if (after && this.#keys[position] === key) position += 1;
    return this.#at(position);
  }

  /** The first entry behind all keys that start with `prefix`. */
  seekPast(prefix: string): { key: string; value: T } | undefined {
    let low = this.#lowerBound(prefix);
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]?.startsWith(prefix) === true) low = middle + 1;
      else high = middle;
    }
    return this.#at(low);
  }

  #at(position: number): { key: string; value: T } | undefined {
    const key = this.#keys[position];
    const value = key === undefined ? undefined : this.#values.get(key);
    return key === undefined || value === undefined ? undefined : { key, value };
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] ?? "", key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
