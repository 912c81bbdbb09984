import type { BackendConnection } from "./backend-connection.ts";
import { reportFields, textMessage, toClient, toServer } from "./messages.ts";
import { BackendError } from "./reports.ts";

/** Rows waiting for their reader before PostgreSQL is made to wait. */
const mostAheadBytes = 1 << 20;

/**
 * `COPY … TO STDOUT`: whole rows, as many in a chunk as came together. A reader that stops early cancels the statement by `cancel`.
 */
export async function* copyOut(
  backend: BackendConnection,
  sql: string,
  cancel: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const ready: Buffer[] = [];
  let together: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  let abandoned = false;
  let wake: () => void = () => undefined;
  const gather = (): void => {
    const [only] = together;
    if (only !== undefined) ready.push(together.length === 1 ? only : Buffer.concat(together));
    together = [];
    wake();
  };
  const outcome = backend.collect<void>(
    (resolve, reject) => {
      let error: Error | undefined;
      backend.write(textMessage(toServer.query, sql));
      return (type, body) => {
        if (type === toClient.copyData) {
          if (abandoned) return;
          together.push(body);
          bytes += body.length;
        } else if (type === toClient.errorResponse) error = new BackendError(reportFields(body));
        else if (type === toClient.readyForQuery) {
          gather();
          if (error === undefined) resolve();
          else reject(error);
        }
      };
    },
    () => {
      gather();
      if (bytes > mostAheadBytes && !abandoned) backend.pause();
    },
  );
  const end = (): void => {
    ended = true;
    wake();
  };
  outcome.then(end, end);
  try {
    for (;;) {
      const chunk = ready.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (bytes <= mostAheadBytes) backend.resume();
        yield chunk;
      } else if (ended) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await outcome;
  } finally {
    if (!ended) {
      abandoned = true;
      backend.resume();
      await cancel();
      await Promise.allSettled([outcome]);
    }
  }
}
