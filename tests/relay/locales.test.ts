// The catalogues of the relay's pages: nothing left out, left in English or left over. Their types see to the rest.
import { expect, test } from "vitest";
import { catalogue, languages } from "../../server/http/languages.ts";

/** Every text with the place where it stands. */
function texts(value: unknown, place = ""): [place: string, text: string][] {
  if (typeof value === "string") return [[place, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${place}.${key}`));
}

function names(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted();
}

const english = new Map(texts(catalogue.en));
const sameInEnglish = ["de.fact.version", "fr.fact.version"];

test("there are the nine languages, each by a tag that Intl knows", () => {
  expect(languages.toSorted()).toEqual(["ar", "de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"]);
  expect(Intl.NumberFormat.supportedLocalesOf([...languages])).toEqual(languages);
  expect(languages.filter((language) => catalogue[language].dir === "rtl")).toEqual(["ar"]);
});

test.each(languages)("%s has every text, with the places the page fills, and no markup", (language) => {
  const own = texts(catalogue[language]);
  expect(own.map(([place]) => place)).toEqual([...english.keys()]);
  for (const [place, text] of own) {
    expect([place, names(text)]).toEqual([place, names(english.get(place) ?? "")]);
    expect([place, text]).toEqual([place, text.trim()]);
    // Straight quotes and dots in a row are for typewriters.
    expect([place, text]).toEqual([place, expect.not.stringMatching(/^$|[<>&"'\n]|\.\.\.| {2}/)]);
  }
});

test.each(languages.filter((language) => language !== "en"))("%s leaves nothing in English", (language) => {
  const left = texts(catalogue[language]).filter(([place, text]) => text === english.get(place));
  const places = left.map(([place]) => `${language}${place}`).filter((place) => !place.endsWith(".dir"));
  expect(places.filter((place) => !sameInEnglish.includes(place))).toEqual([]);
});
