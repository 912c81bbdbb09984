/** What goes to the backend in one turn, put together for one write. Neighbours that are forwarded as they came are not copied. */
export class Outbox {
  #parts: Buffer[] = [];
  #run: { readonly buffer: Buffer; readonly start: number; end: number } | undefined;

  add(bytes: Buffer): void {
    this.#endRun();
    this.#parts.push(bytes);
  }

  /** A message as it lies in the client's chunk. */
  forward(buffer: Buffer, start: number, end: number): void {
    const run = this.#run;
    if (run !== undefined && run.buffer === buffer && run.end === start) run.end = end;
    else {
      this.#endRun();
      this.#run = { buffer, start, end };
    }
  }

  /** Everything since the last call; undefined when there is nothing. */
  take(): Buffer | undefined {
    this.#endRun();
    const parts = this.#parts;
    if (parts.length === 0) return undefined;
    this.#parts = [];
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#parts.push(run.buffer.subarray(run.start, run.end));
  }
}
