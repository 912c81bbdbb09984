import type * as S3 from "@aws-sdk/client-s3";
import type { ObjectLocation, PutOptions } from "../session.ts";
import { MultipartUpload } from "./multipart-upload.ts";
import { objectParameters, onItsWay, whileWanted } from "./put-request.ts";
import { Slots } from "./slots.ts";

/** S3's smallest part; a body that does not fill one is a single PutObject. */
export const partBytes = 5 * 1024 * 1024;

/** How many bodies or parts of one store are on their way at once: each is in memory until S3 has it. */
const mostRequests = 8;

/** S3's limits: at most 10,000 parts, so they grow with the object: 275 GB fit in. */
function sizeOfPart(number: number): number {
  return partBytes * (1 + Math.floor((number - 1) / 1000));
}

/**
 * Sends bodies of unknown length to S3. What is in memory of each is at most one part.
 *
 * The SDK's own `Upload` is not used: stopped, it returns before S3 has been told, and a process that then ends leaves the
 * parts behind; and its buffers grow with the number of uploads, for which nothing sets a limit.
 */
export class Uploads {
  readonly #sdk: typeof S3;
  readonly #client: S3.S3Client;
  readonly #slots = new Slots(mostRequests);

  constructor(sdk: typeof S3, client: S3.S3Client) {
    this.#sdk = sdk;
    this.#client = client;
  }

  /** Resolves to the number of bytes. When it rejects, no request of it is on its way any more. */
  async put(
    location: ObjectLocation,
    body: string | Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    if (typeof body === "string" || body instanceof Uint8Array) {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      await this.#putWhole(location, bytes, options);
      return bytes.byteLength;
    }
    const upload = new MultipartUpload(this.#sdk, this.#client, location, options);
    try {
      let rest: Uint8Array[] = [];
      let held = 0;
      let sent = 0;
      for await (const chunk of body) {
        rest.push(chunk);
        held += chunk.byteLength;
        for (let size = sizeOfPart(upload.parts + 1); held >= size; size = sizeOfPart(upload.parts + 1)) {
          const part = rest;
          const over = held - size;
          const last = part.at(-1);
          rest = over === 0 || last === undefined ? [] : [last.subarray(last.byteLength - over)];
          held = over;
          await this.#slots.in(() => upload.send(joined(part, size)));
          sent += size;
          options.onSent?.(size);
        }
      }
      if (upload.parts === 0) {
        const whole = rest;
        await this.#slots.in(() => this.#send(location, joined(whole, held), options));
      } else {
        if (held > 0) await this.#slots.in(() => upload.send(joined(rest, held)));
        await upload.complete();
      }
      options.onSent?.(held);
      return sent + held;
    } catch (error) {
      await upload.abort(error);
      throw error;
    }
  }

  #putWhole(location: ObjectLocation, body: Uint8Array, options: PutOptions): Promise<void> {
    return this.#slots.in(() => this.#send(location, body, options));
  }

  async #send(location: ObjectLocation, body: Uint8Array, options: PutOptions): Promise<void> {
    const request = new this.#sdk.PutObjectCommand({ ...objectParameters(location, options), Body: body });
    await onItsWay(options, () =>
      whileWanted(options.signal, (abortSignal) => this.#client.send(request, { abortSignal })),
    );
  }
}

/** The chunks as one, cut at `size`. Lets go of them, or they would be in memory beside their copy until S3 has it. */
function joined(chunks: Uint8Array[], size: number): Uint8Array {
  return Buffer.concat(chunks.splice(0), size);
}
