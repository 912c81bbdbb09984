type Source<T> = Iterable<T> | AsyncIterable<T>;
type SourceIterator<T> = Iterator<T> | AsyncIterator<T>;

/**
 * Passes a source on, but stops waiting for it when `signal` aborts: a terminal or a queue may have nothing to say for
 * hours. A source that is not read to its end is closed.
 * @throws the signal's reason, and what the source throws
 */
export async function* stoppable<T>(source: Source<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = iteratorOf(source);
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
        if (next instanceof Promise) next.then(resolve, reject);
        else resolve(next);
      });
      giveUp = undefined;
      if (result === undefined) continue;
      if (result.done === true) return;
      open = true;
      yield result.value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    if (open) await closed(iterator);
  }
}

/** Closes a source that is never read, as its reader would have. */
export async function closeUnread(source: Source<unknown>): Promise<void> {
  await closed(iteratorOf(source));
}

async function closed(iterator: SourceIterator<unknown>): Promise<void> {
  await iterator.return?.();
}

function iteratorOf<T>(source: Source<T>): SourceIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
