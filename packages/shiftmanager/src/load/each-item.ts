import { isIterable } from "../kinds.ts";

type Source<T> = Iterable<T> | AsyncIterable<T>;
type SourceIterator<T> = Iterator<T> | AsyncIterator<T>;

/** What a visit says, at once or by a promise: go on, or that no more are wanted. */
export type Visited = Promise<"enough" | undefined> | Promise<void> | "enough" | undefined;

/**
 * Goes through a source, in order, but stops waiting for it when `signal` aborts: a terminal or a queue may have nothing to
 * say for hours. A source that is not read to its end is closed. What is at hand is passed on without a promise an item.
 * @throws the signal's reason, and what the source or the visit throws
 */
export async function eachItem<T>(
  source: Source<T>,
  signal: AbortSignal | undefined,
  visit: (item: T) => Visited,
): Promise<void> {
  if (Symbol.asyncIterator in source) return eachToCome(source, signal, visit);
  for (const item of source) {
    if (signal?.aborted === true) throw signal.reason;
    const visited = visit(item);
    if (visited !== undefined && (await visited) === "enough") return;
  }
  signal?.throwIfAborted();
}

async function eachToCome<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  visit: (item: T) => Visited,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: (() => void) | undefined;
  let open = true;
  const stop = () => giveUp?.();
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      signal?.throwIfAborted();
      open = false; // a source that throws has closed itself
      const next = iterator.next();
      const result = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        giveUp = () => {
          // It is still working on its answer, so closing it may take as long: it is told, and not waited for.
          void closed(iterator).catch(() => undefined);
          resolve(undefined);
        };
        next.then(resolve, reject);
      });
      giveUp = undefined;
      if (result === undefined) continue;
      if (result.done === true) return;
      open = true;
      const visited = visit(result.value);
      if (visited !== undefined && (await visited) === "enough") return;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    if (open) await closed(iterator);
  }
}

/** Does what comes before a source is read; when that fails, the source never is, and is closed. */
export async function closingUnread<T>(source: Source<unknown>, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await closeUnread(source);
    throw error;
  }
}

/** Closes a source that is never read, as its reader would have; what is none, as JavaScript may give it, needs no closing. */
export async function closeUnread(source: Source<unknown>): Promise<void> {
  if (!isIterable(source)) return;
  await closed(Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]());
}

async function closed(iterator: SourceIterator<unknown>): Promise<void> {
  await iterator.return?.();
}
