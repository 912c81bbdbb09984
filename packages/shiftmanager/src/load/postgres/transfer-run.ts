import { ShiftmanagerError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { s3Uri } from "../../s3/uri.ts";
import type { ObjectStore } from "../../session.ts";
import { RunObjects } from "../run-objects.ts";
import type { FileKeys } from "./file-keys.ts";

/** The objects of one run, from the first upload to their removal. */
export class TransferRun {
  readonly keys: FileKeys;
  readonly objects: RunObjects;
  readonly onEvent: EventHandler | undefined;
  /** Set once the rows are in the table for good. */
  committed = false;

  constructor(
    keys: FileKeys,
    { store, onEvent }: { readonly store: ObjectStore; readonly onEvent: EventHandler | undefined },
  ) {
    this.keys = keys;
    this.objects = new RunObjects(store, keys.bucket);
    this.onEvent = onEvent;
  }

  /** `s3://BUCKET/PREFIX/shiftmanager-ID/` */
  get place(): string {
    return `${s3Uri({ bucket: this.keys.bucket, key: this.keys.prefix })}/`;
  }

  /**
   * Takes the run's objects away. What cannot be taken away is told beside what failed first, never in its place; and it
   * is no failure of a load that has committed: whoever ran that again would have every row twice.
   */
  async cleanUp(failed?: unknown): Promise<void> {
    try {
      await this.objects.deleteAll();
    } catch (error) {
      if (!(error instanceof ShiftmanagerError)) throw error;
      const left = `What was uploaded could not be deleted and may be left under ${this.place} (${error.message.replace(/[.\s]+$/, "")}).`;
      if (failed instanceof ShiftmanagerError) failed.message = `${failed.message} ${left}`;
      else {
        const done = this.committed ? "Every row was loaded, but: " : "";
        this.onEvent?.({ type: "warning", message: `${done}${left}` });
      }
    }
  }
}
