import { checksumElement } from "../checksums.ts";
import { compareKeys, KeyIndex } from "../key-index.ts";
import { listPage } from "../listing.ts";
import { isoTime, OWNER, queryNumber, type Answer, type Call } from "../operation.ts";
import type { Upload } from "../store-state.ts";
import type { XmlElement } from "../xml.ts";
import { document } from "./buckets.ts";
import { readEncoding } from "./list-objects.ts";
import { findUpload } from "./multipart.ts";

const OWNER_ELEMENTS: readonly XmlElement[] = [
  ["ID", OWNER.id],
  ["DisplayName", OWNER.name],
];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function listParts(call: Call): Answer {
  const upload = findUpload(call);
  const max = queryNumber(call, "max-parts", { default: 1000, max: 1000 });
  const marker = queryNumber(call, "part-number-marker", { default: 0, max: 10_000 });
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > marker)
    .sort((a, b) => a.number - b.number);
  const page = rest.slice(0, max);
  const isTruncated = max > 0 && rest.length > page.length;
  return document([
    "ListPartsResult",
    [
      ["Bucket", call.bucket],
      ["Key", call.key],
      ["UploadId", upload.id],
      ["PartNumberMarker", marker],
      ["NextPartNumberMarker", isTruncated ? page.at(-1)?.number : undefined],
      ["MaxParts", max],
      ["IsTruncated", isTruncated],
      ...page.map((part): XmlElement => [
        "Part",
        [
          ["PartNumber", part.number],
          ["LastModified", isoTime(part.lastModified)],
          ["ETag", `"${part.md5}"`],
          ...(part.checksum === undefined
            ? []
            : [[checksumElement(part.checksum.algorithm), part.checksum.value] as const]),
          ["Size", part.segment.size],
        ],
      ]),
      ["Initiator", OWNER_ELEMENTS],
      ["Owner", OWNER_ELEMENTS],
      ["StorageClass", "STANDARD"],
      ["ChecksumAlgorithm", upload.algorithm],
      ["ChecksumType", upload.checksumType],
    ],
  ]);
}

/**
 * Uploads in progress by key and, for one key, by the time they began. With a key marker alone the uploads of later keys are listed; with an
 * upload id marker, also those of the same key that come behind it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export function listMultipartUploads(call: Call): Answer {
  const max = queryNumber(call, "max-uploads", { default: 1000, min: 1, max: 1000 });
  const prefix = call.query.get("prefix") ?? "";
  const delimiter = call.query.get("delimiter") ?? "";
  const keyMarker = call.query.get("key-marker") ?? "";
  const idMarker = call.query.get("upload-id-marker") ?? "";
  const { encode, encodingType } = readEncoding(call);
  const entries = [
    ...entriesAfter(call.store.uploads(call.bucket), { prefix, delimiter, keyMarker, idMarker }),
  ];
  const page = entries.slice(0, max);
  const isTruncated = entries.length > page.length;
  const last = page.at(-1);
  return document([
    "ListMultipartUploadsResult",
    [
      ["Bucket", call.bucket],
      ["KeyMarker", encode(keyMarker)],
      ["UploadIdMarker", idMarker],
      ["NextKeyMarker", isTruncated && last !== undefined ? encode(last.key) : undefined],
      ["NextUploadIdMarker", isTruncated ? last?.upload?.id : undefined],
      ["Prefix", prefix === "" ? undefined : encode(prefix)],
      ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
      ["EncodingType", encodingType],
      ["MaxUploads", max],
      ["IsTruncated", isTruncated],
      ...page.map(({ key, upload }): XmlElement =>
        upload === undefined
          ? ["CommonPrefixes", [["Prefix", encode(key)]]]
          : [
              "Upload",
              [
                ["Key", encode(key)],
                ["UploadId", upload.id],
                ["Initiator", OWNER_ELEMENTS],
                ["Owner", OWNER_ELEMENTS],
                ["StorageClass", "STANDARD"],
                ["Initiated", isoTime(upload.initiated)],
                ["ChecksumAlgorithm", upload.algorithm],
                ["ChecksumType", upload.checksumType],
              ],
            ],
      ),
    ],
  ]);
}

/** An upload, or a common prefix when it has none. */
interface Entry {
  readonly key: string;
  readonly upload?: Upload;
}

function* entriesAfter(
  uploads: readonly Upload[],
  query: { prefix: string; delimiter: string; keyMarker: string; idMarker: string },
): Generator<Entry> {
  const byKey = new KeyIndex<Upload[]>();
  for (const upload of uploads) byKey.set(upload.key, [...(byKey.get(upload.key) ?? []), upload]);
  if (query.keyMarker !== "" && query.idMarker !== "" && query.keyMarker.startsWith(query.prefix)) {
    const same = inOrder(byKey.get(query.keyMarker) ?? []);
    const seen = same.findIndex(({ id }) => id === query.idMarker);
    for (const upload of seen === -1 ? [] : same.slice(seen + 1)) yield { key: upload.key, upload };
  }
  const { entries } = listPage(byKey, { ...query, after: query.keyMarker, maxKeys: Infinity });
  for (const entry of entries) {
    if ("commonPrefix" in entry) yield { key: entry.commonPrefix };
    else for (const upload of inOrder(entry.value)) yield { key: entry.key, upload };
  }
}

function inOrder(uploads: readonly Upload[]): readonly Upload[] {
  return [...uploads].sort((a, b) => a.initiated - b.initiated || compareKeys(a.id, b.id));
}
