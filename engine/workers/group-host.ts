// Holds the keys of all rooms of one engine and carries out one operation per room at a time. Runs inside the module worker
// in the extension and in the same thread in Node.
import { equalBytes } from "../../codec/bytes.ts";
import { admissionText } from "../../codec/signing.ts";
import { sign } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { createSuite } from "../../core/mls/suite.ts";
import { openInvitePacket } from "../../core/room/invite.ts";
import { openKnockAnswer, sealKnock } from "../../core/room/knock.ts";
import { SerialQueue } from "../session/serial-queue.ts";
import { standingOf } from "./changes.ts";
import { planCommit } from "./commit-plan.ts";
import { encodeCredential, roomFromCredential } from "./credential.ts";
import { noteSilent, openContent, sealContent } from "./group-contents.ts";
import type { GroupHost } from "./group-contract.ts";
import { epochIn, groupRoom, wipeRoom } from "./group-room.ts";
import type { GroupRoom } from "./group-room.ts";
import {
  apply,
  createEpoch,
  groupInfo,
  prepareCommit,
  prepareJoin,
  restoreOffer,
  rollBack,
  settle,
} from "./group-session.ts";
import { answerKnock, readKnock } from "./knocks.ts";
import { inviteRecordOf, makeOwnInvite, ownInviteOf, signOwnInvite } from "./own-invites.ts";
import { isEndProven, ownerRequests, proveOwner } from "./owner-requests.ts";
import { applicantFromLink, createRoomKeys, factsOf, keysFromEntry, wipeInvite, wipeMember } from "./room-keys.ts";
import type { Applicant } from "./room-keys.ts";
import { commitShare, fingerprintOf, roomCodeOf, shortCode } from "./verification.ts";

interface Room {
  readonly queue: SerialQueue;
  applicant?: Applicant;
  group?: GroupRoom;
}

type Options<M extends keyof GroupHost> = Parameters<GroupHost[M]>[1];
type Result<M extends keyof GroupHost> = ReturnType<GroupHost[M]>;

function applicantOf(room: Room): Applicant {
  if (!room.applicant) throw new CoreError("no_such_invite", "no invite was opened");
  return room.applicant;
}

function groupOf(room: Room): GroupRoom {
  if (!room.group) throw new CoreError("not_a_member", "no such room");
  return room.group;
}

export class GroupRooms implements GroupHost {
  readonly #suite = createSuite();
  readonly #rooms = new Map<string, Room>();

  create(id: string, options: Options<"create">): Result<"create"> {
    return this.#within(id, async (room) => {
      const { keys, outer } = await createRoomKeys(options);
      const own = await makeOwnInvite(options.invite, options);
      const group = groupRoom(await this.#suite, keys, outer, [own]);
      await createEpoch(group, [await signOwnInvite(own, keys)]);
      room.group = group;
      const record = await inviteRecordOf(own, { keys, outer, used: 0, nowMs: options.nowMs });
      return { facts: factsOf(keys), ...(await groupInfo(group)), invites: [record], standing: standingOf(group) };
    });
  }

  openLink(id: string, { link, password }: Options<"openLink">): Result<"openLink"> {
    return this.#within(id, async (room) => {
      const applicant = await applicantFromLink(link, password);
      forgetApplicant(room);
      room.applicant = applicant;
      return { inviteId: applicant.invite.inviteId };
    });
  }

  proveInvite(id: string, { origin, nonce }: Options<"proveInvite">): Result<"proveInvite"> {
    return this.#within(id, (room) => {
      const { inviteId, auth } = applicantOf(room).invite;
      return sign(auth.seed, admissionText(origin, inviteId, nonce));
    });
  }

  openPacket(id: string, packet: Uint8Array): Result<"openPacket"> {
    return this.#within(id, async (room) => {
      const applicant = applicantOf(room);
      const entry = await openInvitePacket(applicant.invite, packet);
      if (entry.kind === "ask-first") return undefined;
      const { keys, outer } = await keysFromEntry(applicant, entry);
      room.group = groupRoom(await this.#suite, keys, outer);
      return factsOf(keys);
    });
  }

  knock(id: string, { name }: Options<"knock">): Result<"knock"> {
    return this.#within(id, (room) => {
      const { invite, keys } = applicantOf(room);
      const [signatureKey, replyKey] = [keys.member.publicKey, keys.returnKey.publicKey];
      return sealKnock(invite, { signatureKey, replyKey, name });
    });
  }

  openKnockAnswer(id: string, sealed: Uint8Array): Result<"openKnockAnswer"> {
    return this.#within(id, async (room) => {
      const applicant = applicantOf(room);
      const { invite, keys: own } = applicant;
      const admission = await openKnockAnswer(invite.inviteId, own.returnKey.seed, sealed);
      if (!admission) return undefined;
      const { keys, outer } = await keysFromEntry(applicant, admission, admission.approval);
      room.group = groupRoom(await this.#suite, keys, outer);
      return factsOf(keys);
    });
  }

  openKnock(id: string, options: Options<"openKnock">): Result<"openKnock"> {
    return this.#inGroup(id, (group) => readKnock(group, options));
  }

  answerKnock(id: string, options: Options<"answerKnock">): Result<"answerKnock"> {
    return this.#inGroup(id, (group) => answerKnock(group, options));
  }

  prepareJoin(id: string, head: Options<"prepareJoin">): Result<"prepareJoin"> {
    return this.#inGroup(id, (group) => prepareJoin(group, head));
  }

  prepareCommit(id: string, { purpose, relay, nowMs }: Options<"prepareCommit">): Result<"prepareCommit"> {
    return this.#inGroup(id, async (group) => {
      const plan = await planCommit(group, purpose, { relay, nowMs });
      return plan && prepareCommit(group, plan, nowMs);
    });
  }

  settle(id: string, accepted: boolean): Result<"settle"> {
    return this.#within(id, (room) => {
      const change = settle(groupOf(room), accepted);
      // Who is in has no more use for the invite; the member's keys are the group's now.
      if (change && room.applicant) {
        wipeInvite(room.applicant.invite);
        delete room.applicant;
      }
      return change;
    });
  }

  apply(id: string, commit: Options<"apply">): Result<"apply"> {
    return this.#inGroup(id, (group) => apply(group, commit));
  }

  rollBack(id: string, options: Options<"rollBack">): Result<"rollBack"> {
    return this.#inGroup(id, (group) => rollBack(group, options));
  }

  seal(id: string, request: Options<"seal">): Result<"seal"> {
    return this.#inGroup(id, (group) => sealContent(group, request));
  }

  open(id: string, options: Options<"open">): Result<"open"> {
    return this.#inGroup(id, (group) => openContent(group, options));
  }

  groupInfo(id: string): Result<"groupInfo"> {
    return this.#inGroup(id, groupInfo);
  }

  restoreOffer(id: string): Result<"restoreOffer"> {
    return this.#inGroup(id, restoreOffer);
  }

  noteSilent(id: string, options: Options<"noteSilent">): Result<"noteSilent"> {
    return this.#inGroup(id, (group) => noteSilent(group, options));
  }

  ownerRequests(id: string, { nowMs }: Options<"ownerRequests">): Result<"ownerRequests"> {
    return this.#inGroup(id, (group) => ownerRequests(group, nowMs));
  }

  proveOwner(id: string, options: Options<"proveOwner">): Result<"proveOwner"> {
    return this.#inGroup(id, (group) => proveOwner(group, options));
  }

  isEndProven(id: string, proof: Options<"isEndProven">): Result<"isEndProven"> {
    return this.#inGroup(id, (group) => isEndProven(group, proof));
  }

  ownInvites(id: string): Result<"ownInvites"> {
    return this.#inGroup(id, (group) => {
      const live = epochIn(group).state.invites;
      const isLive = (inviteId: Uint8Array) => live.some((entry) => equalBytes(entry.inviteId, inviteId));
      return group.invites.filter(({ keys }) => isLive(keys.inviteId)).map(ownInviteOf);
    });
  }

  roomCode(id: string): Result<"roomCode"> {
    return this.#inGroup(id, roomCodeOf);
  }

  fingerprint(id: string, memberId: string): Result<"fingerprint"> {
    return this.#inGroup(id, (group) => fingerprintOf(group, memberId));
  }

  commitSas(id: string, options: Options<"commitSas">): Result<"commitSas"> {
    return this.#inGroup(id, (group) => commitShare(group, options));
  }

  sas(id: string, nonces: Options<"sas">): Result<"sas"> {
    return this.#inGroup(id, (group) => shortCode(group, nonces));
  }

  credential(id: string): Result<"credential"> {
    return this.#inGroup(id, encodeCredential);
  }

  restore(id: string, credential: Uint8Array): Result<"restore"> {
    return this.#within(id, async (room) => {
      room.group = await roomFromCredential(await this.#suite, credential);
      return factsOf(room.group.keys);
    });
  }

  wipe(id: string): Result<"wipe"> {
    return this.#within(id, (room) => {
      if (room.group) wipeRoom(room.group);
      forgetApplicant(room);
      this.#rooms.delete(id);
    });
  }

  close(): void {
    this.#rooms.clear();
  }

  #inGroup<T>(id: string, work: (group: GroupRoom) => Promise<T> | T): Promise<T> {
    return this.#within(id, (room) => work(groupOf(room)));
  }

  #within<T>(id: string, work: (room: Room) => Promise<T> | T): Promise<T> {
    const room = this.#rooms.get(id) ?? { queue: new SerialQueue() };
    this.#rooms.set(id, room);
    return room.queue.run(async () => {
      try {
        return await work(room);
      } finally {
        // A call that came too late must not leave an empty room behind.
        if (!room.group && !room.applicant) this.#rooms.delete(id);
      }
    });
  }
}

function forgetApplicant(room: Room): void {
  if (!room.applicant) return;
  wipeInvite(room.applicant.invite);
  wipeMember(room.applicant.keys);
  delete room.applicant;
}
