import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { handleText } from "../../../codec/signing.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign } from "../../../core/crypto/signature.ts";
import {
  handleOf,
  MAX_ROOM_NAME_BYTES,
  openPolicy,
  policyDigest,
  recordOf,
  signPolicy,
} from "../../../core/room/policy.ts";
import type { Policy } from "../../../core/room/policy.ts";
import { freshKeys } from "../../support/mls-room.ts";

const owner = await freshKeys();
const policy: Policy = {
  version: 1,
  groupId: randomBytes(16),
  name: "Lantern 42",
  lifeS: 3600,
  maxMembers: 50,
  ownerKey: owner.publicKey,
  relayOwnerKey: randomBytes(32),
  salt: randomBytes(16),
};

const flip = (of: Uint8Array, bit: number) => of.with(bit >> 3, (of[bit >> 3] ?? 0) ^ (1 << (bit & 7)));

async function signedBy(seed: Uint8Array, bytes: Uint8Array) {
  return { bytes, signature: await sign(seed, concat(utf8("SR1 policy"), bytes)) };
}

test("a policy comes back as it was signed", async () => {
  const any = fc.record({
    name: fc.string({ unit: "grapheme-ascii", maxLength: MAX_ROOM_NAME_BYTES }),
    lifeS: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    maxMembers: fc.integer({ min: 1, max: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(any, async (change) => {
      expect(await openPolicy(await signPolicy({ ...policy, ...change }, owner.seed))).toEqual({
        ...policy,
        ...change,
      });
    }),
    { numRuns: 50 },
  );
});

test("a changed bit in a policy or its signature is noticed", async () => {
  const { bytes, signature } = await signPolicy(policy, owner.seed);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    await expect(openPolicy({ bytes: flip(bytes, bit), signature })).rejects.toMatchObject({ name: "CoreError" });
  }
  for (let bit = 0; bit < 512; bit++) {
    const opening = openPolicy({ bytes, signature: flip(signature, bit) });
    await expect(opening).rejects.toMatchObject({ code: "bad_signature" });
  }
});

test("a policy cut short or with something behind it is malformed, even signed", async () => {
  const { bytes } = await signPolicy(policy, owner.seed);
  for (let end = 1; end < bytes.length; end++) {
    const signed = await signedBy(owner.seed, bytes.slice(0, end));
    await expect(openPolicy(signed)).rejects.toMatchObject({ code: "malformed" });
  }
  const longer = await signedBy(owner.seed, concat(bytes, new Uint8Array(1)));
  await expect(openPolicy(longer)).rejects.toMatchObject({ code: "malformed" });
});

test("a policy of another version is not supported, even signed", async () => {
  const { bytes } = await signPolicy(policy, owner.seed);
  const signed = await signedBy(owner.seed, bytes.with(0, 2));
  await expect(openPolicy(signed)).rejects.toMatchObject({ code: "unsupported_version" });
});

test("a policy signed by somebody else than the owner it names is refused", async () => {
  const other = await freshKeys();
  await expect(openPolicy(await signPolicy(policy, other.seed))).rejects.toMatchObject({ code: "bad_signature" });
});

test("a policy for no members or for more than a room can hold is malformed", async () => {
  for (const maxMembers of [0, 201, 65_535]) {
    const signed = await signPolicy({ ...policy, maxMembers }, owner.seed);
    await expect(openPolicy(signed)).rejects.toMatchObject({ code: "malformed" });
  }
});

test("a group takes the policy that its context names and no other of the same owner", async () => {
  const signed = await signPolicy(policy, owner.seed);
  const context = { version: 1, ownerKey: owner.publicKey, policyDigest: policyDigest(signed) };
  expect(await openPolicy(signed, context)).toEqual(policy);
  const longer = await signPolicy({ ...policy, lifeS: 7200 }, owner.seed);
  await expect(openPolicy(longer, context)).rejects.toMatchObject({ code: "bad_signature" });
  const elsewhere = { ...context, ownerKey: randomBytes(32) };
  await expect(openPolicy(signed, elsewhere)).rejects.toMatchObject({ code: "bad_signature" });
  const forged = { ...context, policyDigest: randomBytes(32) };
  await expect(openPolicy(signed, forged)).rejects.toMatchObject({ code: "bad_signature" });
});

test("the digest is over label and exact bytes", async () => {
  const signed = await signPolicy(policy, owner.seed);
  expect(policyDigest(signed)).toEqual(sha256(utf8("SR1 policy"), signed.bytes));
});

test("the handle is the hash of all that the relay is told, and of nothing else", () => {
  const handle = handleOf(policy);
  expect(handle).toEqual(sha256(handleText(recordOf(policy))).slice(0, 16));
  const changes: Partial<Policy>[] = [
    { relayOwnerKey: randomBytes(32) },
    { lifeS: 3601 },
    { maxMembers: 51 },
    { salt: randomBytes(16) },
  ];
  for (const change of changes) expect(handleOf({ ...policy, ...change })).not.toEqual(handle);
  // The relay learns neither name nor group nor the creator's member key, so none of them can be in it.
  const unseen = { name: "Other", groupId: randomBytes(16), ownerKey: randomBytes(32) };
  expect(handleOf({ ...policy, ...unseen })).toEqual(handle);
});
