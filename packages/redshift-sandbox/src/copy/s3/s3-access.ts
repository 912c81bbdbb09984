import { setTimeout as sleep } from "node:timers/promises";
import { SqlError } from "../../errors.ts";
import type { Fault } from "../../faults.ts";
import type { StoredObject } from "../../s3/store.ts";
import type { Services } from "../../services.ts";
import type { Backend } from "../../sql/plan.ts";
import type { Authorization } from "../command/authorization.ts";

const SERVICE_ERRORS = {
  AccessDenied: ["Access Denied", 403],
  InternalError: ["We encountered an internal error. Please try again.", 500],
  InvalidAccessKeyId: ["The AWS Access Key Id you provided does not exist in our records.", 403],
  InvalidToken: ["The provided token is malformed or otherwise invalid.", 400],
  NoSuchBucket: ["The specified bucket does not exist", 404],
  NoSuchKey: ["The specified key does not exist.", 404],
  PermanentRedirect: [
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    301,
  ],
  SignatureDoesNotMatch: [
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
  ],
  SlowDown: ["Please reduce your request rate.", 503],
} as const;

/** The objects of the endpoint as one COPY or UNLOAD sees them: with its credentials checked and the faults that tests ask for. */
export class S3Access {
  readonly #services: Services;
  readonly #backend: Backend;
  readonly #queryId: string;

  constructor(services: Services, backend: Backend, queryId: string) {
    this.#services = services;
    this.#backend = backend;
    this.#queryId = queryId;
  }

  /** @throws SqlError as Redshift reports S3's refusal, or its own for a role it may not assume. */
  authorize(authorization: Authorization, region: string | undefined): void {
    const { accessKey, iamRoles } = this.#services;
    if (region !== undefined && region.toLowerCase() !== this.#services.region)
      throw this.error("PermanentRedirect");
    if (authorization.kind === "role") {
      if (authorization.roles === "default") {
        if (iamRoles.length > 0) return;
        throw new SqlError("XX000", "The cluster has no default IAM role");
      }
      for (const role of authorization.roles) {
        if (iamRoles.includes(role)) continue;
        const account = role.split(":")[4] ?? "";
        const user = `arn:aws:redshift:${this.#services.region}:${account}:dbuser:redshift-sandbox/${this.#backend.user}`;
        throw new SqlError("XX000", `User ${user} is not authorized to assume IAM Role ${role}`, {
          detail: this.#detail(`IAM Role=${role}`),
        });
      }
      return;
    }
    if (authorization.accessKeyId !== accessKey.id) throw this.error("InvalidAccessKeyId");
    if (authorization.secretAccessKey !== accessKey.secret) throw this.error("SignatureDoesNotMatch");
    if (authorization.sessionToken !== accessKey.sessionToken) throw this.error("InvalidToken");
  }

  /** Every object under a prefix. */
  async list(bucket: string, prefix: string): Promise<readonly StoredObject[]> {
    await this.#fault("ListObjects", bucket, prefix);
    this.#requireBucket(bucket, prefix);
    const objects: StoredObject[] = [];
    for await (const object of this.#services.store.list(bucket, prefix)) objects.push(object);
    return objects;
  }

  async head(bucket: string, key: string): Promise<StoredObject | undefined> {
    this.#requireBucket(bucket, key);
    return this.#services.store.head(bucket, key);
  }

  /** An object's bytes; a `cut` fault stops them half way. */
  async *read(bucket: string, key: string): AsyncGenerator<Uint8Array> {
    const action = await this.#fault("GetObject", bucket, key);
    this.#requireBucket(bucket, key);
    const object = await this.#services.store.head(bucket, key);
    const stream = object === undefined ? undefined : await this.#services.store.read(bucket, key);
    if (object === undefined || stream === undefined) throw this.error("NoSuchKey", bucket, key);
    let left = action === "cut" ? Math.floor(object.size / 2) : Number.POSITIVE_INFINITY;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      this.#backend.signal.throwIfAborted();
      if (chunk.byteLength >= left) {
        yield chunk.subarray(0, left);
        throw this.interrupted(bucket, key);
      }
      left -= chunk.byteLength;
      yield chunk;
    }
    if (left !== Number.POSITIVE_INFINITY) throw this.interrupted(bucket, key);
  }

  /** A small object whole: a manifest, a JSONPaths file. */
  async readText(bucket: string, key: string): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const chunk of this.read(bucket, key)) parts.push(chunk);
    return Buffer.concat(parts).toString("utf8");
  }

  async write(bucket: string, key: string, body: AsyncIterable<Uint8Array>): Promise<StoredObject> {
    const action = await this.#fault("PutObject", bucket, key);
    this.#requireBucket(bucket, key);
    return this.#services.store.write(bucket, key, action === "cut" ? this.#broken(body, bucket, key) : body);
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.#fault("DeleteObject", bucket, key);
    await this.#services.store.delete(bucket, key);
  }

  /** `S3ServiceException:…` as users see it, in the message and again in the detail. */
  error(code: keyof typeof SERVICE_ERRORS, bucket?: string, key?: string): SqlError {
    const [message, status] = SERVICE_ERRORS[code];
    const id = this.#queryId.padStart(16, "0");
    const text = `S3ServiceException:${message},Status ${String(status)},Error ${code},Rid ${id},ExtRid ${id},CanRetry ${status >= 500 ? "1" : "0"}`;
    return new SqlError("XX000", text, {
      detail: this.#detail(bucket === undefined ? text : `S3 key being read : s3://${bucket}/${key ?? ""}`),
    });
  }

  interrupted(bucket: string, key: string): SqlError {
    return new SqlError("XX000", "S3 connection was closed before the whole object had been transferred", {
      detail: this.#detail(`S3 key : s3://${bucket}/${key}`),
    });
  }

  #detail(context: string): string {
    return `code: 8001, context: ${context}, query: ${this.#queryId}, process: ${String(this.#backend.processId)}`;
  }

  #requireBucket(bucket: string, key: string): void {
    if (!this.#services.store.hasBucket(bucket)) throw this.error("NoSuchBucket", bucket, key);
  }

  async *#broken(body: AsyncIterable<Uint8Array>, bucket: string, key: string): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk.subarray(0, chunk.byteLength >> 1);
      break;
    }
    throw this.interrupted(bucket, key);
  }

  /** The armed fault for this object, already done where it can be done here; only `cut` is left to the caller. */
  async #fault(operation: string, bucket: string, key: string): Promise<Fault["action"] | undefined> {
    const action = this.#services.faults.take({ target: "copy", operation, key });
    switch (action) {
      case "deny":
        throw this.error("AccessDenied", bucket, key);
      case "500":
        throw this.error("InternalError", bucket, key);
      case "503":
        throw this.error("SlowDown", bucket, key);
      case "1018":
        throw new SqlError("XX000", "1018", { detail: "Relation does not exist." });
      case "1023":
        throw new SqlError("XX000", "1023", {
          detail: "Serializable isolation violation on table in Redshift",
        });
      case "slow":
        await sleep(1000, undefined, { signal: this.#backend.signal });
        return action;
      case "drop":
        // The client's own session ends, as when its node restarts: the wire sees the backend go and closes.
        await this.#services.adminQuery(this.#backend.database, "SELECT pg_terminate_backend($1::int)", [
          this.#backend.processId,
        ]);
        throw new SqlError("57P01", "terminating connection due to administrator command");
      default:
        return action;
    }
  }
}
