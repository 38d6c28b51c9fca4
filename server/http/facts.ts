// What an operator has set and people may know, in the words and numbers of a language.
import { html } from "hono/html";
import type { Html } from "./fill.ts";
import { catalogue } from "./languages.ts";
import type { Language } from "./languages.ts";

export interface PageFacts {
  readonly maxRoomLifeS: number;
  readonly maxMembers: number;
  readonly version: string;
  /** Who runs the relay. */
  readonly operator?: string | undefined;
  /** An e-mail address or an https address. */
  readonly abuseContact?: string | undefined;
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** All of it, like "1 day, 12 hours": a limit that is rounded is another limit. */
export function formatDuration(language: Language, seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    const format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
    if (count > 0) parts.push(format.format(count));
  }
  return new Intl.ListFormat(language, { type: "unit" }).format(parts);
}

/** An address that is neither is shown and leads nowhere. */
function contactLink(contact: string): Html {
  const url = URL.canParse(contact) ? new URL(contact) : undefined;
  if (url?.protocol === "https:") return html`<a href="${url.href}" rel="noreferrer" dir="ltr">${contact}</a>`;
  const [name = "", host, ...more] = contact.split("@");
  if (host === undefined || more.length > 0) return html`<bdi>${contact}</bdi>`;
  const address = `${encodeURIComponent(name)}@${encodeURIComponent(host)}`;
  return html`<a href="mailto:${address}" dir="ltr">${contact}</a>`;
}

function list(rows: readonly (readonly [name: string, value: Html])[]): Html {
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`;
}

export function limitsList(language: Language, { maxRoomLifeS, maxMembers }: PageFacts): Html {
  const { fact } = catalogue[language];
  return list([
    [fact.longestLife, html`${formatDuration(language, maxRoomLifeS)}`],
    [fact.mostPeople, html`${new Intl.NumberFormat(language).format(maxMembers)}`],
  ]);
}

/** Whoever has set no name and no contact is not spoken of. */
export function operatorList(language: Language, { operator, abuseContact, version }: PageFacts): Html {
  const { fact } = catalogue[language];
  return list([
    ...(operator === undefined ? [] : [[fact.operator, html`<bdi>${operator}</bdi>`] as const]),
    ...(abuseContact === undefined ? [] : [[fact.abuse, contactLink(abuseContact)] as const]),
    [fact.version, html`<span dir="ltr">${version}</span>`],
  ]);
}
