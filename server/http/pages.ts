// The two pages of a relay, for people without the extension. Static text: no script, no third party, the same for every
// request in a language, so that they tell nobody anything about a room.
import { html } from "hono/html";
import { limitsList, operatorList } from "./facts.ts";
import type { PageFacts } from "./facts.ts";
import { fill } from "./fill.ts";
import type { Html } from "./fill.ts";
import { catalogue } from "./languages.ts";
import type { Language } from "./languages.ts";

/** As the extension calls them, which speaks English so far. */
const labels = { join: "Join", inviteLink: "Invite link" };

interface PageParts {
  readonly title: string;
  readonly main: Html;
  readonly footer?: Html;
}

function page(language: Language, { title, main, footer }: PageParts): Html {
  return html`<!doctype html>
    <html lang="${language}" dir="${catalogue[language].dir}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <meta property="og:site_name" content="Secret Rooms" />
        <meta property="og:title" content="${title}" />
        <title>${title}</title>
        <link rel="icon" href="/sr.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/sr.css" />
      </head>
      <body>
        <header><img src="/sr.svg" alt="" width="32" height="32" /><span>Secret Rooms</span></header>
        <main>${main}</main>
        ${footer === undefined ? "" : html`<footer>${footer}</footer> `}
      </body>
    </html> `;
}

function label(text: string): Html {
  return html`<strong lang="en" dir="ltr">${text}</strong>`;
}

function bullets(items: readonly string[]): Html {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li> `)}
  </ul>`;
}

/** Where an invite link leads when no extension catches it. */
export function landingPage(language: Language, facts: PageFacts): Html {
  const texts = catalogue[language].landing;
  const main = html`<h1>${texts.heading}</h1>
    <p class="lead">${texts.lead}</p>
    <h2>${texts.haveIt}</h2>
    <ol>
      <li>${texts.click}</li>
      <li>${fill(texts.join, { join: label(labels.join) })}</li>
    </ol>
    <p>${fill(texts.paste, { inviteLink: label(labels.inviteLink) })}</p>
    <h2>${texts.needIt}</h2>
    <p>${texts.install}</p>
    <p>${texts.phone}</p>
    <h2>${texts.relayHeading}</h2>
    <p>${texts.relay}</p>
    <h2>${texts.nothingHeading}</h2>
    <p>${fill(texts.nothing, { hash: html`<code dir="ltr">#</code>` })}</p>
    <p class="note">${texts.history}</p>`;
  return page(language, { title: texts.title, main, footer: operatorList(language, facts) });
}

/** What somebody sees who opens the relay's address. */
export function statusPage(language: Language, facts: PageFacts): Html {
  const texts = catalogue[language].status;
  const main = html`<h1>${texts.heading}</h1>
    <p class="lead">${texts.lead}</p>
    <h2>${texts.seesHeading}</h2>
    ${bullets(texts.sees)}
    <h2>${texts.hiddenHeading}</h2>
    ${bullets(texts.hidden)}
    <h2>${texts.limitsHeading}</h2>
    ${limitsList(language, facts)}
    <h2>${texts.aboutHeading}</h2>
    ${operatorList(language, facts)}`;
  return page(language, { title: texts.title, main });
}
