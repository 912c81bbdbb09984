import { randomBytes } from "node:crypto";
import { OptionsError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import type { ObjectStore, SourceSession } from "../../session.ts";
import { option, wording } from "../../wording.ts";

/** How rows are read from PostgreSQL and written to S3. */
export interface TransferOptions {
  /** Each file is finished in this directory before its upload begins. Default: no file is written to any disk. */
  readonly tempFileDir?: string;
  /** Most bytes of a file before compression; default 104,857,600. Files are cut between rows, never in one. */
  readonly lineBytes?: number;
  /** A canned ACL of S3 for the objects: `bucket-owner-full-control`. */
  readonly cannedAcl?: string;
  readonly signal?: AbortSignal;
}

/** What reading and writing need of the object they are called on. */
export interface TransferContext {
  readonly store: ObjectStore;
  withSource<T>(work: (session: SourceSession) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/** @throws OptionsError */
export function checkTransferOptions({ lineBytes }: TransferOptions): void {
  if (lineBytes === undefined || (Number.isInteger(lineBytes) && lineBytes >= 1)) return;
  throw new OptionsError(wording`${option("lineBytes")} must be a whole number from 1, not ${lineBytes}.`);
}

/** Text that no value is, unless somebody guesses 64 random bits. */
export function newNullMarker(): string {
  return `null_${randomBytes(8).toString("hex")}`;
}
