import type { ObjectLocation } from "../session.ts";
import { s3Uri } from "./uri.ts";

/**
 * Writes a COPY manifest in which every file must be there, so that a lost one fails the load instead of shortening it.
 * @see AWS Database Developer Guide, "Using a manifest to specify data files" (loading-data-files-using-manifest)
 */
export function copyManifest(files: readonly ObjectLocation[]): string {
  const entries = files.map((file) => ({ url: s3Uri(file), mandatory: true }));
  return JSON.stringify({ entries });
}

/** One file of an UNLOAD. */
export interface UnloadedFile {
  /** `s3://bucket/key` */
  readonly url: string;
  /** Undefined where the manifest does not say. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
}

interface ManifestText {
  readonly entries?: readonly {
    readonly url?: string;
    readonly meta?: { readonly content_length?: number; readonly record_count?: number };
  }[];
}

/**
 * Reads the manifest that UNLOAD wrote; with MANIFEST VERBOSE it holds the rows of each file.
 * @see AWS Database Developer Guide, UNLOAD examples (r_UNLOAD_command_examples)
 */
export function readUnloadManifest(text: string): readonly UnloadedFile[] {
  const { entries = [] } = JSON.parse(text) as ManifestText;
  return entries.flatMap(({ url, meta }) =>
    url === undefined ? [] : [{ url, rows: meta?.record_count, bytes: meta?.content_length }],
  );
}
