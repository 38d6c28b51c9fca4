// Answers with a page in the language of whoever asks. Nothing else of a request changes what it gets.
import type { Context, Handler } from "hono";
import type { PageFacts } from "./facts.ts";
import type { Html } from "./fill.ts";
import { chooseLanguage, languages } from "./languages.ts";
import type { Language } from "./languages.ts";

/** Each page is put together once, before anybody asks. */
export function translated(page: (language: Language, facts: PageFacts) => Html, facts: PageFacts): Handler {
  const pages = new Map(languages.map((language) => [language, page(language, facts)]));
  return (context: Context) => {
    const language = chooseLanguage(context.req.header("Accept-Language"));
    context.header("Content-Language", language);
    context.header("Vary", "Accept-Language");
    return context.html(pages.get(language) ?? "");
  };
}
