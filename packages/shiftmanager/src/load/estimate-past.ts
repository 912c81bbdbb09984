import { counted, type TransferEstimate } from "../estimate.ts";
import type { PastLoad } from "./ledger/ledger.ts";

/** Of a load that was done before: nothing is done. */
export function estimateOfPast({ loadedAt }: PastLoad): TransferEstimate {
  const nothing = counted(0, `this run id was loaded before, at ${loadedAt}, so nothing would be done`);
  return { rows: nothing, files: nothing, bytes: nothing, statements: nothing, seconds: nothing };
}
