// What survives a restart of the engine, as text for storage.session: per room its address, the seat's token and the
// member's credential. Never MLS state, never a message. What is read back is decoded as if a stranger had written it.
import { fromBase64Url, toBase64Url } from "../codec/bytes.ts";

export interface SavedRoom {
  readonly id: string;
  readonly relayOrigin: string;
  readonly resumeToken: Uint8Array;
  readonly credential: Uint8Array;
  readonly run: number;
  readonly displayName: string;
  readonly endsAtWallMs: number;
  readonly epoch: number;
}

export function encodeSavedRooms(rooms: readonly SavedRoom[]): string {
  return JSON.stringify(
    rooms.map(({ resumeToken, credential, ...rest }) => ({
      ...rest,
      resumeToken: toBase64Url(resumeToken),
      credential: toBase64Url(credential),
    })),
  );
}

function decodeSavedRoom(value: unknown): SavedRoom | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entry = value as Record<string, unknown>;
  const { id, relayOrigin, displayName, run, endsAtWallMs, epoch } = entry;
  if (typeof id !== "string" || typeof relayOrigin !== "string" || typeof displayName !== "string") return undefined;
  if (typeof run !== "number" || typeof endsAtWallMs !== "number" || typeof epoch !== "number") return undefined;
  const resumeToken = fromBase64Url(String(entry["resumeToken"]));
  const credential = fromBase64Url(String(entry["credential"]));
  if (!resumeToken || !credential) return undefined;
  return { id, relayOrigin, displayName, run, endsAtWallMs, epoch, resumeToken, credential };
}

/** Entries that do not decode are left out. */
export function decodeSavedRooms(text: string | undefined): SavedRoom[] {
  try {
    const all: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(all) ? all.flatMap((entry) => decodeSavedRoom(entry) ?? []) : [];
  } catch {
    return [];
  }
}
