// The outer key of a new generation for members who come back without any MLS state: sealed to the return key of each, in no
// order. Layout: u32 generation ‖ list of sealed keys, all alike.
import { concat, utf8 } from "../../codec/bytes.ts";
import { decode, encode, fixed, list, struct, u32 } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { HPKE_OVERHEAD, openerFrom, sealTo } from "../crypto/hpke.ts";
import { randomBytes } from "../crypto/random.ts";
import { CoreError } from "../errors.ts";
import { MAX_ROOM_MEMBERS } from "./policy.ts";

const KEY_BYTES = 32;
const ENTRY_BYTES = KEY_BYTES + HPKE_OVERHEAD;
/** Members, and as many that are absent. */
const MAX_ENTRIES = 2 * MAX_ROOM_MEMBERS;

const rotation = struct<{ generation: number; entries: Uint8Array[] }>({
  generation: u32,
  entries: list(fixed(ENTRY_BYTES), MAX_ENTRIES),
});

const infoOf = (handle: Uint8Array, generation: number) =>
  concat(utf8("SR1 rotation"), handle, encode(u32, generation));

/** An even choice below `bound`, which is small. */
function randomBelow(bound: number): number {
  const [value = 0] = new Uint32Array(randomBytes(4).buffer);
  return value % bound;
}

function shuffle<T>(items: readonly T[]): T[] {
  const rest = [...items];
  const out: T[] = [];
  while (rest.length > 0) out.push(...rest.splice(randomBelow(rest.length), 1));
  return out;
}

async function sealEntry(returnKey: Uint8Array, info: Uint8Array, outerKey: Uint8Array): Promise<Uint8Array> {
  try {
    return await sealTo(returnKey, info, outerKey);
  } catch (error) {
    // Whoever has a key that nothing can be sealed to must not keep the others from a new generation, nor show in the count.
    if (error instanceof CoreError) return randomBytes(ENTRY_BYTES);
    throw error;
  }
}

export async function sealRotation(
  handle: Uint8Array,
  generation: number,
  outerKey: Uint8Array,
  returnKeys: readonly Uint8Array[],
): Promise<Uint8Array> {
  const info = infoOf(handle, generation);
  const entries: Uint8Array[] = [];
  for (const key of shuffle(returnKeys.slice(0, MAX_ENTRIES))) entries.push(await sealEntry(key, info, outerKey));
  return encode(rotation, { generation, entries });
}

/** `undefined` when nothing in it is for the return key of `returnSeed`. Throws `malformed`. */
export async function openRotation(
  handle: Uint8Array,
  returnSeed: Uint8Array,
  bytes: Uint8Array,
): Promise<{ generation: number; outerKey: Uint8Array } | undefined> {
  let value: { generation: number; entries: Uint8Array[] };
  try {
    value = decode(rotation, bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "rotation", { cause });
    throw cause;
  }
  const info = infoOf(handle, value.generation);
  const openSealed = await openerFrom(returnSeed);
  for (const entry of value.entries) {
    const outerKey = await openSealed(info, entry).catch(() => undefined);
    if (outerKey?.length === KEY_BYTES) return { generation: value.generation, outerKey };
  }
  return undefined;
}
