// How hard a password is to guess, roughly, and one that is. Pure but for the random numbers.

export type Strength = "weak" | "fair" | "strong";

const FAIR_BITS = 40;
const STRONG_BITS = 60;

/** Without letters that are taken for others when read aloud or from a slip of paper. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 3;
const GROUP_CHARS = 4;

/**
 * An estimate that errs on the low side: repeated characters count once, runs like `abc` or `321` hardly, and a word of
 * letters alone as what it would be in a dictionary of modest size.
 */
export function judgePassword(password: string): Strength {
  const bits = Math.min(bitsOfCharacters(password), bitsOfWords(password));
  if (bits < FAIR_BITS) return "weak";
  return bits < STRONG_BITS ? "fair" : "strong";
}

function bitsOfCharacters(password: string): number {
  const perChar = Math.log2(sizeOfAlphabet(password));
  const seen = new Set<string>();
  let bits = 0;
  let before = 0;
  for (const char of password.toLowerCase()) {
    const code = char.codePointAt(0) ?? 0;
    const isRun = Math.abs(code - before) <= 1;
    if (isRun) bits += 0.5;
    else bits += seen.has(char) ? perChar / 2 : perChar;
    seen.add(char);
    before = code;
  }
  return bits;
}

function sizeOfAlphabet(password: string): number {
  let size = 0;
  if (/\p{Ll}|\p{Lo}/u.test(password)) size += 26;
  if (/\p{Lu}/u.test(password)) size += 26;
  if (/\p{N}/u.test(password)) size += 10;
  if (/[^\p{L}\p{N}]/u.test(password)) size += 12;
  return Math.max(2, size);
}

const BITS_PER_WORD = 13;
const BITS_PER_OTHER = 5;

function bitsOfWords(password: string): number {
  const words = new Set(password.toLowerCase().match(/\p{L}{3,}/gu));
  const rest = password.replaceAll(/\p{L}{3,}/gu, "").replaceAll(/\s/gu, "");
  return words.size * BITS_PER_WORD + rest.length * BITS_PER_OTHER;
}

/** About sixty bits: too many to guess even for who holds everything but the password. */
export function suggestPassword(random: (below: number) => number = randomBelow): string {
  const group = (): string =>
    Array.from({ length: GROUP_CHARS }, () => ALPHABET[random(ALPHABET.length)] ?? "").join("");
  return Array.from({ length: GROUPS }, group).join("-");
}

/** Even: numbers above the last whole multiple are thrown away. */
function randomBelow(limit: number): number {
  const bound = 256 - (256 % limit);
  for (;;) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < bound) return byte % limit;
  }
}
