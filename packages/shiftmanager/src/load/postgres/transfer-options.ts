import { randomBytes } from "node:crypto";
import { OptionsError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { choice, number, signal, text, type Kinds } from "../../kinds.ts";
import type { ObjectStore, SourceSession } from "../../session.ts";
import { option, wording } from "../../wording.ts";
import { checkCompression, type Compression } from "./compression.ts";

/** How rows are read from PostgreSQL and written to S3. */
export interface TransferOptions {
  /**
   * How many sessions read a table at once, all under one snapshot. Default: one for each processor, from 2 to 4, where the
   * table has more than 16 MB. What has no pages of its own, a query or a view, is read by one.
   */
  readonly sessions?: number;
  /**
   * The number of files is a multiple of this, unless they would come out smaller than 1 MB. Default: the slices of the
   * target's cluster as STV_SLICES tells them, else 32.
   */
  readonly slices?: number;
  /** Default `zstd` where Node has it (22.15 or newer), else `gzip`. */
  readonly compression?: Compression;
  /** Each file is finished in this directory before its upload begins. Default: no file is written to any disk. */
  readonly tempFileDir?: string;
  /**
   * Most bytes of a file before compression. Default: files are as large as COPY likes them, about equal and between 1 MB
   * and 1 GB after compression. Files are cut between rows, never in one.
   */
  readonly lineBytes?: number;
  /** A canned ACL of S3 for the objects: `bucket-owner-full-control`. */
  readonly cannedAcl?: string;
  readonly signal?: AbortSignal;
}

export const transferKinds: Kinds<TransferOptions> = {
  sessions: number,
  slices: number,
  compression: choice("zstd", "gzip", "none"),
  tempFileDir: text,
  lineBytes: number,
  cannedAcl: text,
  signal,
};

/** What reading and writing need of the object they are called on. */
export interface TransferContext {
  readonly store: ObjectStore;
  withSource<T>(work: (session: SourceSession) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Up to so many sessions of the source beside that one, for who has it. */
  besideSource<T>(
    count: number,
    work: (sessions: readonly SourceSession[]) => Promise<T>,
    options: { readonly signal: AbortSignal; readonly onRefused: (reason: Error) => void },
  ): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/** Of a cluster that nobody knows. */
export const defaultSlices = 32;

/** @throws OptionsError */
export function checkTransferOptions({ lineBytes, sessions, slices, compression }: TransferOptions): void {
  checkWhole("lineBytes", lineBytes);
  checkWhole("sessions", sessions, 64);
  checkWhole("slices", slices, 10_000);
  if (compression !== undefined) checkCompression(compression);
}

function checkWhole(name: string, value: number | undefined, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  const range = most === Number.MAX_SAFE_INTEGER ? "from 1" : `from 1 to ${most.toLocaleString("en")}`;
  throw new OptionsError(wording`${option(name)} must be a whole number ${range}, not ${value}.`);
}

/** Text that no value is, unless somebody guesses 64 random bits. */
export function newNullMarker(): string {
  return `null_${randomBytes(8).toString("hex")}`;
}
