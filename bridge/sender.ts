// Proves who sent a runtime message or opened a runtime port, from fields that the browser stamps. Nothing the sender says
// about itself counts, and a proof that is missing is no proof.

/** The part of the browser's sender object that proofs rest on. */
export interface Sender {
  readonly id?: string | undefined;
  readonly origin?: string | undefined;
  readonly url?: string | undefined;
  readonly frameId?: number | undefined;
  readonly tab?: { readonly id?: number | undefined; readonly url?: string | undefined } | undefined;
}

export interface OwnExtension {
  readonly id: string;
  /** Address of the extension's root, with the slash at its end. */
  readonly baseUrl: string;
  /** Chrome stamps `sender.origin`; Firefox does not, and there the address alone proves. */
  readonly stampsOrigin: boolean;
}

/** True for a page of this extension: tab, panel, sidebar or offscreen document. */
export function isOwnPage(sender: Sender | undefined, own: OwnExtension): boolean {
  if (sender === undefined || !isOfExtension(sender, own)) return false;
  if (!isOwnAddress(sender.url, own)) return false;
  // A page of ours inside a tab that shows something else is framed: by whom, we do not know.
  return sender.tab?.url === undefined || isOwnAddress(sender.tab.url, own);
}

/** True for exactly one page of this extension, e.g. `offscreen.html`. */
export function isOwnPageNamed(name: string, sender: Sender | undefined, own: OwnExtension): boolean {
  return isOwnPage(sender, own) && sender?.url === own.baseUrl + name;
}

export interface ContentScript {
  readonly tabId: number;
  /** Origin of the page the script runs in. */
  readonly origin: string;
}

/** A content script of this extension in the top frame of a web page; it shares that page's fate and is believed little. */
export function contentScriptOf(sender: Sender | undefined, own: OwnExtension): ContentScript | undefined {
  if (sender?.id !== own.id || sender.frameId !== 0 || sender.tab?.id === undefined) return undefined;
  if (sender.url === undefined || !URL.canParse(sender.url)) return undefined;
  const { origin, protocol } = new URL(sender.url);
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  if (own.stampsOrigin && sender.origin !== origin) return undefined;
  return { tabId: sender.tab.id, origin };
}

function isOfExtension(sender: Sender, own: OwnExtension): boolean {
  if (own.id === "" || sender.id !== own.id) return false;
  if (sender.origin === undefined) return !own.stampsOrigin;
  return `${sender.origin}/` === own.baseUrl;
}

function isOwnAddress(url: string | undefined, own: OwnExtension): boolean {
  return url !== undefined && url.startsWith(own.baseUrl);
}
