import { request, type IncomingHttpHeaders } from "node:http";
import { createHash } from "node:crypto";
import { ACCESS_KEY } from "./start.ts";
import { encodePercent } from "../../src/s3/address.ts";
import { ChunkSigner, signingKey, signRequest } from "../../src/s3/sigv4.ts";

/** A request that the SDK would not make. */
export interface RawRequest {
  readonly method?: string;
  /** Percent-encoded, with the query when it is not presigned. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Default: the body's own digest. */
  readonly payloadHash?: string;
  readonly secret?: string;
  readonly keyId?: string;
  readonly region?: string;
  readonly token?: string;
  readonly date?: Date;
  /** Headers that are sent and not signed. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Makes the body when the request's signature is known, for chunk signatures. */
  readonly chunks?: (signer: ChunkSigner) => Uint8Array | string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The `Code` of an error document. */
  readonly code: string | undefined;
}

export function timestampOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Signs by header and sends. */
export function sendSigned(port: number, raw: RawRequest): Promise<RawAnswer> {
  const timestamp = timestampOf(raw.date ?? new Date());
  const scope = { date: timestamp.slice(0, 8), region: raw.region ?? "us-east-1", service: "s3" };
  const payloadHash =
    raw.payloadHash ??
    createHash("sha256")
      .update(raw.body ?? "")
      .digest("hex");
  const headers: Record<string, string> = {
    host: `127.0.0.1:${port}`,
    "x-amz-date": timestamp,
    "x-amz-content-sha256": payloadHash,
    ...(raw.token === undefined ? {} : { "x-amz-security-token": raw.token }),
    ...raw.headers,
  };
  const names = Object.keys(headers).sort();
  const [path = "", query = ""] = raw.path.split("?");
  const key = signingKey(raw.secret ?? ACCESS_KEY.secret, scope);
  const signature = signRequest(
    {
      method: raw.method ?? "GET",
      path,
      query: new Map(new URLSearchParams(query)),
      headers: names.map((name) => [name, headers[name] ?? ""]),
      payloadHash,
    },
    key,
    timestamp,
    scope,
  );
  const credential = `${raw.keyId ?? ACCESS_KEY.id}/${scope.date}/${scope.region}/s3/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const body = raw.chunks?.(new ChunkSigner(key, timestamp, scope, signature)) ?? raw.body;
  return send(port, {
    ...raw,
    headers: { ...headers, ...raw.unsigned, authorization },
    ...(body === undefined ? {} : { body }),
  });
}

/** The path and query of a presigned URL. */
export function presign(
  port: number,
  { method = "GET", path, secret = ACCESS_KEY.secret, token, date = new Date() }: RawRequest,
  {
    expires = 60,
    parameters = {},
  }: { readonly expires?: number; readonly parameters?: Readonly<Record<string, string>> } = {},
): string {
  const timestamp = timestampOf(date);
  const scope = { date: timestamp.slice(0, 8), region: "us-east-1", service: "s3" };
  const query = new Map(
    Object.entries({
      ...parameters,
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `${ACCESS_KEY.id}/${scope.date}/us-east-1/s3/aws4_request`,
      "X-Amz-Date": timestamp,
      "X-Amz-Expires": String(expires),
      "X-Amz-SignedHeaders": "host",
      ...(token === undefined ? {} : { "X-Amz-Security-Token": token }),
    }),
  );
  const headers = [["host", `127.0.0.1:${port}`]] as const;
  const parts = { method, path, query, headers, payloadHash: "UNSIGNED-PAYLOAD" };
  const signature = signRequest(parts, signingKey(secret, scope), timestamp, scope);
  const text = [...query].map(([name, value]) => `${encodePercent(name)}=${encodePercent(value)}`).join("&");
  return `${path}?${text}&X-Amz-Signature=${signature}`;
}

/** Sends as it is. */
export function send(
  port: number,
  { method = "GET", path, headers = {}, body }: Pick<RawRequest, "method" | "path" | "headers" | "body">,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        const code = /<Code>(.*?)<\/Code>/.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code });
      });
    });
    outgoing.on("error", reject).end(body);
  });
}
