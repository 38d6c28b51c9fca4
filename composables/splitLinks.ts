// Finds web addresses in text. Only those with a scheme: guessed ones are what phishing lives on. Pure.

export type TextPart = { readonly kind: "text"; readonly text: string } | Link;

interface Link {
  readonly kind: "link";
  readonly text: string;
  readonly href: string;
}

const address = /https?:\/\/[^\s<>"']+/giu;
const trailing = /[.,;:!?)\]}'"»”…]+$/u;

export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    const link = linkOf(match[0]);
    if (link === undefined) continue;
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    parts.push(link.part);
    from = match.index + link.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

function linkOf(found: string): { part: Link; length: number } | undefined {
  const hasOpening = /[([{]/u.test(found);
  const typed = hasOpening ? found.replace(/[.,;:!?'"»”…]+$/u, "") : found.replace(trailing, "");
  const url = URL.parse(typed);
  if (url === null || url.username !== "" || url.hostname === "") return undefined;
  // Letters of other scripts can imitate a known host: such an address is shown as the browser resolves it.
  const isPlain = /^[\x20-\x7e]*$/u.test(typed);
  return { part: { kind: "link", text: isPlain ? typed : url.href, href: url.href }, length: typed.length };
}
