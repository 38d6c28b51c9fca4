// What really happened in a simulated room, whoever noticed: the commits in the relay's order, who was in each epoch, and
// which texts the relay took.
import { toHex } from "../../../codec/bytes.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import type { Sealed, SealRequest, Standing } from "../../../engine/workers/group-contract.ts";
import type { Overheard } from "./relay.ts";
import { envelopeKey } from "./watched-host.ts";
import type { SealedText } from "./watched-host.ts";

export class Chronicle {
  /** Commit ids by their place in the relay's order, hexadecimal; the room's first epoch is 0. */
  readonly places = new Map<string, number>();
  /** Every text that was ever sealed, by message id, with all its sealings. */
  readonly texts = new Map<string, SealedText[]>();
  /** Texts that the relay has passed on: the sealing it took first, since that is what is handed on. */
  readonly passedOn = new Map<string, SealedText>();
  /** Who the owner asked to be removed. */
  readonly kicked = new Set<string>();
  /** Who was removed by a kick, and the commit id of the epoch that it began. */
  readonly removed = new Map<string, string>();
  readonly #byEnvelope = new Map<string, SealedText>();
  readonly #overheard: readonly Overheard[];
  #read = 0;

  constructor(overheard: readonly Overheard[]) {
    this.#overheard = overheard;
  }

  sealed(author: string, { messageId, body, run, sequence }: SealRequest, { cid, envelope }: Sealed): void {
    if (body.kind !== "text") return;
    const id = toHex(messageId);
    const text = { author, messageId: id, text: body.text, run, sequence, cid: toHex(cid) };
    this.texts.set(id, [...(this.texts.get(id) ?? []), text]);
    this.#byEnvelope.set(envelopeKey(envelope), text);
  }

  removedBy(memberId: string, { cid }: Standing): void {
    this.removed.set(memberId, toHex(cid));
  }

  /** Reads on in what the relay accepted. */
  update(): void {
    for (; this.#read < this.#overheard.length; this.#read++) {
      const heard = this.#overheard[this.#read];
      if (heard?.kind === "commit") {
        // The first commit builds on the first epoch, which has no commit of its own.
        if (this.places.size === 0) this.places.set(toHex(heard.cid), 0);
        this.places.set(toHex(sha256(heard.envelope)), this.places.size);
      }
      const text = heard?.kind === "message" ? this.#byEnvelope.get(envelopeKey(heard.envelope)) : undefined;
      if (text && !this.passedOn.has(text.messageId)) this.passedOn.set(text.messageId, text);
    }
  }

  placeOf(cid: string | undefined): number {
    return this.places.get(cid ?? "") ?? 0;
  }

  /** The latest epoch that a message was sealed in. */
  lastPlaceOf(messageId: string): number {
    return Math.max(...(this.texts.get(messageId) ?? []).map(({ cid }) => this.placeOf(cid)));
  }
}
