// Plain numbers that the relay counts up as it works and that are read only when somebody asks for the metrics. None of
// them belongs to a room, an address or a person.
import { relayCodes } from "../../wire/errors.ts";
import type { RelayCode } from "../../wire/errors.ts";
import { requests } from "../../wire/events.ts";
import type { RequestName } from "../../wire/events.ts";

/** `other` is whatever is no request at all. */
export type CountedName = RequestName | "signal:send" | "other";
export type Outcome = RelayCode | "ok";
/** Why a connection did not come about. */
export type RefusalReason = "address_limit" | "relay_limit" | "handshake" | "origin" | "version" | "draining";

const names: readonly CountedName[] = [...(Object.keys(requests) as RequestName[]), "signal:send", "other"];
const outcomes: readonly Outcome[] = ["ok", ...relayCodes];

export class Tally {
  /** Bytes of connections that are closed by now; open ones count for themselves. */
  sentBytes = 0;
  receivedBytes = 0;
  readonly #answers = new Map(names.map((name) => [name, new Map<Outcome, number>(outcomes.map((it) => [it, 0]))]));
  readonly #refusals = new Map<RefusalReason, number>();

  /** On the path of every message. */
  answered(name: CountedName, outcome: Outcome): void {
    const row = this.#answers.get(name);
    row?.set(outcome, (row.get(outcome) ?? 0) + 1);
  }

  refused(reason: RefusalReason): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  /** Only what happened at all, so that nobody has to read hundreds of zeros. */
  *answers(): Iterable<{ name: CountedName; outcome: Outcome; count: number }> {
    for (const [name, row] of this.#answers)
      for (const [outcome, count] of row) if (count > 0) yield { name, outcome, count };
  }

  refusals(): Iterable<[reason: RefusalReason, count: number]> {
    return this.#refusals;
  }
}
