import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Answer } from "./operation.ts";

/** The connection is to be broken, or already is: nothing can be answered. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";

  constructor() {
    super("The connection is lost.");
  }
}

/** Sends an answer with backpressure. `cut`: half of the body, then the connection breaks. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  answer: Answer,
  { cut }: { readonly cut: boolean },
): Promise<void> {
  const { body } = answer;
  const stream = typeof body === "object" ? body.stream : undefined;
  try {
    response.statusCode = answer.status ?? 200;
    response.setHeader("x-amz-request-id", requestId);
    response.setHeader("x-amz-id-2", Buffer.from(requestId).toString("base64"));
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      if (value !== undefined) response.setHeader(name, value);
    }
    const text = typeof body === "string" ? Buffer.from(body, "utf8") : undefined;
    const length = stream === undefined ? (text?.length ?? answer.bodyLength ?? 0) : bodyLength(answer);
    const hasNoBody = response.statusCode === 204 || response.statusCode === 304;
    if (!hasNoBody) response.setHeader("content-length", length);
    if (request.method === "HEAD" || hasNoBody) {
      if (cut) throw new ConnectionLost();
      response.end();
    } else if (stream === undefined) {
      const all = text ?? Buffer.alloc(0);
      if (cut) await cutAfter(response, all.subarray(0, length / 2));
      response.end(all);
    } else {
      await sendStream(response, stream, cut ? Math.floor(length / 2) : undefined);
    }
    await finished(response);
  } finally {
    stream?.destroy();
  }
}

function bodyLength({ body }: Answer): number {
  return typeof body === "object" ? body.length : 0;
}

async function sendStream(
  response: ServerResponse,
  stream: Readable,
  cutAt: number | undefined,
): Promise<void> {
  let sent = 0;
  response.flushHeaders();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (response.destroyed) throw new ConnectionLost();
    if (cutAt !== undefined && sent + chunk.length >= cutAt)
      await cutAfter(response, chunk.subarray(0, cutAt - sent));
    sent += chunk.length;
    if (!response.write(chunk)) await drained(response);
  }
  if (cutAt !== undefined) throw new ConnectionLost();
  response.end();
}

/** The half must be on its way before the connection breaks, or the client would see nothing of it. */
async function cutAfter(response: ServerResponse, chunk: Uint8Array): Promise<never> {
  await new Promise<void>((resolve) => {
    response.write(chunk, () => resolve());
  });
  throw new ConnectionLost();
}

async function drained(response: ServerResponse): Promise<void> {
  // Then neither event would come any more.
  if (response.destroyed) throw new ConnectionLost();
  const stop = new AbortController();
  try {
    await Promise.race([
      once(response, "drain", { signal: stop.signal }),
      once(response, "close", { signal: stop.signal }),
    ]);
  } finally {
    stop.abort();
  }
}

async function finished(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once("finish", resolve).once("close", resolve);
  });
}
