import type { Authorization } from "../copy/command/authorization.ts";
import type { S3Uri } from "../copy/command/s3-uri.ts";
import type { Compression } from "../copy/s3/decompress.ts";

export type UnloadFormat =
  | {
      readonly kind: "delimited";
      /** One byte. */
      readonly delimiter: number;
      readonly addQuotes: boolean;
      readonly escape: boolean;
    }
  | { readonly kind: "csv"; readonly delimiter: number }
  | { readonly kind: "json" };

/** An UNLOAD statement as it was read; the query is still Redshift's SQL. */
export interface UnloadCommand {
  readonly query: string;
  readonly target: S3Uri;
  readonly authorization: Authorization;
  readonly region: string | undefined;
  readonly format: UnloadFormat;
  readonly nullAs: string;
  readonly header: boolean;
  readonly compression: Compression | undefined;
  readonly manifest: "none" | "plain" | "verbose";
  readonly parallel: boolean;
  readonly maxFileBytes: number;
  readonly allowOverwrite: boolean;
  readonly cleanPath: boolean;
  /** Without its dot; undefined when the statement gives none. */
  readonly extension: string | undefined;
}
