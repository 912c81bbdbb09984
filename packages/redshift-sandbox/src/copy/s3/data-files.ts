import { SqlError } from "../../errors.ts";
import { parseS3Uri } from "../command/s3-uri.ts";
import type { S3Uri } from "../command/s3-uri.ts";
import type { S3Access } from "./s3-access.ts";

interface ManifestEntry {
  readonly url: S3Uri;
  readonly mandatory: boolean;
}

/**
 * The files a COPY reads: everything whose key starts with the given one, or what the manifest lists, in its order and as often.
 * @see AWS copy-parameters-data-source-s3, loading-data-files-using-manifest
 */
export async function dataFiles(s3: S3Access, source: S3Uri, manifest: boolean): Promise<readonly S3Uri[]> {
  if (!manifest) {
    const objects = await s3.list(source.bucket, source.key);
    if (objects.length === 0) throw noFiles(source.key);
    return objects.map(({ key }) => ({ bucket: source.bucket, key }));
  }
  if (source.key === "" || source.key.endsWith("/")) {
    throw new SqlError("XX000", "COPY with MANIFEST parameter requires full path of an S3 object.");
  }
  const entries = parseManifest(await s3.readText(source.bucket, source.key), source);
  const files: S3Uri[] = [];
  for (const { url, mandatory } of entries) {
    if ((await s3.head(url.bucket, url.key)) !== undefined) files.push(url);
    else if (mandatory) throw s3.error("NoSuchKey", url.bucket, url.key);
  }
  if (files.length === 0) throw noFiles(entries[0]?.url.key ?? source.key);
  return files;
}

function noFiles(prefix: string): SqlError {
  return new SqlError("XX000", `The specified S3 prefix '${prefix}' does not exist`);
}

function parseManifest(text: string, source: S3Uri): readonly ManifestEntry[] {
  const bad = (why: string): SqlError =>
    new SqlError("XX000", `Invalid manifest file s3://${source.bucket}/${source.key}: ${why}`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw bad(`not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const entries = property(content, "entries");
  if (!Array.isArray(entries) || entries.length === 0) throw bad('"entries" must be a list of files');
  return entries.map((entry: unknown) => {
    const url = property(entry, "url");
    const mandatory = property(entry, "mandatory") ?? false;
    if (typeof url !== "string") throw bad('each entry needs a "url"');
    if (typeof mandatory !== "boolean") throw bad('"mandatory" must be true or false');
    return { url: parseS3Uri(url), mandatory };
  });
}

/** An own property of a JSON object. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
