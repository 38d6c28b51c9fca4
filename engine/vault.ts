// What survives a restart of the engine, as text for storage.session: per room its address, the seat's token, the member's
// credential, the link that brought it in and whom this person has verified. Never MLS state, never a message. What is read
// back is decoded as if a stranger had written it.
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
  readonly joinLink: { readonly text: string; readonly inviteId: string } | undefined;
  /** Member ids. */
  readonly verified: readonly string[];
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

const MEMBER_ID = /^[0-9a-f]{32}$/;
const TOKEN_BYTES = 32;

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isOrigin(value: unknown): value is string {
  return typeof value === "string" && URL.canParse(value) && new URL(value).origin === value;
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === "string" && MEMBER_ID.test(id));
}

function isJoinLink(value: unknown): value is { text: string; inviteId: string } {
  return (
    isObject(value) &&
    typeof value["text"] === "string" &&
    typeof value["inviteId"] === "string" &&
    MEMBER_ID.test(value["inviteId"])
  );
}

function decodeSavedRoom(value: unknown): SavedRoom | undefined {
  if (!isObject(value)) return undefined;
  const { id, relayOrigin, displayName, run, endsAtWallMs, epoch, joinLink, verified } = value;
  if (typeof id !== "string" || id === "" || !isOrigin(relayOrigin) || typeof displayName !== "string")
    return undefined;
  if (!isCount(run) || !isCount(endsAtWallMs) || !isCount(epoch) || !isIds(verified)) return undefined;
  if (joinLink !== undefined && !isJoinLink(joinLink)) return undefined;
  const resumeToken = fromBase64Url(String(value["resumeToken"]));
  const credential = fromBase64Url(String(value["credential"]));
  if (resumeToken?.length !== TOKEN_BYTES || !credential) return undefined;
  return { id, relayOrigin, displayName, run, endsAtWallMs, epoch, joinLink, verified, resumeToken, credential };
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
