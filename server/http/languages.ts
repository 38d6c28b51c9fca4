// The languages of the relay's pages, and which of them a browser gets.
import { ar } from "./locales/ar.ts";
import { de } from "./locales/de.ts";
import { en } from "./locales/en.ts";
import { es } from "./locales/es.ts";
import { fr } from "./locales/fr.ts";
import { ja } from "./locales/ja.ts";
import type { PageTexts } from "./locales/page-texts.ts";
import { ptBR } from "./locales/pt-br.ts";
import { ru } from "./locales/ru.ts";
import { zhCN } from "./locales/zh-cn.ts";

/** By BCP 47 tag. There is one for each first part of a tag, which is all that is compared. */
export const catalogue = { en, de, fr, es, "pt-BR": ptBR, ru, ja, "zh-CN": zhCN, ar } as const satisfies Readonly<
  Record<string, PageTexts>
>;

export type Language = keyof typeof catalogue;

export const languages = Object.keys(catalogue) as readonly Language[];

const FALLBACK: Language = "en";
/** Browsers send a tenth of this. Whoever sends more gets English rather than our time. */
const MAX_HEADER_CHARS = 1_000;
/** One item of RFC 9110, 12.5.4: a tag, and how much it is wanted, from 0 to 1. */
const ITEM = /^([a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The language that is wanted most and that we have; English if there is none. An item that is not well formed counts for
 * nothing, like one that is not wanted (q=0).
 *
 * @param header `Accept-Language` as it came
 */
export function chooseLanguage(header: string | undefined): Language {
  if (header === undefined || header.length > MAX_HEADER_CHARS) return FALLBACK;
  let chosen: Language = FALLBACK;
  let most = 0;
  for (const item of header.split(",")) {
    const [, first = "", wanted = "1"] = ITEM.exec(item.trim()) ?? [];
    const language = languages.find((tag) => tag.split("-")[0] === first.toLowerCase());
    if (language === undefined || Number(wanted) <= most) continue;
    chosen = language;
    most = Number(wanted);
  }
  return chosen;
}
