// Two members who talk on while somebody else misbehaves: proof that nobody else is harmed.
import { deepStrictEqual } from "node:assert/strict";
import { bytes, join, openRoom, roomPlan } from "./people.ts";
import type { Member, RoomPlan } from "./people.ts";
import type { RunningRelay } from "./relay.ts";

export class HealthyPair {
  readonly plan: RoomPlan;
  readonly owner: Member;
  readonly guest: Member;
  #seq = 1;

  private constructor(plan: RoomPlan, owner: Member, guest: Member) {
    this.plan = plan;
    this.owner = owner;
    this.guest = guest;
  }

  static async meet(relay: RunningRelay): Promise<HealthyPair> {
    const plan = roomPlan();
    const owner = await openRoom(relay, plan);
    const guest = await join(relay, plan);
    await owner.client.next("commit:accepted");
    return new HealthyPair(plan, owner, guest);
  }

  /** One message each way, in order, complete, and nothing has happened in their room but that somebody guessed. */
  async talk(): Promise<void> {
    for (const [from, to] of [
      [this.owner, this.guest],
      [this.guest, this.owner],
    ] as const) {
      const message = { cid: this.guest.cid, envelope: bytes(256) };
      deepStrictEqual(await from.client.get("message:send", message), { seq: ++this.#seq });
      deepStrictEqual(await to.client.next("message:received"), { seq: this.#seq, ...message });
    }
    const heard = [...this.owner.client.heard, ...this.guest.client.heard].map(({ name }) => name);
    deepStrictEqual(
      heard.filter((name) => name !== "message:received" && name !== "invite:guessed"),
      ["commit:accepted", "ticket:granted"],
    );
  }
}
