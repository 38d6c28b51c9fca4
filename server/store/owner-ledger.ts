// Whose requests count as the owner's, and which of them were made already. Signatures are checked before they come here.
import { equalBytes } from "../../codec/bytes.ts";
import { moderatorRequests } from "../../wire/events.ts";
import type { OwnerProof, OwnerRequestName } from "../../wire/events.ts";
import type { RelayCode } from "../../wire/errors.ts";
import { signerKey } from "./keys.ts";
import type { SignerKey } from "./keys.ts";

/** Keys whose counters are remembered. Never forgotten while the room lives, or their requests could be replayed. */
const MAX_SIGNERS = 256;

/** Everything a ledger knows, for a store outside this process. Pairs are "owner/delegate". */
export interface LedgerState {
  readonly key: Uint8Array;
  readonly counters: ReadonlyMap<SignerKey, number>;
  readonly undelegated: ReadonlyMap<string, number>;
}

interface OwnerClaim {
  readonly name: OwnerRequestName;
  readonly proof: OwnerProof;
  /** The owner's key with which the proof was checked. */
  readonly ownerKey: Uint8Array;
}

export class OwnerLedger {
  #key: Uint8Array;
  readonly #counters: Map<SignerKey, number>;
  /** Up to which counter the tokens of a delegate are void, by the owner who took the power back. */
  readonly #undelegated: Map<string, number>;

  constructor({
    key,
    counters,
    undelegated,
  }: LedgerState | { key: Uint8Array; counters?: never; undelegated?: never }) {
    this.#key = key;
    this.#counters = new Map(counters);
    this.#undelegated = new Map(undelegated);
  }

  get state(): LedgerState {
    return { key: this.#key, counters: this.#counters, undelegated: this.#undelegated };
  }

  get key(): Uint8Array {
    return this.#key;
  }

  /** Why the request is not the owner's, is an old one, or cannot be remembered; `undefined` when it may be carried out. */
  objection({ name, proof, ownerKey }: OwnerClaim): RelayCode | undefined {
    if (!equalBytes(ownerKey, this.#key)) return "not_admitted";
    if (proof.delegation !== undefined) {
      if (!moderatorRequests.includes(name)) return "not_admitted";
      const { key, issued } = proof.delegation;
      if (issued <= (this.#undelegated.get(this.#pair(key)) ?? -1)) return "not_admitted";
    }
    const counter = this.#counters.get(signerOf({ name, proof, ownerKey }));
    if (counter === undefined && this.#counters.size >= MAX_SIGNERS) return "try_later";
    return proof.counter > (counter ?? 0) ? undefined : "not_admitted";
  }

  /** The request was carried out: neither it nor an older one of its signer counts again. */
  record(claim: OwnerClaim): void {
    this.#counters.set(signerOf(claim), claim.proof.counter);
  }

  handOver(key: Uint8Array): void {
    this.#key = key;
  }

  /** Tokens issued up to `counter` are void. `false` when no more can be remembered. */
  undelegate(key: Uint8Array, counter: number): boolean {
    const pair = this.#pair(key);
    if (!this.#undelegated.has(pair) && this.#undelegated.size >= MAX_SIGNERS) return false;
    this.#undelegated.set(pair, counter);
    return true;
  }

  #pair(key: Uint8Array): string {
    return `${signerKey(this.#key)}/${signerKey(key)}`;
  }
}

/** The owner the claim was checked with; after a handover it is not the room's any more. */
function signerOf({ proof, ownerKey }: OwnerClaim): SignerKey {
  return signerKey(proof.delegation?.key ?? ownerKey);
}
