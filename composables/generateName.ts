// "Lantern 42", "Heron 7": a noun and a number, from the list of the reader's language.

export function generateName(nouns: string, random: (below: number) => number = randomBelow): string {
  const list = nouns.split(/\s+/u).filter((noun) => noun !== "");
  const noun = (list[random(list.length)] ?? "").replaceAll("_", " ");
  return `${noun} ${random(99) + 1}`;
}

function randomBelow(limit: number): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit;
}
