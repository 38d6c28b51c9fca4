// Grows a buffer and writes big-endian primitives; the mirror of reader.ts.

export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  uint(width: 1 | 2 | 4 | 8, value: number): void {
    const limit = width === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * width) - 1;
    if (!Number.isInteger(value) || value < 0 || value > limit)
      throw new RangeError(`not an unsigned ${width}-byte number`);
    const at = this.#reserve(width);
    let rest = value;
    for (let i = width - 1; i >= 0; i--) {
      this.#bytes[at + i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(extra: number): number {
    const at = this.#length;
    this.#length += extra;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }
}
