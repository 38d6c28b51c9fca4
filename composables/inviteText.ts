// Invite links as people see and paste them. Pure: whether a link is sound is the engine's to say.

/** Long enough to be a whole link, so that it can be opened without asking. */
export function looksComplete(text: string): boolean {
  return /^https?:\/\/\S+\/sr#\S{20,}$/u.test(text.trim());
}

/** The link inside pasted text, so that a whole invitation can be pasted. */
export function findLink(text: string): string {
  return /https?:\/\/\S+\/sr#\S+/u.exec(text)?.[0] ?? text.trim();
}

/** Where it leads, with the secret part hidden. */
export function maskLink(link: string): string {
  const [address = ""] = link.replace(/^https?:\/\//u, "").split("#");
  return `${address}#••••••••`;
}
