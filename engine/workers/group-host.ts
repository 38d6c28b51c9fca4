// Holds the keys of all rooms of one engine and carries out one operation per room at a time. Runs inside the module worker
// in the extension and in the same thread in Node.
import { contentDigest } from "../../core/room/content.ts";
import { createSuite } from "../../core/mls/suite.ts";
import { sign, verify } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { admissionText, ownerText } from "../../codec/signing.ts";
import { SerialQueue } from "../session/serial-queue.ts";
import type {
  Applied,
  Change,
  Created,
  GroupHost,
  Opened,
  PreparedCommit,
  RolledBack,
  RoomFacts,
  Sealed,
  SealRequest,
} from "./group-contract.ts";
import { GroupSession } from "./group-session.ts";
import {
  applicantFromLink,
  createRoomKeys,
  decodeCredential,
  encodeCredential,
  factsOf,
  keysFromPacket,
  wipeInvite,
  wipeKeys,
} from "./room-keys.ts";
import type { Applicant } from "./room-keys.ts";

interface Room {
  readonly queue: SerialQueue;
  applicant?: Applicant;
  session?: GroupSession;
}

function applicantOf(room: Room): Applicant {
  if (!room.applicant) throw new CoreError("no_such_invite", "no invite was opened");
  return room.applicant;
}

function sessionOf(room: Room): GroupSession {
  if (!room.session) throw new CoreError("not_a_member", "no such room");
  return room.session;
}

export class GroupRooms implements GroupHost {
  readonly #suite = createSuite();
  readonly #rooms = new Map<string, Room>();

  create(id: string, options: Parameters<GroupHost["create"]>[1]): Promise<Created> {
    return this.#within(id, async (room) => {
      const { keys, invite, record } = await createRoomKeys(options);
      room.session = new GroupSession(keys);
      const { standing, groupInfo } = await room.session.create(await this.#suite, [invite]);
      const { cid } = standing;
      return { facts: factsOf(keys), cid, groupInfo, invites: [record], link: keys.link ?? "", standing };
    });
  }

  openLink(id: string, link: string): Promise<{ inviteId: Uint8Array }> {
    return this.#within(id, async (room) => {
      room.applicant = await applicantFromLink(link);
      return { inviteId: room.applicant.invite.inviteId };
    });
  }

  proveInvite(id: string, { origin, nonce }: { origin: string; nonce: Uint8Array }): Promise<Uint8Array> {
    return this.#within(id, (room) => {
      const { inviteId, auth } = applicantOf(room).invite;
      return sign(auth.seed, admissionText(origin, inviteId, nonce));
    });
  }

  openPacket(id: string, packet: Uint8Array): Promise<RoomFacts> {
    return this.#within(id, async (room) => {
      const keys = await keysFromPacket(applicantOf(room), packet);
      room.session = new GroupSession(keys);
      return factsOf(keys);
    });
  }

  prepareJoin(id: string, head: Parameters<GroupHost["prepareJoin"]>[1]): Promise<PreparedCommit> {
    return this.#within(id, async (room) => sessionOf(room).prepareJoin(await this.#suite, head));
  }

  prepareCommit(id: string, purpose: Parameters<GroupHost["prepareCommit"]>[1]): Promise<PreparedCommit | undefined> {
    return this.#within(id, (room) => sessionOf(room).prepareCommit(purpose));
  }

  settle(id: string, accepted: boolean): Promise<Change | undefined> {
    return this.#within(id, (room) => sessionOf(room).settle(accepted));
  }

  apply(id: string, commit: Parameters<GroupHost["apply"]>[1]): Promise<Applied> {
    return this.#within(id, (room) => sessionOf(room).apply(commit.baseCid, commit.envelope));
  }

  rollBack(id: string, { cid, head }: Parameters<GroupHost["rollBack"]>[1]): Promise<RolledBack> {
    return this.#within(id, (room) => sessionOf(room).rollBack(cid, head));
  }

  seal(id: string, { kind, ...request }: SealRequest): Promise<Sealed> {
    return this.#within(id, async (room) => {
      const { cid, envelope, content, signed } = await sessionOf(room).seal(kind, request);
      return { cid, envelope, digest: contentDigest(content), signed };
    });
  }

  open(id: string, options: Parameters<GroupHost["open"]>[1]): Promise<Opened> {
    const { kind, cid, envelope, nowMs } = options;
    return this.#within(id, (room) => sessionOf(room).open(kind, cid, envelope, nowMs));
  }

  groupInfo(id: string): Promise<{ cid: Uint8Array; groupInfo: Uint8Array }> {
    return this.#within(id, (room) => sessionOf(room).groupInfo());
  }

  seatOf(id: string, memberId: string): Promise<Uint8Array | undefined> {
    return this.#within(id, (room) => sessionOf(room).seatOf(memberId));
  }

  proveOwner(id: string, options: Parameters<GroupHost["proveOwner"]>[1]): Promise<Uint8Array> {
    return this.#within(id, (room) => {
      const { relayOwner, handle } = sessionOf(room).keys;
      if (!relayOwner) throw new CoreError("not_a_member", "not the owner");
      return sign(relayOwner.seed, ownerText(handle, options.counter, options.operation, options.argument));
    });
  }

  isEndProven(id: string, { counter, signature }: { counter: number; signature: Uint8Array }): Promise<boolean> {
    return this.#within(id, (room) => {
      const { policy, handle } = sessionOf(room).keys;
      return verify(policy.relayOwnerKey, ownerText(handle, counter, "end"), signature);
    });
  }

  credential(id: string): Promise<Uint8Array> {
    return this.#within(id, (room) => encodeCredential(sessionOf(room).keys));
  }

  restore(id: string, credential: Uint8Array): Promise<RoomFacts & { link: string | undefined }> {
    return this.#within(id, async (room) => {
      const keys = await decodeCredential(credential);
      room.session = new GroupSession(keys);
      return { ...factsOf(keys), link: keys.link };
    });
  }

  wipe(id: string): Promise<void> {
    return this.#within(id, (room) => {
      room.session?.wipe();
      if (room.session) wipeKeys(room.session.keys);
      if (room.applicant) wipeInvite(room.applicant.invite);
      this.#rooms.delete(id);
    });
  }

  close(): void {
    this.#rooms.clear();
  }

  #within<T>(id: string, work: (room: Room) => Promise<T> | T): Promise<T> {
    const room = this.#rooms.get(id) ?? { queue: new SerialQueue() };
    this.#rooms.set(id, room);
    return room.queue.run(async () => {
      try {
        return await work(room);
      } finally {
        // A call that came too late must not leave an empty room behind.
        if (!room.session && !room.applicant) this.#rooms.delete(id);
      }
    });
  }
}
