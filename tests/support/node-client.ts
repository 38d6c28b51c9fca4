// The extension's own engine on Node: what scenario, fault and load tests drive. Nothing of the protocol is written again
// here; only the ports differ. Plain Node 24 can import this file.
import type {
  EngineEvent,
  InviteOptions,
  InviteSnapshot,
  KnockSnapshot,
  RoomSnapshot,
  Settings,
  TimelineItem,
  Verification,
} from "../../bridge/contract.ts";
import { createEngine } from "../../engine/engine.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Clock, EnginePorts, RelaySocket } from "../../engine/ports.ts";
import { GroupRooms } from "../../engine/workers/group-host.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import { openRelaySocket } from "../../engine/relay/relay-socket.ts";
import { createClock } from "../../platform/clock.ts";

export interface ClientOptions {
  /** Origin of the relay, e.g. `http://127.0.0.1:8787`. */
  readonly relay: string;
  /** Where its connections go instead, whatever relay a link names. */
  readonly door?: string;
  /** Session memory of an earlier client, as {@link Client.vault} gave it: the engine re-enters its rooms. */
  readonly vault?: string;
  /** Lets a test stand between the engine and its keys. */
  readonly groupHost?: (host: GroupHost) => GroupHost;
  /** Lets a test stand between the engine and the relay. */
  readonly socket?: (socket: RelaySocket) => RelaySocket;
  readonly clock?: Clock;
  readonly settings?: Partial<Settings>;
}

export interface CreateOptions {
  readonly name?: string;
  readonly displayName?: string;
  readonly expiresInS?: number;
  readonly password?: string;
  readonly askFirst?: boolean;
  readonly maxMembers?: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly isOwner: boolean;
}

export interface Message {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** `gap` marks messages of `from` that did not arrive; its text is their number. */
  readonly state: "queued" | "sent" | "delivered" | "received" | "failed" | "gap";
}

export class ClientRoom {
  readonly id: string;
  readonly link: string;
  readonly #engine: Engine;

  constructor(engine: Engine, id: string, link: string) {
    this.#engine = engine;
    this.id = id;
    this.link = link;
  }

  async send(text: string): Promise<string> {
    return (await this.#engine.send({ roomId: this.id, text })).messageId;
  }

  leave(): Promise<void> {
    return this.#engine.leave({ roomId: this.id });
  }

  end(): Promise<void> {
    return this.#engine.end({ roomId: this.id });
  }

  kick(memberId: string, options: { keepInvites?: boolean } = {}): Promise<void> {
    return this.#engine.kick({ roomId: this.id, memberId, ...options });
  }

  /** Open and for an hour, unless `options` say otherwise. */
  addInvite(options: Partial<InviteOptions> = {}): Promise<{ inviteId: string; link: string }> {
    const usual = { askFirst: false, readOnly: false, maxUses: 0, expiresInS: 3600 };
    return this.#engine.addInvite({ roomId: this.id, ...usual, ...options });
  }

  revokeInvite(inviteId: string): Promise<void> {
    return this.#engine.revokeInvite({ roomId: this.id, inviteId });
  }

  rotateInvite(inviteId: string): Promise<{ inviteId: string; link: string }> {
    return this.#engine.rotateInvite({ roomId: this.id, inviteId });
  }

  answerKnock(knockId: string, isAdmitted: boolean): Promise<void> {
    return this.#engine.answerKnock({ roomId: this.id, knockId, isAdmitted });
  }

  setLocked(isLocked: boolean): Promise<void> {
    return this.#engine.setLocked({ roomId: this.id, isLocked });
  }

  setMaxMembers(maxMembers: number): Promise<void> {
    return this.#engine.setMaxMembers({ roomId: this.id, maxMembers });
  }

  handOver(memberId: string): Promise<void> {
    return this.#engine.handOver({ roomId: this.id, memberId });
  }

  setDelegate(memberId: string, isDelegate = true): Promise<void> {
    return this.#engine.setDelegate({ roomId: this.id, memberId, isDelegate });
  }

  setTyping(isTyping: boolean): Promise<void> {
    return this.#engine.setTyping({ roomId: this.id, isTyping });
  }

  verification(): Promise<Verification> {
    return this.#engine.verification({ roomId: this.id });
  }

  setVerified(memberId: string, isVerified = true): Promise<void> {
    return this.#engine.setVerified({ roomId: this.id, memberId, isVerified });
  }

  compareEmoji(): Promise<void> {
    return this.#engine.compareEmoji({ roomId: this.id });
  }

  closeEmoji(): Promise<void> {
    return this.#engine.closeEmoji({ roomId: this.id });
  }

  renewKeys(): Promise<void> {
    return this.#engine.renewKeys(this.id);
  }

  snapshot(): RoomSnapshot {
    return this.#view().room;
  }

  timeline(): readonly TimelineItem[] {
    return this.#view().timeline;
  }

  invites(): readonly InviteSnapshot[] {
    return this.snapshot().invites;
  }

  knocks(): readonly KnockSnapshot[] {
    return this.snapshot().knocks;
  }

  members(): Member[] {
    return this.snapshot().members.map(({ id, name, isOwner }) => ({ id, name, isOwner }));
  }

  /** In screen order. */
  messages(): Message[] {
    return this.timeline().flatMap((item): Message[] => {
      if (item.kind === "message") return [{ id: item.id, from: item.from, text: item.text, state: item.state }];
      return item.kind === "gap" ? [{ id: item.id, from: item.from, text: String(item.count), state: "gap" }] : [];
    });
  }

  state(): { memberId: string; epoch: string; cid: string; phase: RoomSnapshot["phase"]; end: RoomSnapshot["end"] } {
    const { selfId: memberId, epoch, phase, end } = this.snapshot();
    return { memberId, epoch, cid: this.#engine.commitIdOf(this.id), phase, end };
  }

  onEvent(callback: (event: EngineEvent) => void): () => void {
    return this.#engine.subscribe((event) => {
      const id = event.kind === "room" ? event.room.id : event.kind === "settings" ? undefined : event.id;
      if (id === this.id) callback(event);
    });
  }

  /** Resolves once `condition` holds; rejects after `timeoutMs`, saying what was waited for. */
  until(condition: (room: this) => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!condition(this)) return;
        finish();
        resolve();
      };
      const stop = this.onEvent(check);
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`timed out waiting until ${what}; ${JSON.stringify(this.state())}`));
      }, timeoutMs);
      const finish = (): void => {
        stop();
        clearTimeout(timer);
      };
      check();
    });
  }

  #view() {
    const found = this.#engine.snapshot().rooms.find(({ room }) => room.id === this.id);
    if (!found) throw new Error("the engine has forgotten this room");
    return found;
  }
}

export interface Client {
  readonly engine: Engine;
  createRoom(options?: CreateOptions): Promise<ClientRoom>;
  join(link: string, options?: { name?: string; password?: string }): Promise<ClientRoom>;
  /** Rooms of before a restart. */
  rooms(): ClientRoom[];
  /** What storage.session holds now. */
  vault(): string;
  close(): Promise<void>;
}

const usualSettings: Settings = {
  relay: "",
  displayName: "",
  theme: "system",
  sendsReceipts: true,
  sendsTyping: true,
};

export async function openClient(options: ClientOptions): Promise<Client> {
  const { relay, door, vault = "[]", groupHost, socket, clock = createClock(), settings } = options;
  const memory = { vault };
  const ports: EnginePorts = {
    clock,
    vault: {
      load: async () => memory.vault,
      save: async (text) => {
        memory.vault = text;
      },
    },
    settings: {
      load: async () => settings && { ...usualSettings, relay, ...settings },
      save: async () => undefined,
    },
    defaultRelay: relay,
    keepAlive: () => undefined,
    openGroupHost: () => {
      const host = new GroupRooms();
      return groupHost ? groupHost(host) : host;
    },
    openRelaySocket: (origin) => {
      const opened = openRelaySocket(door ?? origin);
      return socket ? socket(opened) : opened;
    },
    jitter: () => Math.random(),
  };
  const engine = await createEngine(ports);
  const known = (id: string, link = "") => new ClientRoom(engine, id, link);
  return {
    engine,
    createRoom: async (wanted = {}) => {
      const usual = { name: "Lantern 42", displayName: "Owner", expiresInS: 3600, maxMembers: 50 };
      const { roomId, link } = await engine.createRoom({ ...usual, ...wanted });
      return known(roomId, link);
    },
    join: async (link, { name: displayName = "Guest", ...password } = {}) => {
      const { roomId } = await engine.joinRoom({ link, displayName, ...password });
      return known(roomId, link);
    },
    rooms: () => engine.snapshot().rooms.map(({ room }) => known(room.id, room.link)),
    vault: () => memory.vault,
    close: async () => engine.close(),
  };
}
