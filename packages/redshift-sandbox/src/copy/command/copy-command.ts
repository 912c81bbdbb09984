import type { Authorization } from "./authorization.ts";
import type { ConversionOptions } from "../convert/convert.ts";
import type { S3Uri } from "./s3-uri.ts";

export type CopyFormat =
  | {
      readonly kind: "delimited";
      /** One byte each. */
      readonly delimiter: number;
      readonly escape: boolean;
      readonly removeQuotes: boolean;
    }
  | { readonly kind: "csv"; readonly delimiter: number; readonly quote: number }
  | { readonly kind: "json"; readonly mapping: "auto" | "auto ignorecase" | "noshred" | S3Uri };

/** A COPY statement as it was read: nothing of it was looked up yet. */
export interface CopyCommand {
  /** Schema and table, or the table alone. */
  readonly table: readonly string[];
  readonly columns: readonly string[] | undefined;
  readonly source: S3Uri;
  readonly manifest: boolean;
  readonly authorization: Authorization;
  readonly region: string | undefined;
  readonly format: CopyFormat;
  readonly compression: "gzip" | "zstd" | undefined;
  readonly conversion: ConversionOptions;
  /** Field text that means NULL, in text and CSV files. */
  readonly nullAs: Buffer;
  readonly fillRecord: boolean;
  readonly ignoreBlankLines: boolean;
  readonly ignoreHeaderLines: number;
  readonly explicitIds: boolean;
  /** The load fails when this many rows are bad; Infinity for IGNOREALLERRORS. */
  readonly maxErrors: number;
  readonly noLoad: boolean;
  readonly statUpdate: boolean | undefined;
}
