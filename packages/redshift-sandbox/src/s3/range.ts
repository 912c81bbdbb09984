import { S3Error } from "./s3-error.ts";

/** Bytes `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One range of an object. What is no single well-formed range is ignored, and the whole object is sent, as HTTP asks and S3 does.
 * @throws S3Error 416 InvalidRange when the range begins behind the last byte.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    if (length === 0) throw invalidRange(header, size);
    return { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) throw invalidRange(header, size);
  return { start, end };
}

/** `bytes=a-b`, both named and inside the source: the only form that UploadPartCopy takes. */
export function readCopyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(match?.[1]);
  const end = Number(match?.[2]) + 1;
  if (match === null || start >= end) {
    throw new S3Error(
      400,
      "InvalidArgument",
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    );
  }
  if (end <= size) return { start, end };
  throw new S3Error(
    400,
    "InvalidArgument",
    `Range specified is not valid for source object of size: ${size}`,
  );
}

function invalidRange(header: string | undefined, size: number): S3Error {
  return new S3Error(416, "InvalidRange", "The requested range is not satisfiable", {
    details: { RangeRequested: header ?? "", ActualObjectSize: String(size) },
    headers: { "content-range": `bytes */${size}` },
  });
}
