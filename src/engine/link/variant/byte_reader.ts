/** Takes numbers and bytes from what Godot has encoded: with the lowest byte first, in steps of four. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer's slice would be no copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.wrong("the value ends before its bytes do");
  }

  /** The count of the elements that follow, each of which takes at least `size` bytes. */
  count(size: number): number {
    const count = this.uint32();
    this.holds(count, size);
    return count;
  }

  /** @throws where the bytes end before these elements could */
  holds(count: number, size: number): void {
    if (count * size > this.#bytes.length - this.#at) throw this.wrong("it ends too early");
  }

  pad(): void {
    this.take((4 - (this.#at % 4)) % 4);
  }

  take(size: number): Uint8Array {
    const begin = this.#skip(size);
    return this.#bytes.subarray(begin, begin + size);
  }

  #skip(size: number): number {
    this.holds(size, 1);
    const begin = this.#at;
    this.#at += size;
    return begin;
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#skip(8), true);
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#skip(8), true);
  }

  float32(): number {
    return this.#view.getFloat32(this.#skip(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }

  /** Numbers as they lie there: Godot runs on no machine that begins a number with its highest byte. */
  numbers(size: number): ArrayBuffer {
    return this.take(size).slice().buffer as ArrayBuffer;
  }

  wrong(what: string): Error {
    return new Error(`at byte ${this.#at}, ${what}`);
  }
}
