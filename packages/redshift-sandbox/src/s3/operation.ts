import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { DiskStore } from "./disk-store.ts";
import type { RequestBody } from "./request-body.ts";
import { invalidRequest } from "./s3-error.ts";

/** What an operation is given. */
export interface Call {
  readonly store: DiskStore;
  readonly region: string;
  /** Lower-case names; what a presigned URL carries in its query counts as a header. */
  readonly headers: IncomingHttpHeaders;
  readonly query: ReadonlyMap<string, string>;
  /** Empty for operations on the service, key empty for those on buckets. */
  readonly bucket: string;
  readonly key: string;
  /**
   * The body, which is only asked for (100 Continue) when it is read: what is refused before costs no transfer.
   * `checksum: false` where `x-amz-checksum-*` is about something else than the body.
   */
  body(options?: { readonly checksum: boolean }): RequestBody;
}

/** What an operation answers. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A document, or a stream with its exact length. */
  readonly body?: string | { readonly stream: Readable; readonly length: number };
  /** For HEAD, whose Content-Length is that of the body it does not send. */
  readonly bodyLength?: number;
}

export type Operation = (call: Call) => Answer | Promise<Answer>;

/** The account that owns everything. @see interface.md, the default role */
export const OWNER = {
  id: "123456789012".padEnd(64, "0"),
  account: "123456789012",
  name: "redshift-sandbox",
} as const;

/** A whole number from the query, within limits. */
export function queryNumber(
  { query }: Call,
  name: string,
  limits: { readonly default: number; readonly min?: number; readonly max: number },
): number {
  const text = query.get(name);
  if (text === undefined || text === "") return limits.default;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < (limits.min ?? 0) || value > 2_147_483_647) {
    throw invalidRequest(`Argument ${name} must be an integer between ${limits.min ?? 0} and 2147483647`);
  }
  return Math.min(value, limits.max);
}

/** As S3 writes times into its documents: `2026-01-01T00:00:00.000Z`. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
