import type { BackendConnection } from "./backend-connection.ts";
import { copyDone, reportFields, textMessage, toClient, toServer } from "./messages.ts";
import { BackendError } from "./reports.ts";

/** `COPY … FROM STDIN`, at the pace of the source and of PostgreSQL, whichever is slower. */
export async function copyIn(
  backend: BackendConnection,
  sql: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  let failed = false;
  let fail: () => void = () => undefined;
  const failure = new Promise<void>((resolve) => {
    fail = () => {
      failed = true;
      resolve();
    };
  });
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const outcome = backend.collect<number>((resolve, reject) => {
    let error: Error | undefined;
    let rows = 0;
    backend.write(textMessage(toServer.query, sql));
    return (type, body) => {
      if (type === toClient.copyInResponse) begin();
      else if (type === toClient.commandComplete)
        rows = Number(/\d+\0$/.exec(body.toString("latin1"))?.[0].slice(0, -1) ?? 0);
      else if (type === toClient.errorResponse) {
        error = new BackendError(reportFields(body));
        fail();
      } else if (type === toClient.readyForQuery) {
        if (error === undefined) resolve(rows);
        else reject(error);
      }
    };
  });
  outcome.catch(fail);
  await Promise.race([begun, failure, outcome]);
  if (failed) return outcome;
  let sourceError: { readonly error: unknown } | undefined;
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      const step = await Promise.race([next, failure]);
      if (step === undefined) {
        // PostgreSQL's error is the one to report; how the source takes its end does not matter any more.
        void Promise.allSettled([next, iterator.return?.()]);
        return await outcome;
      }
      if (step.done === true) break;
      const chunk = step.value;
      if (!backend.writeMessage(toServer.copyData, chunk)) await Promise.race([drained(backend), failure]);
    }
  } catch (error) {
    sourceError = { error };
  }
  if (backend.closed || failed) {
    if (sourceError !== undefined) throw sourceError.error;
    return outcome;
  }
  if (sourceError === undefined) {
    backend.write(copyDone);
    return outcome;
  }
  backend.write(textMessage(toServer.copyFail, "the source failed"));
  await Promise.allSettled([outcome]);
  throw sourceError.error;
}

function drained(backend: BackendConnection): Promise<void> {
  return new Promise((resolve) => backend.onDrain(resolve));
}
