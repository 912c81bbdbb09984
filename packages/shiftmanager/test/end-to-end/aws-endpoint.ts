import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A call as AWS's service reads it. */
export interface AwsCall {
  readonly service: "redshift" | "redshift-serverless";
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly authorization: string;
}

/** An error as the service gives it: the code of the query protocol, the type of JSON 1.1. */
export interface AwsRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

type Value = string | number | boolean | Date | { readonly [key: string]: Value };

/** The members of a result; a Date is written as each protocol does. Undefined never answers. */
export type AwsAnswer = (
  call: AwsCall,
) => { readonly [key: string]: Value } | { readonly refusal: AwsRefusal } | undefined;

/** Redshift's API (query protocol, XML) and Redshift Serverless's (JSON 1.1) on one port, with the answers of a test. */
export class AwsEndpoint {
  readonly calls: AwsCall[] = [];
  answer: AwsAnswer = () => ({
    refusal: { status: 400, code: "InvalidAction", message: "nothing is set up" },
  });
  readonly #server = createServer((request, response) => {
    void read(request).then((call) => {
      this.calls.push(call);
      const answer = this.answer(call);
      if (answer === undefined) return;
      const { status, type, body } = call.service === "redshift" ? asXml(call, answer) : asJson(answer);
      response.writeHead(status, { "content-type": type }).end(body);
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function read(request: IncomingMessage): Promise<AwsCall> {
  const body = await text(request);
  const authorization = request.headers.authorization ?? "";
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const parameters = JSON.parse(body) as Record<string, unknown>;
    return { service: "redshift-serverless", action: target.split(".")[1] ?? "", parameters, authorization };
  }
  const { Action = "", ...parameters } = Object.fromEntries(new URLSearchParams(body));
  return { service: "redshift", action: Action, parameters, authorization };
}

interface Written {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function asXml({ action }: AwsCall, answer: NonNullable<ReturnType<AwsAnswer>>): Written {
  const namespace = 'xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"';
  const id = "<RequestId>5ec2a9f1-0000-4000-8000-000000000000</RequestId>";
  if (isRefusal(answer)) {
    const { status, code, message } = answer.refusal;
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
    return { status, type: "text/xml", body: `<ErrorResponse ${namespace}>${error}${id}</ErrorResponse>` };
  }
  const result = `<${action}Result>${elements(answer)}</${action}Result>`;
  const body = `<${action}Response ${namespace}>${result}<ResponseMetadata>${id}</ResponseMetadata></${action}Response>`;
  return { status: 200, type: "text/xml", body };
}

function elements(values: { readonly [key: string]: Value }): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const inner =
        value instanceof Date
          ? value.toISOString()
          : typeof value === "object"
            ? elements(value)
            : escape(String(value));
      return `<${name}>${inner}</${name}>`;
    })
    .join("");
}

function escape(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function asJson(answer: NonNullable<ReturnType<AwsAnswer>>): Written {
  const type = "application/x-amz-json-1.1";
  if (isRefusal(answer)) {
    const { status, code, message } = answer.refusal;
    return { status, type, body: JSON.stringify({ __type: code, message }) };
  }
  // JSON 1.1 writes a time as seconds; Date's own toJSON would come before a replacer sees it.
  const times = (value: Value): unknown =>
    value instanceof Date
      ? value.getTime() / 1000
      : typeof value === "object"
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, times(inner)]))
        : value;
  return { status: 200, type, body: JSON.stringify(times(answer)) };
}

function isRefusal(answer: NonNullable<ReturnType<AwsAnswer>>): answer is { readonly refusal: AwsRefusal } {
  return "refusal" in answer;
}
