/** Where rows end in a piece of bytes, one after the other. Its memory is kept for the next piece: arrays that grow row by row are what the garbage collector would be busy with. */
export class RowEnds {
  #places = new Uint32Array(4096);
  #count = 0;

  add(place: number): void {
    if (this.#count === this.#places.length) {
      const larger = new Uint32Array(2 * this.#places.length);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[this.#count] = place;
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Those so far; only good until the next change. */
  get places(): Uint32Array {
    return this.#places.subarray(0, this.#count);
  }
}
