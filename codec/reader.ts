// A bounds-checked cursor over bytes: the only place that rejects short or over-long input.

/** Input that does not follow its codec. Carries no part of the input. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A plain view: Node's Buffer overrides slice() with one that shares memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  uint(width: 1 | 2 | 4 | 8): number {
    const at = this.#advance(width);
    switch (width) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at);
      case 4:
        return this.#view.getUint32(at);
      case 8: {
        const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
        if (value > Number.MAX_SAFE_INTEGER) throw new DecodeError("number over 2^53 - 1");
        return value;
      }
      default:
        return width satisfies never;
    }
  }

  /** A copy, so that nobody keeps a whole frame alive or sees it change. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.slice(at, at + length);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw new DecodeError("bytes left over");
  }

  #advance(length: number): number {
    if (length > this.remaining) throw new DecodeError("input ends early");
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
