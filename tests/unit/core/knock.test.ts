import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { openerFrom, sealingKeysFromSeed, sealTo } from "../../../core/crypto/hpke.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { deriveInvite } from "../../../core/room/invite.ts";
import { openKnock, openKnockAnswer, sealKnock, sealKnockAnswer } from "../../../core/room/knock.ts";
import { freshKeys } from "../../support/mls-room.ts";

const invite = await deriveInvite(randomBytes(32));
const other = await deriveInvite(randomBytes(32));
const seed = randomBytes(32);
const reply = await sealingKeysFromSeed(seed);
const body = { signatureKey: (await freshKeys()).publicKey, replyKey: reply.publicKey, name: "Ada" };
const flipped = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));

describe("a knock", () => {
  test("is 512 bytes, whatever the name, and says who asks to whoever has the invite", async () => {
    for (const name of ["", "Ada", "\u00e9".repeat(80)]) {
      const sealed = await sealKnock(invite, { ...body, name });
      expect(sealed).toHaveLength(512);
      expect(await openKnock(invite, sealed)).toEqual({ ...body, name });
    }
  });

  test("opens with its own invite only, and not under the id of another", async () => {
    const sealed = await sealKnock(invite, body);
    for (const wrong of [other, { ...invite, macKey: other.macKey }, { ...invite, inviteId: other.inviteId }]) {
      await expect(openKnock(wrong, sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
    }
  });

  test("with any bit changed or of another size does not open", async () => {
    const sealed = await sealKnock(invite, body);
    for (let bit = 0; bit < sealed.length * 8; bit += 11) {
      await expect(openKnock(invite, flipped(sealed, bit))).rejects.toMatchObject({ code: "decrypt_failed" });
    }
    for (const bytes of [new Uint8Array(), sealed.slice(1), concat(sealed, new Uint8Array(1))]) {
      await expect(openKnock(invite, bytes)).rejects.toMatchObject({ code: "malformed" });
    }
  });
});

describe("the answer to a knock", () => {
  const admission = {
    outerKey: randomBytes(32),
    policy: { bytes: randomBytes(363), signature: randomBytes(64) },
    approval: { approver: randomBytes(32), signature: randomBytes(64) },
  };

  test("is 1 KiB whether it lets in or not, and opens for whoever knocked alone", async () => {
    const yes = await sealKnockAnswer(invite.inviteId, reply.publicKey, admission);
    const no = await sealKnockAnswer(invite.inviteId, reply.publicKey, undefined);
    expect([yes.length, no.length]).toEqual([1024, 1024]);
    expect(await openKnockAnswer(invite.inviteId, seed, yes)).toEqual(admission);
    expect(await openKnockAnswer(invite.inviteId, seed, no)).toBeUndefined();
    await expect(openKnockAnswer(invite.inviteId, randomBytes(32), yes)).rejects.toMatchObject({
      code: "decrypt_failed",
    });
    await expect(openKnockAnswer(other.inviteId, seed, yes)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("of another size, or sealed right with something else in it, is malformed", async () => {
    const yes = await sealKnockAnswer(invite.inviteId, reply.publicKey, admission);
    const info = concat(utf8("SR1 admit"), invite.inviteId);
    const dirty = new Uint8Array(976).with(3, 1).with(975, 1);
    const strange = await sealTo(reply.publicKey, info, dirty);
    const random = await sealTo(reply.publicKey, info, new Uint8Array(976).fill(0xff));
    for (const bytes of [yes.slice(1), strange, random]) {
      await expect(openKnockAnswer(invite.inviteId, seed, bytes)).rejects.toMatchObject({ code: "malformed" });
    }
    // All of it is under the key of the reply: the padding too.
    const plain = await (await openerFrom(seed))(info, yes);
    expect(plain).toHaveLength(976);
  });

  test("cannot be sealed to a key that takes nothing", async () => {
    const sealing = sealKnockAnswer(invite.inviteId, new Uint8Array(32), undefined);
    await expect(sealing).rejects.toMatchObject({ code: "malformed" });
  });
});
