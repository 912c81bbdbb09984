import { Readable } from "node:stream";

/**
 * What a source gives, until the signal comes: not even then is one waited for that has gone quiet, such as a pipe or a
 * connection, and a stream is destroyed, as one that is left half way is.
 */
export async function* stoppable<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessStopped(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.());
    if (signal.aborted) {
      // A generator that still waits for something closes only after that, and what it says then concerns nobody.
      closed.catch(() => undefined);
      if (source instanceof Readable) source.destroy();
    } else await closed;
  }
}

/** Listens anew each time: a promise of the signal that outlived the chunks would keep every one of them. */
function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
