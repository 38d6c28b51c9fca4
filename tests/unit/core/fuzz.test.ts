// Spoilt input to everything that reads what comes from outside: an answer or one of our errors, and soon. A failure names
// the seed; SEED=n makes the same inputs again.
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { DecodeError } from "../../../codec/reader.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { CoreError } from "../../../core/errors.ts";
import { commitRemovals, exportGroupInfo, joinGroup, readGroupInfo } from "../../../core/mls/group.ts";
import { inspectCommit } from "../../../core/mls/inspect.ts";
import { signContent, decodeContent } from "../../../core/room/content.ts";
import { deriveOuterKeys, openEnvelope, sealEnvelope } from "../../../core/room/envelope.ts";
import { decodeLink, encodeLink } from "../../../core/room/link.ts";
import { decodeShared, encodeShared } from "../../../core/room/room-state.ts";
import { freshKeys, infoOf, leafOf, memberAt, mlsRoomOf, notesOf } from "../../support/mls-room.ts";

const INPUTS = 20_000;
const LIMIT_MS = 50;
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let state = seed;
function below(limit: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % limit;
}

const interesting = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

function spoil(input: Uint8Array): Uint8Array {
  let bytes: Uint8Array = input.slice();
  for (let n = below(4); n >= 0; n--) {
    const at = below(bytes.length + 1);
    const kind = below(7);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    else if (kind === 1) bytes[at] = interesting[below(interesting.length)] ?? 0;
    else if (kind === 2) bytes = bytes.slice(0, at);
    else if (kind === 3) bytes = concat(bytes.slice(0, at), bytes.slice(at + 1 + below(40)));
    else if (kind === 4) bytes = concat(bytes.slice(0, at), randomBytes(1 + below(40)), bytes.slice(at));
    else if (kind === 5) bytes = concat(bytes.slice(0, at), bytes.slice(below(bytes.length + 1)));
    else bytes.fill(interesting[below(interesting.length)] ?? 0, at, at + 4);
  }
  return bytes;
}

const room = await mlsRoomOf(5);
const { group } = memberAt(room, 0);
const groupInfo = await exportGroupInfo(group);
const update = (await commitRemovals(group, [], notesOf(room))).commit;
const removal = (await commitRemovals(group, [2], notesOf(room))).commit;
const joiner = await freshKeys();
const entry = { leaf: leafOf(joiner), notes: notesOf(room) };
const { commit: join } = await joinGroup(room.suite, await infoOf(room), joiner, entry);
const keys = deriveOuterKeys(randomBytes(32), randomBytes(16));
const cid = randomBytes(32);
const content = await signContent(
  {
    messageId: randomBytes(16),
    memberId: randomBytes(16),
    run: 1,
    sequence: 1,
    previous: randomBytes(32),
    lamport: 1,
    cid,
    body: { kind: "sync", hello: randomBytes(16), remainingMs: 1, profiles: [randomBytes(300), randomBytes(300)] },
  },
  randomBytes(16),
  randomBytes(32),
);
const flags = { hasPassword: false, askFirst: false, readOnly: false };
const link = encodeLink({ relay: "https://relay.example.org", flags, secret: randomBytes(32) });
const textOf = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

const targets: [string, Uint8Array[], (bytes: Uint8Array) => unknown][] = [
  ["decodeLink", [utf8(link)], (bytes) => decodeLink(textOf(bytes))],
  ["decodeContent", [content], decodeContent],
  ["decodeShared", [encodeShared(groupInfo, room.state)], decodeShared],
  ["readGroupInfo", [groupInfo], readGroupInfo],
  ["inspectCommit", [update, removal, join], (bytes) => inspectCommit(group.state, bytes)],
  [
    "openEnvelope",
    [await sealEnvelope(keys, "message", cid, utf8("hello"))],
    (bytes) => openEnvelope(keys, "message", cid, bytes),
  ],
];

async function timed(run: () => unknown): Promise<{ error: unknown; tookMs: number }> {
  const startedMs = performance.now();
  try {
    await run();
    return { error: undefined, tookMs: performance.now() - startedMs };
  } catch (error) {
    return { error, tookMs: performance.now() - startedMs };
  }
}

const isOurs = (error: unknown) => error === undefined || error instanceof CoreError || error instanceof DecodeError;

describe(`spoilt input, SEED=${seed}`, () => {
  test.each(targets)("%s answers or refuses, and soon", async (_name, samples, read) => {
    const faults: string[] = [];
    let worstMs = 0;
    for (let i = 0; i < Math.ceil(INPUTS / targets.length); i++) {
      const sample = samples[below(samples.length)] ?? new Uint8Array();
      const input = below(20) === 0 ? randomBytes(below(400)) : spoil(sample);
      let { error, tookMs } = await timed(() => read(input));
      // A pause of the machine is not the input's: only one that takes long again counts.
      if (tookMs > LIMIT_MS)
        tookMs = Math.min((await timed(() => read(input))).tookMs, (await timed(() => read(input))).tookMs);
      worstMs = Math.max(worstMs, tookMs);
      if (!isOurs(error))
        faults.push(
          `${error instanceof Error ? error.stack : "not an error"} for ${Buffer.from(input).toString("hex").slice(0, 2000)}`,
        );
    }
    expect(faults.slice(0, 3)).toEqual([]);
    expect(worstMs).toBeLessThan(LIMIT_MS);
  });
});
