// What somebody who was removed can still read: all that passed the relay since, tried with the keys it had, which it did not
// overwrite.
import { toHex } from "../../../codec/bytes.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Life, Person } from "./person.ts";
import type { Overheard } from "./relay.ts";

export async function complaintsOfKicked(
  people: readonly Person[],
  chronicle: Chronicle,
  overheard: readonly Overheard[],
): Promise<string[]> {
  const complaints: string[] = [];
  for (const { memberId, lives, name } of people) {
    const kick = chronicle.removed.get(memberId);
    const out = chronicle.placeOf(kick);
    for (const life of lives) {
      if (kick === undefined || life.cids.length === 0) continue;
      for (const id of life.shown)
        if (wasSaidAfter(id, out, chronicle)) complaints.push(`${name} shows a text of after its kick`);
      if (await readsOn({ life, out }, chronicle, overheard)) complaints.push(`${name} reads on after its kick`);
    }
  }
  return complaints;
}

/** What it wrote itself and never sent was not said at all. */
function wasSaidAfter(messageId: string, place: number, chronicle: Chronicle): boolean {
  const sealings = chronicle.texts.get(messageId) ?? [];
  return sealings.length > 0 && sealings.every(({ cid }) => chronicle.placeOf(cid) >= place);
}

/** Whether these keys open or enter anything of the epochs from `out` on. */
async function readsOn(
  { life, out }: { life: Life; out: number },
  chronicle: Chronicle,
  overheard: readonly Overheard[],
): Promise<boolean> {
  const { keys, roomId } = life;
  for (const { kind, cid, envelope } of overheard) {
    const place = chronicle.placeOf(toHex(cid));
    if (kind === "commit") {
      if (place < out - 1) continue;
      const applied = await keys.apply(roomId, { baseCid: cid, envelope }).catch(() => undefined);
      if (applied?.kind === "applied") return true;
      continue;
    }
    if (place < out) continue;
    // Beats are outside the group: they say where somebody stands, and nothing that people wrote.
    const opened = await keys.open(roomId, { kind, cid, envelope, nowMs: 0 }).catch(() => undefined);
    if (opened !== undefined) return true;
  }
  return false;
}
