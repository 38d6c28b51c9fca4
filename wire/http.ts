// The few HTTP routes of a relay that the extension knows.

export const routes = {
  health: "/healthz",
  ready: "/readyz",
  /** Landing page of invite links; the fragment with the secret never reaches it. */
  invite: "/sr",
  status: "/",
  about: "/.well-known/secret-rooms",
  socket: "/socket",
} as const;

/** What `/.well-known/secret-rooms` answers, as JSON. */
export interface RelayAbout {
  product: "secret-rooms";
  protocol: number;
  maxRoomLifeS: number;
  defaultRoomLifeS: number;
  maxMembers: number;
}

/** Checks what a relay claims about itself; `undefined` for anything that is not a relay of our protocol. */
export function decodeRelayAbout(value: unknown): RelayAbout | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const about = value as Record<string, unknown>;
  const number = (key: keyof RelayAbout, max: number): number | undefined => {
    const field = about[key];
    return typeof field === "number" && Number.isInteger(field) && field > 0 && field <= max ? field : undefined;
  };
  const protocol = number("protocol", 255);
  const maxRoomLifeS = number("maxRoomLifeS", 366 * 24 * 3600);
  const defaultRoomLifeS = number("defaultRoomLifeS", 366 * 24 * 3600);
  const maxMembers = number("maxMembers", 10_000);
  if (about["product"] !== "secret-rooms" || !protocol || !maxRoomLifeS || !defaultRoomLifeS || !maxMembers)
    return undefined;
  return { product: "secret-rooms", protocol, maxRoomLifeS, defaultRoomLifeS, maxMembers };
}
