import { S3Error } from "./s3-error.ts";

/** What a request is about: the service, a bucket, or an object in it. */
export interface Address {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** The path as the client sent it, still percent-encoded; SigV4 signs it. */
  readonly path: string;
  /** Decoded parameters. A name without `=` has an empty value. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Reads bucket and key from the Host header and the request target.
 * Path style is `/bucket/key`; a host `bucket.localhost` is virtual-host style. The target is never handed to `URL`, which would
 * resolve `..` and `//`: to S3 they are ordinary characters of a key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function readAddress(host: string | undefined, target: string): Address {
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const query = readQuery(question === -1 ? "" : target.slice(question + 1));
  if (!path.startsWith("/")) throw invalidUri();
  const virtual = bucketOfHost(host);
  if (virtual !== undefined) {
    return { bucket: virtual, key: path === "/" ? undefined : decodePercent(path.slice(1)), path, query };
  }
  if (path === "/") return { bucket: undefined, key: undefined, path, query };
  const slash = path.indexOf("/", 1);
  const bucket = decodePercent(slash === -1 ? path.slice(1) : path.slice(1, slash));
  const rest = slash === -1 ? "" : path.slice(slash + 1);
  return { bucket, key: rest === "" ? undefined : decodePercent(rest), path, query };
}

function bucketOfHost(host: string | undefined): string | undefined {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  return name.endsWith(".localhost") ? name.slice(0, -".localhost".length) : undefined;
}

function readQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    // In a query string, unlike in a path, `+` is a space to S3.
    const [name, value] = equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    query.set(decodePercent(name.replaceAll("+", " ")), decodePercent(value.replaceAll("+", " ")));
  }
  return query;
}

/** Percent-decoding to UTF-8; bytes that are no UTF-8 are refused, as S3 does. */
export function decodePercent(text: string): string {
  // node:http hands over the raw bytes of the target as Latin-1.
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x25) {
      const hex = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw invalidUri();
      bytes[length] = Number.parseInt(hex, 16);
      at += 2;
    } else {
      bytes[length] = byte;
    }
    length += 1;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    if (error instanceof TypeError) throw invalidUri();
    throw error;
  }
}

/**
 * Percent-encoding as AWS defines it: everything but letters, digits and `-._~` as UTF-8 bytes in capitals.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function encodePercent(text: string, keep = ""): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const char = String.fromCharCode(byte);
    out +=
      /[A-Za-z0-9\-._~]/.test(char) || keep.includes(char)
        ? char
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

function invalidUri(): S3Error {
  return new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");
}
