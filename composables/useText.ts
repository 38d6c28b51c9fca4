// Plurals and units on top of the catalogue: all categories of a language, not only one and many.
import { i18n } from "#i18n";
import type { GeneratedI18nStructure } from "#i18n";

type KeyOf<T> = T extends `${infer Key}.other` ? Key : never;
type PluralKey = KeyOf<keyof GeneratedI18nStructure>;

const untyped = i18n.t as (key: string, values: Record<string, string | number>) => string;

/** The language of the catalogue, in the reader's region: times and dates differ between them. */
export function locale(): string {
  const language = i18n.t("meta.locale").replace("_", "-");
  return navigator.languages.find((each) => each === language || each.startsWith(`${language}-`)) ?? language;
}

/** The text for `n` things, e.g. "3 people". */
export function plural(key: PluralKey, n: number, values: Record<string, string> = {}): string {
  const category = new Intl.PluralRules(locale()).select(n);
  return untyped(`${key}.${category}`, { ...values, n: new Intl.NumberFormat(locale()).format(n) });
}
