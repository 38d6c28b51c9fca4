// Which rooms and invites exist. Two maps with two kinds of keys: an invite id that equals a room handle finds no room.
import type { InviteRecord } from "../../wire/events.ts";
import type { InviteKey, RoomKey } from "./keys.ts";
import { inviteKey, roomKey } from "./keys.ts";
import type { Invite } from "./invite.ts";
import type { Room } from "./room.ts";

export class RoomRegistry {
  readonly #rooms = new Map<RoomKey, Room>();
  readonly #invites = new Map<InviteKey, Invite>();

  get roomCount(): number {
    return this.#rooms.size;
  }

  get inviteCount(): number {
    return this.#invites.size;
  }

  rooms(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  find(handle: Uint8Array): Room | undefined {
    return this.#rooms.get(roomKey(handle));
  }

  roomOf(invite: Invite): Room | undefined {
    return this.#rooms.get(invite.room);
  }

  holds(room: Room): boolean {
    return this.#rooms.get(room.key) === room;
  }

  /** Whether none of these invites is there, and all differ. */
  areNew(invites: readonly InviteRecord[]): boolean {
    const keys = new Set(invites.map(({ inviteId }) => inviteKey(inviteId)));
    return keys.size === invites.length && ![...keys].some((key) => this.#invites.has(key));
  }

  add(room: Room): void {
    this.#rooms.set(room.key, room);
  }

  /** Forgets the room and all its invites. */
  remove(room: Room): void {
    this.#rooms.delete(room.key);
    for (const invite of room.invites.values()) this.#invites.delete(invite.key);
  }

  addInvite(invite: Invite): void {
    this.#invites.set(invite.key, invite);
    this.roomOf(invite)?.invites.set(invite.key, invite);
  }

  removeInvite(invite: Invite): void {
    this.#invites.delete(invite.key);
    this.roomOf(invite)?.invites.delete(invite.key);
  }

  /** Live or not. */
  registered(inviteId: Uint8Array): Invite | undefined {
    return this.#invites.get(inviteKey(inviteId));
  }

  findInvite(inviteId: Uint8Array, nowMs: number): Invite | undefined {
    const invite = this.registered(inviteId);
    return invite !== undefined && this.isLive(invite, nowMs) ? invite : undefined;
  }

  isLive(invite: Invite, nowMs: number): boolean {
    return invite.usesLeft > 0 && invite.expiresAtMs > nowMs && this.#invites.get(invite.key) === invite;
  }

  takeUse(invite: Invite): void {
    invite.usesLeft--;
    if (invite.usesLeft === 0) this.removeInvite(invite);
  }

  /** Gives a use back, unless the invite was revoked, has expired or its id is somebody else's by now. */
  returnUse(invite: Invite, nowMs: number): void {
    const registered = this.#invites.get(invite.key);
    if (invite.isRevoked || invite.expiresAtMs <= nowMs) return;
    if (registered !== undefined && registered !== invite) return;
    invite.usesLeft++;
    this.addInvite(invite);
  }

  clear(): void {
    this.#rooms.clear();
    this.#invites.clear();
  }
}
