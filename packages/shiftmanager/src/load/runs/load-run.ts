import { ShiftmanagerError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { s3Uri } from "../../s3/uri.ts";
import type { ObjectStore } from "../../session.ts";
import { Heartbeat } from "./heartbeat.ts";
import { newOwner } from "./owner.ts";
import { RunObjects } from "./run-objects.ts";
import { ownerKey } from "./run-place.ts";

/** Where a run writes. */
export interface RunPlace {
  readonly bucket: string;
  /** `PREFIX/shiftmanager-ID` */
  readonly prefix: string;
}

/** What else a run is told. */
export interface RunChoices {
  /** Whether the objects stay: for ever, or until the run fails. */
  readonly keep: "always" | "unless it fails" | "never";
  /** What the caller named the run, where it did. */
  readonly runId?: string | undefined;
  /** Of the run's objects. */
  readonly cannedAcl?: string | undefined;
}

/**
 * One run, from its first object in S3 to the removal of all of them. The first is `owner.json`, by which `load clean` tells
 * a run that lives from one that was killed; the last to go is the same.
 */
export class LoadRun {
  readonly objects: RunObjects;
  readonly onEvent: EventHandler | undefined;
  /** Set once the rows are in the table for good. */
  committed = false;
  readonly #place: RunPlace;
  readonly #keep: RunChoices["keep"];
  readonly #heartbeat: Heartbeat;

  constructor(
    place: RunPlace,
    { keep, runId, cannedAcl }: RunChoices,
    { store, onEvent }: { readonly store: ObjectStore; readonly onEvent: EventHandler | undefined },
  ) {
    this.#place = place;
    this.#keep = keep;
    this.onEvent = onEvent;
    const location = { bucket: place.bucket, key: ownerKey(place.prefix) };
    const put = { contentType: "application/json", ...(cannedAcl === undefined ? {} : { cannedAcl }) };
    this.#heartbeat = new Heartbeat(newOwner(runId), async (owner) => {
      await store.put(location, JSON.stringify(owner), put);
    });
    this.objects = new RunObjects(store, location, () => this.#heartbeat.start());
  }

  /** `s3://BUCKET/PREFIX/shiftmanager-ID/` */
  get place(): string {
    return `${s3Uri({ bucket: this.#place.bucket, key: this.#place.prefix })}/`;
  }

  /** Does the run's work; whatever becomes of it, its objects are then taken away unless they are to stay. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await work();
    } catch (error) {
      await this.#end(this.#keep === "always", error);
      throw error;
    }
    await this.#end(this.#keep !== "never");
    return result;
  }

  async #end(keep: boolean, failed?: unknown): Promise<void> {
    try {
      if (!this.objects.any) return;
      if (keep) await this.#heartbeat.finish();
      else {
        await this.#heartbeat.stop();
        await this.objects.deleteAll();
      }
    } catch (error) {
      if (!(error instanceof ShiftmanagerError)) throw error;
      this.#tellLeft(error, keep, failed);
    }
  }

  /**
   * What cannot be taken away is told beside what failed first, never in its place; and it is no failure of a load that has
   * committed: whoever ran that again would have every row twice.
   */
  #tellLeft(error: ShiftmanagerError, keep: boolean, failed: unknown): void {
    const reason = error.message.replace(/[.\s]+$/, "");
    const left = keep
      ? `That the run has ended could not be written to ${this.place} (${reason}).`
      : `What was uploaded could not be deleted and may be left under ${this.place} (${reason}).`;
    if (failed instanceof ShiftmanagerError) failed.message = `${failed.message} ${left}`;
    else {
      const done = this.committed ? "Every row was loaded, but: " : "";
      this.onEvent?.({ type: "warning", message: `${done}${left}` });
    }
  }
}
