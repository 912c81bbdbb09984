import type { Batch } from "./sql/batch.ts";

/** One figure of an estimate, with where it comes from. */
export interface EstimatedFigure {
  /** Null where it is not known. */
  readonly value: number | null;
  /** It was counted, and holds unless something changes meanwhile; else it was reckoned from a part. */
  readonly exact: boolean;
  /** What it is taken from; where it is not known, why. */
  readonly from: string;
}

/** What a load or unload would come to, as far as it can be known without running it. */
export interface TransferEstimate {
  readonly rows: EstimatedFigure;
  /** Data files in S3; a manifest and the like come beside them. */
  readonly files: EstimatedFigure;
  /** Of the data files together, compressed. */
  readonly bytes: EstimatedFigure;
  /** Statements that Redshift would be sent for it. */
  readonly statements: EstimatedFigure;
  /** What was measured, and so on the machine that it was measured on, for all rows; it says what is not in it. */
  readonly seconds: EstimatedFigure;
}

/** A load or unload that was not run: what it would run, and what that would come to. */
export interface DryRun {
  /** The same as with `execute: false`. */
  readonly batch: Batch;
  readonly estimate: TransferEstimate;
}

export function counted(value: number, from: string): EstimatedFigure {
  return { value, exact: true, from };
}

export function reckoned(value: number, from: string): EstimatedFigure {
  return { value, exact: false, from };
}

export function unknown(why: string): EstimatedFigure {
  return { value: null, exact: false, from: why };
}

/** How many statements a batch has. */
export function countedStatements(batch: Batch): EstimatedFigure {
  return counted(batch.statements.length, "counted in what would run");
}
