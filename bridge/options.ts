// What each command may be given. Both ends decode: the client so that mistakes (and framework proxies) stop before they
// are sent, the host because what arrives proves nothing.
import {
  MAX_LINK_CHARS,
  MAX_NAME_CHARS,
  MAX_ORIGIN_CHARS,
  MAX_PASSWORD_CHARS,
  MAX_ROOM_NAME_CHARS,
  MAX_TEXT_CHARS,
} from "./contract.ts";
import type { CommandName, EngineApi, Settings } from "./contract.ts";
import { fail, flag, integer, object, oneOf, optional, text } from "./decode.ts";
import type { Decoder } from "./decode.ts";

export type CommandOptions<K extends CommandName> = Parameters<EngineApi[K]>[0];

const MAX_ID_CHARS = 64;

/** The longest life that a room could ever have; the relay's own limit is lower. */
const MAX_ROOM_LIFE_S = 366 * 24 * 3_600;

const MAX_MEMBERS_BOUND = 100_000;

/** What an invite can count to; zero means that it does not count. */
const MAX_INVITE_USES = 65_535;

const id: Decoder<string> = (value) => {
  const decoded = text(MAX_ID_CHARS)(value);
  return decoded === "" ? fail() : decoded;
};
const roomOnly = object<{ roomId: string }>({ roomId: id });
const memberOnly = object<{ roomId: string; memberId: string }>({ roomId: id, memberId: id });
const inviteOnly = object<{ roomId: string; inviteId: string }>({ roomId: id, inviteId: id });
const displayName = text(MAX_NAME_CHARS, "name_invalid");
const password = optional(text(MAX_PASSWORD_CHARS));
const link = text(MAX_LINK_CHARS, "link_malformed");
const origin = text(MAX_ORIGIN_CHARS, "relay_malformed");

const optionDecoders: { readonly [K in CommandName]: Decoder<CommandOptions<K>> } = {
  createRoom: object<CommandOptions<"createRoom">>({
    name: text(MAX_ROOM_NAME_CHARS, "name_invalid"),
    displayName,
    expiresInS: integer(1, MAX_ROOM_LIFE_S),
    password,
    askFirst: optional(flag),
    maxMembers: integer(1, MAX_MEMBERS_BOUND),
  }),
  inspectLink: object<CommandOptions<"inspectLink">>({ link }),
  joinRoom: object<CommandOptions<"joinRoom">>({ link, displayName, password }),
  send: object<CommandOptions<"send">>({ roomId: id, text: text(MAX_TEXT_CHARS, "text_too_long") }),
  retry: object<CommandOptions<"retry">>({ roomId: id, messageId: id }),
  markRead: roomOnly,
  leave: roomOnly,
  end: roomOnly,
  kick: object<CommandOptions<"kick">>({ roomId: id, memberId: id, keepInvites: optional(flag) }),
  addInvite: object<CommandOptions<"addInvite">>({
    roomId: id,
    password,
    askFirst: flag,
    readOnly: flag,
    maxUses: integer(0, MAX_INVITE_USES),
    expiresInS: integer(1, MAX_ROOM_LIFE_S),
  }),
  revokeInvite: inviteOnly,
  rotateInvite: inviteOnly,
  answerKnock: object<CommandOptions<"answerKnock">>({ roomId: id, knockId: id, isAdmitted: flag }),
  setLocked: object<CommandOptions<"setLocked">>({ roomId: id, isLocked: flag }),
  setMaxMembers: object<CommandOptions<"setMaxMembers">>({ roomId: id, maxMembers: integer(1, MAX_MEMBERS_BOUND) }),
  handOver: memberOnly,
  setDelegate: object<CommandOptions<"setDelegate">>({ roomId: id, memberId: id, isDelegate: flag }),
  setTyping: object<CommandOptions<"setTyping">>({ roomId: id, isTyping: flag }),
  verification: roomOnly,
  setVerified: object<CommandOptions<"setVerified">>({ roomId: id, memberId: id, isVerified: flag }),
  compareEmoji: roomOnly,
  closeEmoji: roomOnly,
  dismiss: roomOnly,
  reconnect: roomOnly,
  checkRelay: object<CommandOptions<"checkRelay">>({ origin }),
  saveSettings: object<Settings>({
    relay: origin,
    displayName,
    theme: oneOf("system", "light", "dark"),
    sendsReceipts: flag,
    sendsTyping: flag,
  }),
};

export function decodeOptions<K extends CommandName>(name: K, options: unknown): CommandOptions<K> {
  return optionDecoders[name](options);
}
