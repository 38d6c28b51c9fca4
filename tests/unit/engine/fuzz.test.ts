// Spoilt input to what the engine reads back from storage, and to what crosses the bridge and the worker: taken or refused,
// and soon.
import { describe, expect, test } from "vitest";
import { commandNames } from "../../../bridge/contract.ts";
import type { CommandName } from "../../../bridge/contract.ts";
import { decodeCallFrame, decodeHostFrame } from "../../../bridge/frames.ts";
import { decodeOptions } from "../../../bridge/options.ts";
import { toHex } from "../../../codec/bytes.ts";
import { createSuite } from "../../../core/mls/suite.ts";
import { decodeSavedRooms, encodeSavedRooms } from "../../../engine/vault.ts";
import { roomFromCredential } from "../../../engine/workers/credential.ts";
import { isGroupCall, isGroupReply } from "../../../engine/workers/group-messages.ts";
import { decodeSettings } from "../../../platform/decode-settings.ts";
import { fuzz, fuzzValues, LIMIT_MS } from "../../support/fuzz.ts";
import type { Finding } from "../../support/fuzz.ts";
import { FUZZ_TIMEOUT_MS, fuzzRuns, fuzzSeed } from "../../support/fuzz-runs.ts";
import { ROOM, memberAt, roomOf } from "../../support/group-of.ts";
import { Spoiler } from "../../support/spoil.ts";

const spoiler = new Spoiler(fuzzSeed);
const inputs = fuzzRuns.decoderInputs * 0.2;
const suite = await createSuite();
const room = await roomOf(2);
const credential = await memberAt(room, 0).host.credential(ROOM);

function expectGood({ faults, worstMs }: Finding): void {
  expect(faults.slice(0, 3)).toEqual([]);
  expect(worstMs).toBeLessThan(LIMIT_MS);
}

const readSaved = (bytes: Uint8Array) => decodeSavedRooms(new TextDecoder().decode(bytes));

function readAsText(value: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // JSON has no such value.
    text = "{";
  }
  return decodeSavedRooms(text);
}

const roomId = "room-1";
const memberId = toHex(spoiler.bytes(16));
const inviteId = toHex(spoiler.bytes(16));
/** One good call of each command. */
const options: Record<CommandName, object> = {
  createRoom: { name: "Lantern", displayName: "Heron", expiresInS: 60, password: "x", askFirst: true, maxMembers: 5 },
  inspectLink: { link: "https://relay.example.org/sr#AAAA" },
  joinRoom: { link: "https://relay.example.org/sr#AAAA", displayName: "Heron", password: "x" },
  send: { roomId, text: "hello" },
  retry: { roomId, messageId: memberId },
  markRead: { roomId },
  leave: { roomId },
  end: { roomId },
  kick: { roomId, memberId, keepInvites: true },
  addInvite: { roomId, askFirst: false, readOnly: false, maxUses: 0, expiresInS: 60 },
  revokeInvite: { roomId, inviteId },
  rotateInvite: { roomId, inviteId },
  answerKnock: { roomId, knockId: memberId, isAdmitted: true },
  setLocked: { roomId, isLocked: true },
  setMaxMembers: { roomId, maxMembers: 9 },
  handOver: { roomId, memberId },
  setDelegate: { roomId, memberId, isDelegate: true },
  setTyping: { roomId, isTyping: true },
  verification: { roomId },
  setVerified: { roomId, memberId, isVerified: true },
  compareEmoji: { roomId },
  closeEmoji: { roomId },
  dismiss: { roomId },
  reconnect: { roomId },
  checkRelay: { origin: "https://relay.example.org" },
  saveSettings: {
    relay: "https://relay.example.org",
    displayName: "Heron",
    theme: "dark",
    sendsReceipts: true,
    sendsTyping: true,
  },
};

const savedRoom = {
  id: roomId,
  relayOrigin: "https://relay.example.org",
  resumeToken: spoiler.bytes(32),
  credential,
  run: 1,
  displayName: "Heron",
  endsAtWallMs: 1_750_000_000_000,
  epoch: 3,
  joinLink: { text: "https://relay.example.org/sr#AAAA", inviteId },
  verified: [memberId],
};

const hostFrames = [
  { kind: "ok", id: 1, value: { roomId } },
  { kind: "fault", id: 1, code: "unknown_room" },
  { kind: "snapshot", seq: 0, snapshot: { settings: options.saveSettings, rooms: [] } },
  { kind: "event", seq: 1, event: { kind: "timeline", id: roomId, items: [], order: [] } },
  { kind: "event", seq: 1, event: { kind: "room", room: { id: roomId, members: [] } } },
];

describe(`spoilt input, SEED=${fuzzSeed}`, () => {
  test("a saved credential is taken or refused, and soon", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const target = {
      name: "credential",
      samples: [credential],
      read: (bytes: Uint8Array) => roomFromCredential(suite, bytes),
    };
    const finding = await fuzz(target, inputs * 0.1, spoiler);
    expectGood(finding);
    expect(finding.taken).toBeLessThan(inputs * 0.1);
  });

  test("saved rooms as text: what does not decode is left out", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const text = encodeSavedRooms([savedRoom, savedRoom]);
    expect(decodeSavedRooms(text)).toHaveLength(2);
    const target = { name: "vault", samples: [new TextEncoder().encode(text)], read: readSaved };
    const { faults, worstMs, taken } = await fuzz(target, inputs * 0.15, spoiler);
    expectGood({ faults, worstMs, taken });
    expect(taken).toBe(inputs * 0.15);
  });

  test("saved rooms as values: what does not decode is left out", { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const good: unknown = JSON.parse(encodeSavedRooms([savedRoom]));
    const finding = await fuzzValues([good], readAsText, { count: inputs * 0.15, spoiler });
    expectGood(finding);
    expect(finding.taken).toBe(inputs * 0.15);
  });

  test.each(commandNames)(
    "the options of %s are taken or refused, and soon",
    { timeout: FUZZ_TIMEOUT_MS },
    async (name) => {
      const good = options[name];
      expect(decodeOptions(name, good)).toEqual(good);
      const count = Math.ceil((inputs * 0.4) / commandNames.length);
      expectGood(await fuzzValues([good], (value) => decodeOptions(name, value), { count, spoiler }));
      expect(Reflect.get({}, "polluted")).toBeUndefined();
    },
  );

  test(
    "frames of the bridge and of the worker, and settings: taken or nothing",
    { timeout: FUZZ_TIMEOUT_MS },
    async () => {
      const call = { kind: "call", id: 1, name: "send", options: options.send };
      const readers: [readonly unknown[], (value: unknown) => unknown][] = [
        [[call], decodeCallFrame],
        [hostFrames, decodeHostFrame],
        [[{ id: 1, method: "seal", args: [] }], isGroupCall],
        [[{ id: 1, value: 3 }], isGroupReply],
        [[options.saveSettings], decodeSettings],
      ];
      for (const [samples, read] of readers) {
        const count = Math.ceil((inputs * 0.2) / readers.length);
        for (const sample of samples) expect(read(sample)).toBeTruthy();
        const finding = await fuzzValues(samples, read, { count, spoiler });
        expectGood(finding);
        expect(finding.taken).toBe(count);
      }
    },
  );
});
