// Brings guests into the rooms of each kind of server. Into the relay's they come as clients do: they prove an invite, take
// the ticket and commit; what they seal is random, as the relay does not look inside.
import { admissionText } from "../../../codec/signing.ts";
import { commitOn, roomPlan, sha256 } from "../../relay/support/people.ts";
import type { RoomPlan } from "../../relay/support/people.ts";
import type { Guest } from "./guest.ts";

/** A room that guests enter one by one. */
export interface Door {
  /** The commit the room stands at, which messages name. */
  readonly cid: Uint8Array;
  /** Everything that needs no turn. */
  prepare(guest: Guest, origin: string): Promise<void>;
  enter(guest: Guest): Promise<void>;
}

export class RelayDoor implements Door {
  readonly #plan: RoomPlan;
  readonly #first: Guest;
  #cid: Uint8Array;
  #isOpen: Promise<unknown> | undefined;

  /** `first` opens the room. */
  constructor(members: number, first: Guest) {
    this.#plan = roomPlan({ maxMembers: Math.max(2, members) });
    this.#first = first;
    this.#cid = this.#plan.ask.cid;
  }

  get cid(): Uint8Array {
    return this.#cid;
  }

  async prepare(guest: Guest, origin: string): Promise<void> {
    this.#isOpen ??= this.#first.get("room:create", this.#plan.ask);
    await this.#isOpen;
    if (guest === this.#first) return;
    const { inviteId } = this.#plan.invite.record;
    const { nonce } = await guest.get("invite:challenge", { inviteId });
    const signature = this.#plan.invite.key.sign(admissionText(origin, inviteId, nonce));
    await guest.get("invite:open", { inviteId, signature });
  }

  async enter(guest: Guest): Promise<void> {
    if (guest === this.#first) return;
    const granted = guest.next("ticket:granted");
    await guest.get("ticket:take", {});
    const { head } = await granted;
    const commit = commitOn(head.cid);
    await guest.get("commit:send", commit);
    this.#cid = sha256(commit.envelope);
  }
}

/** Servers of the bench that let anybody into a room by its name. */
export class OpenDoor implements Door {
  readonly cid = new Uint8Array(32);
  readonly #join: string;
  readonly #joined: string;

  /** What a guest says, and how the answer begins. */
  constructor(join: string, joined: string) {
    this.#join = join;
    this.#joined = joined;
  }

  async prepare(): Promise<void> {
    // Nothing to prove.
  }

  async enter(guest: Guest): Promise<void> {
    const joined = guest.text((text) => text.startsWith(this.#joined));
    guest.say(this.#join);
    await joined;
  }
}
