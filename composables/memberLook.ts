// Colour and glyph of a member or room, drawn from its id, so that two of the same name look different. Pure.

export interface Look {
  /** One of the eight avatar hues of the tokens. */
  readonly hue: number;
  /** One of the sixteen avatar glyphs. */
  readonly glyph: number;
}

export function lookOf(id: string): Look {
  // FNV-1a: ids of members are random already, those of rooms need not be hexadecimal.
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return { hue: hash % 8, glyph: (hash >>> 8) % 16 };
}

/** Up to two characters that stand for a room: first letter and last number, "L4" for "Lantern 42". */
export function initialsOf(name: string, locale: string): string {
  const words = name.trim().split(/\s+/u);
  const first = firstGrapheme(words[0] ?? "", locale);
  const second = words.length > 1 ? firstGrapheme(words.at(-1) ?? "", locale) : "";
  return (first + second).toLocaleUpperCase(locale);
}

function firstGrapheme(word: string, locale: string): string {
  for (const { segment } of new Intl.Segmenter(locale, { granularity: "grapheme" }).segment(word)) return segment;
  return "";
}
