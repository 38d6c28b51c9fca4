// The engine: all rooms of this browser, and the commands that views give. Knows no view and no browser.* API.
import { toHex } from "../codec/bytes.ts";
import { randomBytes } from "../core/crypto/random.ts";
import { CoreError } from "../core/errors.ts";
import { decodeLink } from "../core/room/link.ts";
import type { InviteLink } from "../core/room/link.ts";
import { MAX_NAME_CHARS, MAX_ROOM_NAME_CHARS, MAX_TEXT_CHARS } from "../bridge/contract.ts";
import type {
  EngineApi,
  EngineEvent,
  EngineHost,
  EngineSnapshot,
  LinkReport,
  Settings,
  Verification,
} from "../bridge/contract.ts";
import { EngineError } from "../bridge/fault.ts";
import { MAX_MEMBERS, MAX_ROOM_TTL_S, MIN_ROOM_TTL_S } from "../wire/limits.ts";
import type { EnginePorts } from "./ports.ts";
import { checkRelay } from "./relay/relay-check.ts";
import { newRoom } from "./session/room.ts";
import type { Room } from "./session/room.ts";
import { RoomSession } from "./session/room-session.ts";
import { verificationOf } from "./session/verification.ts";
import { snapshotKey, snapshotOf, TimelineView } from "./session/view.ts";
import { decodeSavedRooms, encodeSavedRooms } from "./vault.ts";
import type { SavedRoom } from "./vault.ts";
import type { GroupHost } from "./workers/group-contract.ts";

interface Entry {
  readonly session: RoomSession;
  readonly view: TimelineView;
  credential: Uint8Array | undefined;
  lastKey: string;
  lastOrder: string;
  isPublishing: boolean;
}

const emptySettings: Settings = {
  relay: "",
  displayName: "",
  theme: "system",
  sendsReceipts: true,
  sendsTyping: true,
};

type Options<N extends keyof EngineApi> = Parameters<EngineApi[N]>[0];

export class Engine implements EngineHost {
  readonly #ports: EnginePorts;
  readonly #host: GroupHost;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #settings: Settings = emptySettings;
  #saving: Promise<void> = Promise.resolve();

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#host = ports.openGroupHost();
  }

  /** Loads settings and re-enters the rooms of before a restart. */
  async start(): Promise<void> {
    const stored = await this.#ports.settings.load();
    this.#settings = { ...emptySettings, relay: this.#ports.defaultRelay, ...stored };
    for (const saved of decodeSavedRooms(await this.#ports.vault.load())) this.#restore(saved);
    this.#save();
  }

  snapshot(): EngineSnapshot {
    const rooms = [...this.#entries.values()].map(({ session, view }) => ({
      room: snapshotOf(session.room),
      timeline: view.build(session.room).items,
    }));
    return { settings: this.#settings, rooms };
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async createRoom(options: Options<"createRoom">): Promise<{ roomId: string; link: string }> {
    const relayOrigin = this.#settings.relay;
    if (relayOrigin === "") throw new EngineError("relay_missing");
    const name = checkedName(options.name, MAX_ROOM_NAME_CHARS);
    const displayName = checkedName(options.displayName, MAX_NAME_CHARS);
    const lifeS = checkedNumber(options.expiresInS, MIN_ROOM_TTL_S, MAX_ROOM_TTL_S);
    const maxMembers = checkedNumber(options.maxMembers, 2, MAX_MEMBERS);
    const password = options.password === "" ? undefined : options.password;
    const invite = { password, askFirst: options.askFirst ?? false, readOnly: false, maxUses: 0, lifeS };
    const entry = this.#open({ relayOrigin, displayName });
    const { session } = entry;
    await this.#enter(entry, () => session.create({ name, lifeS, maxMembers, invite }));
    const [own] = session.room.ownInvites;
    if (own) session.powers.remember(toHex(own.inviteId), password);
    return { roomId: session.room.id, link: own?.link ?? "" };
  }

  async inspectLink({ link }: Options<"inspectLink">): Promise<LinkReport> {
    const { relay, flags } = parseLink(link);
    return {
      relayOrigin: relay,
      hasPassword: flags.hasPassword,
      askFirst: flags.askFirst,
      isKnownRelay: relay === this.#settings.relay,
      roomId: this.#roomOf(link)?.id,
    };
  }

  async joinRoom(options: Options<"joinRoom">): Promise<{ roomId: string }> {
    const { relay, flags } = parseLink(options.link);
    const known = this.#roomOf(options.link);
    if (known) return { roomId: known.id };
    const password = options.password === "" ? undefined : options.password;
    if (flags.hasPassword && password === undefined) throw new EngineError("password_required");
    const displayName = checkedName(options.displayName, MAX_NAME_CHARS);
    const entry = this.#open({ relayOrigin: relay, displayName });
    const link = options.link.trim();
    // The same link is not opened twice at a time.
    entry.session.room.joinLink = { text: link, inviteId: "" };
    await this.#enter(entry, () => entry.session.join({ link, password }));
    return { roomId: entry.session.room.id };
  }

  async send({ roomId, text }: Options<"send">): Promise<{ messageId: string }> {
    if (text.trim() === "") throw new EngineError("malformed");
    if (text.length > MAX_TEXT_CHARS) throw new EngineError("text_too_long");
    return { messageId: this.#session(roomId).send(text) };
  }

  async retry({ roomId, messageId }: Options<"retry">): Promise<void> {
    this.#session(roomId).retry(messageId);
  }

  async markRead({ roomId }: Options<"markRead">): Promise<void> {
    this.#session(roomId).room.unread = 0;
    this.#publishSoon(this.#entry(roomId));
  }

  async leave({ roomId }: Options<"leave">): Promise<void> {
    await this.#session(roomId).leave();
  }

  async end({ roomId }: Options<"end">): Promise<void> {
    await this.#session(roomId).end();
  }

  async kick({ roomId, memberId, keepInvites = false }: Options<"kick">): Promise<void> {
    await this.#session(roomId).powers.kick(memberId, keepInvites);
  }

  addInvite({ roomId, ...invite }: Options<"addInvite">): ReturnType<EngineApi["addInvite"]> {
    return this.#session(roomId).powers.addInvite(invite);
  }

  async revokeInvite({ roomId, inviteId }: Options<"revokeInvite">): Promise<void> {
    await this.#session(roomId).powers.revokeInvite(inviteId);
  }

  rotateInvite({ roomId, inviteId }: Options<"rotateInvite">): ReturnType<EngineApi["rotateInvite"]> {
    return this.#session(roomId).powers.rotateInvite(inviteId);
  }

  async answerKnock({ roomId, knockId, isAdmitted }: Options<"answerKnock">): Promise<void> {
    await this.#session(roomId).answerKnock(knockId, isAdmitted);
  }

  async setLocked({ roomId, isLocked }: Options<"setLocked">): Promise<void> {
    await this.#session(roomId).powers.setLocked(isLocked);
  }

  async setMaxMembers({ roomId, maxMembers }: Options<"setMaxMembers">): Promise<void> {
    await this.#session(roomId).powers.setMaxMembers(maxMembers);
  }

  async handOver({ roomId, memberId }: Options<"handOver">): Promise<void> {
    await this.#session(roomId).powers.handOver(memberId);
  }

  async setDelegate({ roomId, memberId, isDelegate }: Options<"setDelegate">): Promise<void> {
    await this.#session(roomId).powers.setDelegate(memberId, isDelegate);
  }

  async setTyping({ roomId, isTyping }: Options<"setTyping">): Promise<void> {
    await this.#session(roomId).receipts.setTyping(isTyping);
  }

  async verification({ roomId }: Options<"verification">): Promise<Verification> {
    return verificationOf(this.#session(roomId).room);
  }

  async setVerified({ roomId, memberId, isVerified }: Options<"setVerified">): Promise<void> {
    const { room } = this.#session(roomId);
    if (!room.standing?.members.includes(memberId)) throw new EngineError("not_allowed");
    if (isVerified) room.verified.add(memberId);
    else room.verified.delete(memberId);
    this.#save();
    this.#publishSoon(this.#entry(roomId));
  }

  async compareEmoji({ roomId }: Options<"compareEmoji">): Promise<void> {
    await this.#session(roomId).compareEmoji();
  }

  async closeEmoji({ roomId }: Options<"closeEmoji">): Promise<void> {
    this.#session(roomId).emoji.dismiss();
  }

  async dismiss({ roomId }: Options<"dismiss">): Promise<void> {
    const { session } = this.#entry(roomId);
    if (session.room.phase !== "ended") throw new EngineError("not_allowed");
    this.#forget(roomId);
  }

  async reconnect({ roomId }: Options<"reconnect">): Promise<void> {
    this.#session(roomId).reconnectNow();
  }

  checkRelay({ origin }: Options<"checkRelay">): ReturnType<EngineApi["checkRelay"]> {
    return checkRelay(origin);
  }

  async saveSettings(settings: Settings): Promise<Settings> {
    const isNewRelay = settings.relay !== "" && settings.relay !== this.#settings.relay;
    const relay = isNewRelay ? (await checkRelay(settings.relay)).origin : settings.relay;
    const { theme, sendsReceipts, sendsTyping } = settings;
    this.#settings = { relay, displayName: settings.displayName.trim(), theme, sendsReceipts, sendsTyping };
    await this.#ports.settings.save(this.#settings);
    this.#emit({ kind: "settings", settings: this.#settings });
    return this.#settings;
  }

  /** Renews this member's keys in the room now; the room does so by itself from time to time. */
  async renewKeys(id: string): Promise<void> {
    await this.#session(id).renewKeys();
  }

  /** Hexadecimal id of the commit a room stands at; empty before it is entered. */
  commitIdOf(id: string): string {
    const { standing } = this.#session(id).room;
    return standing ? toHex(standing.cid) : "";
  }

  /** Ends all work without telling anybody: for tests and for the last moment of a page. */
  close(): void {
    for (const { session } of this.#entries.values()) session.abandon();
    this.#entries.clear();
    this.#listeners.clear();
    this.#host.close();
  }

  #open(options: { relayOrigin: string; displayName: string; id?: string }): Entry {
    const id = options.id ?? toHex(randomBytes(8));
    const settings = () => this.#settings;
    const room = newRoom({ id, ports: this.#ports, host: this.#host, settings, ...options });
    const session = new RoomSession(room, {
      changed: () => this.#publishSoon(entry),
      saved: () => void this.#saveRoom(entry),
    });
    const entry: Entry = {
      session,
      view: new TimelineView(),
      credential: undefined,
      lastKey: "",
      lastOrder: "",
      isPublishing: false,
    };
    this.#entries.set(id, entry);
    this.#publishSoon(entry);
    this.#ports.keepAlive(true);
    return entry;
  }

  async #enter(entry: Entry, enter: () => Promise<void>): Promise<void> {
    try {
      await enter();
      await this.#saveRoom(entry);
    } catch (error) {
      this.#forget(entry.session.room.id);
      throw error;
    }
  }

  #restore(saved: SavedRoom): void {
    const { id, relayOrigin, displayName } = saved;
    const entry = this.#open({ id, relayOrigin, displayName });
    const { room } = entry.session;
    const { clock } = this.#ports;
    room.run = saved.run + 1;
    room.resumeToken = saved.resumeToken;
    room.minEpoch = saved.epoch;
    room.joinLink = saved.joinLink;
    for (const memberId of saved.verified) room.verified.add(memberId);
    room.endsAtMs = clock.monotonicMs() + Math.max(0, saved.endsAtWallMs - clock.wallMs());
    entry.credential = saved.credential;
    entry.session.resume(saved.credential);
  }

  #forget(id: string): void {
    this.#entries.delete(id);
    this.#emit({ kind: "room-gone", id });
    this.#save();
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new EngineError("unknown_room");
    return entry;
  }

  #session(id: string): RoomSession {
    return this.#entry(id).session;
  }

  #roomOf(link: string): Room | undefined {
    const rooms = [...this.#entries.values()].map(({ session }) => session.room);
    const text = link.trim();
    const isOf = ({ joinLink, ownInvites }: Room): boolean =>
      joinLink?.text === text || ownInvites.some((invite) => invite.link === text);
    return rooms.find((room) => room.phase !== "ended" && isOf(room));
  }

  /** The credential changes with the room: its outer key, and the invites this member has made. */
  async #saveRoom(entry: Entry): Promise<void> {
    const { room } = entry.session;
    if (room.phase !== "ended" && room.standing) {
      entry.credential = await this.#host.credential(room.id).catch(() => entry.credential);
    }
    this.#save();
  }

  #save(): void {
    const { clock } = this.#ports;
    const saved: SavedRoom[] = [];
    for (const { session, credential } of this.#entries.values()) {
      const { room } = session;
      if (room.phase === "ended" || !room.resumeToken || !credential) continue;
      saved.push({
        id: room.id,
        relayOrigin: room.relayOrigin,
        resumeToken: room.resumeToken,
        credential,
        run: room.run,
        displayName: room.displayName,
        endsAtWallMs: Math.round(clock.wallMs() + room.endsAtMs - clock.monotonicMs()),
        epoch: room.standing?.epoch ?? room.minEpoch,
        joinLink: room.joinLink,
        verified: [...room.verified],
      });
    }
    const isAnyOpen = [...this.#entries.values()].some(({ session }) => session.room.phase !== "ended");
    this.#ports.keepAlive(isAnyOpen);
    const text = encodeSavedRooms(saved);
    // One after the other, so that the last word is the last written.
    this.#saving = this.#saving.then(() => this.#ports.vault.save(text)).catch(() => undefined);
  }

  /** Views are told once per turn, however much has changed in it. */
  #publishSoon(entry: Entry): void {
    if (entry.isPublishing) return;
    entry.isPublishing = true;
    this.#ports.clock.setTimer(0, () => {
      entry.isPublishing = false;
      if (this.#entries.get(entry.session.room.id) === entry) this.#publish(entry);
    });
  }

  #publish(entry: Entry): void {
    const { room } = entry.session;
    const snapshot = snapshotOf(room);
    const key = snapshotKey(snapshot);
    if (key !== entry.lastKey) {
      entry.lastKey = key;
      this.#emit({ kind: "room", room: snapshot });
    }
    const { items, changed } = entry.view.build(room);
    const order = items.map(({ id }) => id);
    const orderKey = order.join();
    if (changed.length === 0 && orderKey === entry.lastOrder) return;
    entry.lastOrder = orderKey;
    this.#emit({ kind: "timeline", id: room.id, items: changed, order });
  }

  #emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

export async function createEngine(ports: EnginePorts): Promise<Engine> {
  const engine = new Engine(ports);
  await engine.start();
  return engine;
}

function parseLink(link: string): InviteLink {
  try {
    return decodeLink(link);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    const code = cause.code === "unsupported_version" ? "link_unsupported_version" : "link_malformed";
    throw new EngineError(code, { cause });
  }
}

function checkedName(name: string, maxChars: number): string {
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > maxChars) throw new EngineError("name_invalid");
  return trimmed;
}

function checkedNumber(value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) throw new EngineError("malformed");
  return value;
}
