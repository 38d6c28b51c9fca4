// Random numbers that come back: everything a simulation throws dice for follows from one seed.

export interface SeededRandom {
  /** In [0, 1). */
  next(): number;
  /** In [min, max]. */
  between(min: number, max: number): number;
  readonly fillBytes: (bytes: Uint8Array) => void;
}

/** The generator sfc32 (Chris Doty-Humphrey): small, fast, and good enough for anything but secrets. */
export function seededRandom(seed: number): SeededRandom {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const word = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const next = (): number => word() / 2 ** 32;
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    fillBytes: (bytes) => {
      let left = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (i % 4 === 0) left = word();
        bytes[i] = left & 0xff;
        left >>>= 8;
      }
    },
  };
}
