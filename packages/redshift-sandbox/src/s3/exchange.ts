import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, Faults } from "../faults.ts";
import { readAddress, type Address } from "./address.ts";
import { refuseUnknown } from "./attributes.ts";
import { authenticate, type AccessKey } from "./authenticate.ts";
import type { DiskStore } from "./disk-store.ts";
import type { Answer, Call } from "./operation.ts";
import { OPERATIONS } from "./operations/all.ts";
import { RequestBody } from "./request-body.ts";
import { route } from "./routes.ts";
import { accessDenied, notImplemented, S3Error } from "./s3-error.ts";
import { ConnectionLost, sendAnswer } from "./send-answer.ts";
import { renderXml, type XmlElement } from "./xml.ts";

interface Context {
  readonly store: DiskStore;
  readonly region: string;
  readonly accessKey: AccessKey;
  readonly faults: Faults;
}

const SLOW_MS = 1000;

/** Turns requests into answers: who asks, what for, whether a fault is wanted, the operation, and its answer or refusal. */
export class Exchanges {
  readonly #context: Context;
  readonly #running = new Set<Promise<void>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** `mustContinue`: the client waits for 100 Continue before it sends the body. */
  answer(request: IncomingMessage, response: ServerResponse, more: { readonly mustContinue: boolean }): void {
    const running = new Exchange(this.#context, request, response, more.mustContinue).run();
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Resolves when no request is being worked on. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}

class Exchange {
  readonly #context: Context;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #requestId = randomBytes(8).toString("hex").toUpperCase();
  #mustContinue: boolean;
  /** Half of the body is taken, then the connection is cut. */
  #cutsBody = false;
  #cutsAnswer = false;

  constructor(context: Context, request: IncomingMessage, response: ServerResponse, mustContinue: boolean) {
    this.#context = context;
    this.#request = request;
    this.#response = response;
    this.#mustContinue = mustContinue;
  }

  /** Never rejects: whatever happens ends in an answer or in a closed connection. */
  async run(): Promise<void> {
    try {
      const answer = await this.#answerOrRefusal();
      // A client that still waits for 100 Continue has not sent its body and must not reuse the connection as if it had.
      if (this.#mustContinue) this.#response.setHeader("connection", "close");
      this.#request.resume();
      await sendAnswer(this.#request, this.#response, this.#requestId, answer, { cut: this.#cutsAnswer });
    } catch {
      // The headers are out, a fault wants it, or the client is gone: breaking the connection is all that can still be said.
      this.#response.destroy();
    }
  }

  async #answerOrRefusal(): Promise<Answer> {
    try {
      return await this.#perform();
    } catch (error) {
      if (error instanceof ConnectionLost || (this.#request.destroyed && !this.#request.complete))
        throw error;
      return this.#refusal(
        error instanceof S3Error
          ? error
          : new S3Error(500, "InternalError", `We encountered an internal error: ${String(error)}`),
      );
    }
  }

  async #perform(): Promise<Answer> {
    const request = this.#request;
    const { method = "GET" } = request;
    const address = readAddress(request.headers.host, request.url ?? "/");
    const { store, region, accessKey } = this.#context;
    const headers = withQueryHeaders(request.headers, address);
    const proof = authenticate({ method, headers: request.headers }, address, accessKey, region);
    const operation = route(method, address, headers);
    await this.#meetFault(operation, address);
    const version = address.query.get("versionId") ?? "null";
    if (version !== "null") throw notImplemented("object versions (versionId)");
    refuseUnknown(headers);
    const call: Call = {
      store,
      region,
      headers,
      query: address.query,
      bucket: address.bucket ?? "",
      key: address.key ?? "",
      body: ({ checksum } = { checksum: true }) =>
        new RequestBody(this.#bytes(), checksum ? headers : withoutChecksums(headers), proof),
    };
    return OPERATIONS[operation](call);
  }

  async #meetFault(operation: string, { key }: Address): Promise<void> {
    const action = this.#context.faults.take({
      target: "s3",
      operation,
      ...(key === undefined ? {} : { key }),
    });
    if (action !== undefined) await this.#fail(action, operation);
  }

  async #fail(action: Fault["action"], operation: string): Promise<void> {
    switch (action) {
      case "503":
        throw new S3Error(503, "SlowDown", "Please reduce your request rate.");
      case "500":
        throw new S3Error(500, "InternalError", "We encountered an internal error. Please try again.");
      case "deny":
        throw accessDenied();
      case "drop":
        throw new ConnectionLost();
      case "slow":
        await sleep(SLOW_MS);
        return;
      case "cut":
        if (operation === "PutObject" || operation === "UploadPart") this.#cutsBody = true;
        else this.#cutsAnswer = true;
        return;
      default:
        throw notImplemented(`the fault ${action} in S3: it belongs to SQL`);
    }
  }

  /** The raw body. Reading it is what tells a waiting client to send it. */
  async *#bytes(): AsyncGenerator<Uint8Array> {
    if (this.#mustContinue) {
      this.#mustContinue = false;
      this.#response.writeContinue();
    }
    const announced = Number(this.#request.headers["content-length"] ?? "0");
    let taken = 0;
    // By default a reader that stops early destroys the request, and with it the connection that its answer needs.
    const chunks: AsyncIterable<Buffer> = this.#request.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      if (!this.#cutsBody) {
        yield chunk;
        continue;
      }
      yield chunk.subarray(0, Math.max(0, Math.floor(announced / 2) - taken));
      taken += chunk.length;
      if (taken >= announced / 2) throw new ConnectionLost();
    }
    if (this.#cutsBody) throw new ConnectionLost();
  }

  #refusal(error: S3Error): Answer {
    const details = Object.entries(error.details).map(([name, text]): XmlElement => [name, text]);
    const resource = (this.#request.url ?? "/").split("?")[0] ?? "/";
    const body = renderXml(
      [
        "Error",
        [
          ["Code", error.code],
          ["Message", error.message],
          ...details,
          ["Resource", resource],
          ["RequestId", this.#requestId],
        ],
      ],
      { namespace: false },
    );
    const isEmpty = error.status === 304 || this.#request.method === "HEAD";
    return {
      status: error.status,
      headers: { ...(isEmpty ? {} : { "content-type": "application/xml" }), ...error.headers },
      ...(isEmpty ? {} : { body }),
    };
  }
}

/** A presigned URL carries `x-amz-*` headers as parameters. */
function withQueryHeaders(headers: IncomingHttpHeaders, { query }: Address): IncomingHttpHeaders {
  if (!query.has("X-Amz-Signature")) return headers;
  const found: IncomingHttpHeaders = {};
  for (const [name, value] of query) {
    if (/^x-amz-(?!algorithm$|credential$|date$|expires$|signedheaders$|signature$)/i.test(name)) {
      found[name.toLowerCase()] = value;
    }
  }
  return { ...found, ...headers };
}

function withoutChecksums(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^x-amz-(sdk-)?checksum-/.test(name)),
  );
}
