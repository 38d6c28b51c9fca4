// Puts pieces of a page into a text of a catalogue. Texts stay plain, whatever is put in comes with its own markup.
import { html } from "hono/html";

/** Markup in which everything that was put in has been escaped. */
export type Html = ReturnType<typeof html>;

/** @param text with a name in braces where a piece belongs; a name without a piece stays as it is */
export function fill(text: string, pieces: Readonly<Record<string, Html>>): Html {
  return html`${text.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? part : (pieces[part] ?? `{${part}}`)))}`;
}
