import type { SliceFiles } from "./slices-under-way.ts";

/** Files that are passed on while they are compressed, so that nothing is held. */
export function unheldFiles(
  pass: (slice: number, compressed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): SliceFiles {
  return {
    partBytes: 0,
    async write(slice, compressed, { signal, onSent }) {
      let bytes = 0;
      for await (const chunk of pass(slice, compressed)) {
        signal.throwIfAborted();
        bytes += chunk.byteLength;
        onSent(chunk.byteLength);
      }
      return { bytes };
    },
  };
}
