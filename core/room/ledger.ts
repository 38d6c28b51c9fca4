// What a member holds of everybody's numbered contents: it notices holes and authors that say two things under one number,
// tells what it holds, and finds what to hand on. Bounded: the oldest contents go first, their numbers stay accounted for.
import { equalBytes, fromHex, toHex } from "../../codec/bytes.ts";
import { encode, list } from "../../codec/codec.ts";
import { sha256 } from "../crypto/hash.ts";
import { chainHead } from "./content.ts";
import type { ChainHead } from "./content.ts";

export interface Numbered {
  readonly memberId: string;
  readonly run: number;
  readonly sequence: number;
  readonly previous: Uint8Array;
  readonly digest: Uint8Array;
  readonly signed: Uint8Array;
  /** Number of the epoch it was sent in, if this member was in it. */
  readonly epoch: number | undefined;
}

/** A head as members keep it: ids are hexadecimal. */
export interface Head {
  readonly memberId: string;
  /** 0 for an author that has not been heard: everything since this member came in is wanted. */
  readonly run: number;
  readonly sequence: number;
  /** First 16 bytes of that content's digest; zeros when it is not known. */
  readonly digest: Uint8Array;
}

/**
 * `old`: from before this member listens to the author. `conflict`: the author has signed something else under that number,
 * or before or after it.
 */
export type Taken = "new" | "known" | "old" | "conflict";

interface Chain {
  /** Numbers up to here are from before we heard the author. */
  readonly base: number;
  /** Some of those may be from after we came in. */
  isOpenBelow: boolean;
  /** Everything from `base` up to here has come. */
  contiguous: number;
  /** Digest of the content at `contiguous`, if it is known. */
  digest: Uint8Array | undefined;
  /** The highest number that the author has said it used. */
  top: number;
  /** What came, by number; `signed` goes when there is too much of it. */
  readonly held: Map<number, Held>;
}

type Held = Omit<Numbered, "memberId" | "run" | "sequence" | "signed"> & { signed?: Uint8Array };

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_CONTENTS = 2_000;
const START = new Uint8Array(32);
const DIGEST_BYTES = 16;
const seenList = list(chainHead, 0xffff);
/** Digests kept per run of an author, for telling a duplicate from another version. */
const MAX_HELD = 4_000;

function newChain(base: number, digest: Uint8Array | undefined): Chain {
  const start = base === 0 ? START : digest;
  return { base, isOpenBelow: base > 0, contiguous: base, digest: start, top: base, held: new Map() };
}

export class Ledger {
  readonly #authors = new Map<string, Map<number, Chain>>();
  /** Kept contents, oldest first. */
  #kept: { readonly chain: Chain; readonly sequence: number; readonly bytes: number }[] = [];
  #keptBytes = 0;

  /** We saw this author come in, or are it: its first content is number 1. */
  expect(author: string, run = 1): void {
    if (!this.#authors.has(author)) this.#authors.set(author, new Map([[run, newChain(0, undefined)]]));
  }

  /** An author says which number was its last, and the digest of that content. */
  tell({ memberId, run, sequence }: Pick<Numbered, "memberId" | "run" | "sequence">, digest: Uint8Array): void {
    const chain = this.#chain(memberId, run, { base: sequence, digest });
    if (!chain) return;
    chain.top = Math.max(chain.top, sequence);
  }

  /** Takes a content whose author is proven. `isRecent`: it is from our time, as far as we can tell. */
  take(content: Numbered, isRecent: boolean): Taken {
    const { memberId, run, sequence, digest, previous } = content;
    if (!isRecent && !this.#authors.has(memberId)) return "old";
    const chain = this.#chain(memberId, run, { base: sequence - 1, digest: previous });
    if (!chain) return "old";
    const isBelow = sequence <= chain.base;
    if (isBelow && !(chain.isOpenBelow && isRecent)) return "old";
    const known = digestAt(chain, sequence);
    if (known && !equalBytes(known, digest)) return "conflict";
    // The digest at the base is known by hearsay of its author, the content is not.
    if (chain.held.has(sequence) || (!isBelow && sequence <= chain.contiguous)) return "known";
    if (!doesFit(chain, content)) return "conflict";
    this.#hold(chain, content);
    if (isRecent) return "new";
    // Its number is accounted for; the content itself is not ours to keep.
    delete chain.held.get(sequence)?.signed;
    return "old";
  }

  /** A content of our own is signed anew for a later epoch: what we hand on is that. */
  renew({ memberId, run, sequence, signed, epoch }: Omit<Numbered, "previous" | "digest">): void {
    const held = this.#authors.get(memberId)?.get(run)?.held;
    const before = held?.get(sequence);
    if (held && before?.signed) held.set(sequence, { ...before, signed, epoch });
  }

  /** What was said before we heard its author is from before we came, unless it has come by now. */
  closeBelow(): void {
    for (const runs of this.#authors.values()) for (const chain of runs.values()) chain.isOpenBelow = false;
  }

  /**
   * Of every run of every author, how far everything has come; also of those of `members` of whom something from before we
   * heard them may be missing.
   */
  heads(members: readonly string[] = []): Head[] {
    const none = START.slice(0, DIGEST_BYTES);
    const unheard = members.filter((id) => {
      const runs = this.#authors.get(id);
      return !runs || [...runs.values()].some(({ isOpenBelow }) => isOpenBelow);
    });
    const heard = [...this.#authors].flatMap(([memberId, runs]) =>
      [...runs].map(([run, { contiguous, digest }]) => ({
        memberId,
        run,
        sequence: contiguous,
        digest: digest?.slice(0, DIGEST_BYTES) ?? none,
      })),
    );
    return [...heard, ...unheard.map((memberId) => ({ memberId, run: 0, sequence: 0, digest: none }))];
  }

  /** How far everything has come of what was said while we listened. */
  received(): Head[] {
    return this.heads().filter(({ memberId, run, sequence }) => {
      const chain = this.#authors.get(memberId)?.get(run);
      return chain !== undefined && sequence > chain.base;
    });
  }

  /** Equal for two members that hold the same of what `members` have said. */
  seen(members: readonly string[]): Uint8Array {
    const heads = members.toSorted().flatMap((memberId): ChainHead[] => {
      const runs = this.#authors.get(memberId);
      const run = Math.max(0, ...(runs?.keys() ?? []));
      const chain = runs?.get(run);
      if (!chain || chain.contiguous === 0) return [];
      const digest = (chain.digest ?? START).slice(0, DIGEST_BYTES);
      return [toChainHead({ memberId, run, sequence: chain.contiguous, digest })];
    });
    return sha256(encode(seenList, heads)).slice(0, DIGEST_BYTES);
  }

  /** Names the holes that there are now; empty when there are none. */
  holes(): string {
    const open: string[] = [];
    for (const [author, runs] of this.#authors) {
      for (const [run, { contiguous, top }] of runs) if (contiguous < top) open.push(`${author}/${run}/${contiguous}`);
    }
    return open.join();
  }

  /**
   * What is here and not at a member with these heads; also what it holds another version of. Of authors that it has not
   * heard, what was sent since the epoch in which it came in.
   */
  beyond(heads: readonly Head[], sinceEpoch: number): Numbered[] {
    const found: Numbered[] = [];
    for (const [memberId, listed] of Map.groupBy(heads, (head) => head.memberId)) {
      for (const [run, chain] of this.#authors.get(memberId) ?? []) {
        const from = firstWanted(chain, run, listed);
        const isNew = listed.some((head) => head.run === 0);
        for (const [sequence, { signed, epoch = -1, ...rest }] of chain.held) {
          const isWanted = sequence >= from || (isNew && epoch >= sinceEpoch);
          if (signed && isWanted) found.push({ memberId, run, sequence, signed, epoch, ...rest });
        }
      }
    }
    return found.toSorted((a, b) => a.run - b.run || a.sequence - b.sequence);
  }

  clear(): void {
    this.#authors.clear();
    this.#kept = [];
    this.#keptBytes = 0;
  }

  /** Where the author is new to us, or this run of it, the chain begins here. */
  #chain(author: string, run: number, first: { base: number; digest: Uint8Array }): Chain | undefined {
    const runs = this.#authors.get(author);
    if (!runs) {
      const chain = newChain(Math.max(0, first.base), first.digest);
      this.#authors.set(author, new Map([[run, chain]]));
      return chain;
    }
    const known = runs.get(run);
    if (known) return known;
    // A run before the first one that we know is from before we came.
    if (run < Math.min(...runs.keys())) return undefined;
    const chain = newChain(0, undefined);
    runs.set(run, chain);
    return chain;
  }

  #hold(chain: Chain, { sequence, digest, previous, signed, epoch }: Numbered): void {
    if (chain.held.size >= MAX_HELD) {
      const oldest = chain.held.keys().next().value;
      if (oldest !== undefined) chain.held.delete(oldest);
    }
    chain.held.set(sequence, { digest, previous, signed, epoch });
    chain.top = Math.max(chain.top, sequence);
    for (let next = chain.held.get(chain.contiguous + 1); next; next = chain.held.get(chain.contiguous + 1)) {
      chain.contiguous++;
      chain.digest = next.digest;
    }
    this.#kept.push({ chain, sequence, bytes: signed.length });
    this.#keptBytes += signed.length;
    while (this.#kept.length > MAX_CONTENTS || this.#keptBytes > MAX_BYTES) {
      const oldest = this.#kept.shift();
      if (!oldest) return;
      this.#keptBytes -= oldest.bytes;
      delete oldest.chain.held.get(oldest.sequence)?.signed;
    }
  }
}

function digestAt(chain: Chain, sequence: number): Uint8Array | undefined {
  return sequence === chain.contiguous ? chain.digest : chain.held.get(sequence)?.digest;
}

/** Whether it names the content before it, and the one after it names this one, as far as they are here. */
function doesFit(chain: Chain, { sequence, digest, previous }: Numbered): boolean {
  const before = digestAt(chain, sequence - 1);
  const after = chain.held.get(sequence + 1)?.previous;
  return (!before || equalBytes(before, previous)) && (!after || equalBytes(after, digest));
}

/** The first number of this run that a member with these heads lacks. */
function firstWanted(chain: Chain, run: number, listed: readonly Head[]): number {
  const head = listed.find((one) => one.run === run);
  if (head) return head.sequence + Number(!isOther(chain, head));
  // Of a run after one that it knows it has nothing.
  return listed.some((one) => one.run > 0 && one.run < run) ? 1 : Number.POSITIVE_INFINITY;
}

function isOther(chain: Chain, head: Head): boolean {
  const own = chain.held.get(head.sequence)?.digest;
  return own !== undefined && !isZero(head.digest) && !equalBytes(own.slice(0, DIGEST_BYTES), head.digest);
}

function idBytes(memberId: string): Uint8Array {
  return fromHex(memberId) ?? new Uint8Array(16);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

export function toChainHead({ memberId, run, sequence, digest }: Head): ChainHead {
  return { memberId: idBytes(memberId), run, sequence, digest };
}

export function fromChainHead({ memberId, run, sequence, digest }: ChainHead): Head {
  return { memberId: toHex(memberId), run, sequence, digest };
}
