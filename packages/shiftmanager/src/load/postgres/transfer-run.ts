import type { EventHandler } from "../../events.ts";
import type { ObjectStore } from "../../session.ts";
import { LoadRun, type RunChoices } from "../runs/load-run.ts";
import type { RunKeys } from "../run-keys.ts";

/** A run that writes files of rows. */
export class TransferRun extends LoadRun {
  readonly keys: RunKeys;

  constructor(
    keys: RunKeys,
    choices: RunChoices,
    context: { readonly store: ObjectStore; readonly onEvent: EventHandler | undefined },
  ) {
    super(keys, choices, context);
    this.keys = keys;
  }
}
