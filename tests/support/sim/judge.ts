// The properties of a simulated room, as complaints: no complaint means that they hold. Complaints that may still go away
// with time are asked for again until they do, or time is up.
import type { TimelineItem } from "../../../bridge/contract.ts";
import { toHex } from "../../../codec/bytes.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Person } from "./person.ts";
import type { SealedText } from "./watched-host.ts";

/** Everybody who is inside stands in one epoch with one secret, and the group holds them and nobody else. */
export function complaintsOfAgreement(people: readonly Person[]): string[] {
  const inside = people.filter((person) => person.isInside());
  const complaints = inside.flatMap((person) => {
    const phase = person.room()?.phase;
    return phase === "open" || isAlone(person, inside) ? [] : [`${person.name} is ${phase}`];
  });
  const standings = inside.map(({ name, life }) => ({ name, standing: life?.standing }));
  const describe = ({ name, standing }: (typeof standings)[number]): string =>
    `${name}: epoch ${standing?.epoch} ${standing ? toHex(standing.cid).slice(0, 8) : ""}`;
  const epochs = new Set(
    standings.map(({ standing }) => (standing ? toHex(standing.cid) + toHex(standing.authenticator) : "")),
  );
  if (epochs.size > 1) complaints.push(`several epochs: ${standings.map(describe).join(", ")}`);
  return [...complaints, ...complaintsOfMembers(people, inside)];
}

/** Its leaf may stay: it does not know of it, or nobody heard that it left. */
function isGhost({ isLost, hasLeft, memberId }: Person, inside: readonly Person[]): boolean {
  return isLost || (hasLeft && !inside.some(({ life }) => life?.goodbyes.has(memberId)));
}

/** Whoever comes back and finds only leaves of people who are gone is not told by anybody that it is inside. */
function isAlone({ memberId, life }: Person, inside: readonly Person[]): boolean {
  const others = inside.filter((other) => other.memberId !== memberId);
  return others.every((other) => !life?.standing?.members.includes(other.memberId));
}

function complaintsOfMembers(people: readonly Person[], inside: readonly Person[]): string[] {
  const here = new Set(inside.map(({ memberId }) => memberId));
  const ghosts = new Set(people.filter((person) => isGhost(person, inside)).map(({ memberId }) => memberId));
  return inside.flatMap(({ name, life }) => {
    const members = life?.standing?.members ?? [];
    const missing = [...here].filter((id) => !members.includes(id)).length;
    const surplus = members.filter((id) => !here.has(id) && !ghosts.has(id)).length;
    return missing + surplus === 0 ? [] : [`${name} counts ${missing} members too few and ${surplus} too many`];
  });
}

/** Nobody is outside without having left, been removed, or been told that the room is over. */
export function complaintsOfEnds(people: readonly Person[], chronicle: Chronicle): string[] {
  return people.flatMap(({ name, end, hasLeft, memberId }) => {
    return end === undefined || hasLeft || chronicle.kicked.has(memberId)
      ? []
      : [`${name}'s room ended: ${end.reason} ${end.fault ?? ""}`];
  });
}

interface Shown {
  readonly ids: string[];
  /** Author, run and number of everything under a gap mark. */
  readonly gaps: Set<string>;
  readonly complaints: string[];
}

/** What a timeline shows, and what is wrong with it in itself. */
function shownBy(person: Person, chronicle: Chronicle): Shown {
  const shown: Shown = { ids: [], gaps: new Set(), complaints: [] };
  const isOpen = person.room()?.phase === "open";
  for (const item of person.timeline()) {
    if (item.kind === "gap") for (const number of numbersIn(item)) shown.gaps.add(number);
    if (item.kind !== "message") continue;
    if (item.state === "queued" || item.state === "failed") {
      if (isOpen) shown.complaints.push(`${person.name} has not sent ${item.text}: ${item.state}`);
      continue;
    }
    if (shown.ids.includes(item.id)) shown.complaints.push(`${person.name} shows ${item.text} twice`);
    shown.ids.push(item.id);
    const text = chronicle.texts.get(item.id)?.[0];
    if (text?.author !== item.from || text.text !== item.text)
      shown.complaints.push(`${person.name} shows what nobody said: ${item.text}`);
  }
  return shown;
}

const numberKey = (author: string, run: number, sequence: number): string => `${author}-${run}-${sequence}`;

/** A gap's id names the author, the run and the first number that is missing. */
function numbersIn({ id, count }: Extract<TimelineItem, { kind: "gap" }>): string[] {
  const [, author = "", run, first] = /^gap-(\w+)-(\d+)-(\d+)$/.exec(id) ?? [];
  return Array.from({ length: count }, (_, i) => numberKey(author, Number(run), Number(first) + i));
}

interface Told {
  readonly chronicle: Chronicle;
  /** Authors, with their run, who can still say how much they have said. */
  readonly runs: ReadonlySet<string>;
}

/** Every text that passed the relay is shown once to everybody who was in its epoch, or a gap stands for it; in one order. */
export function complaintsOfTexts(people: readonly Person[], chronicle: Chronicle): string[] {
  const inside = people.filter((person) => person.isInside());
  const runs = new Set(inside.map(({ memberId, run }) => `${memberId}-${run}`));
  const views = inside.map((person) => ({ person, shown: shownBy(person, chronicle) }));
  const complaints = views.flatMap(({ person, shown }) => [
    ...shown.complaints,
    ...missingFrom(person, shown, { chronicle, runs }),
  ]);
  return [...complaints, ...complaintsOfOrder(views.map(({ shown }) => shown.ids))];
}

function missingFrom(person: Person, { ids, gaps }: Shown, { chronicle, runs }: Told): string[] {
  const shown = new Set(ids);
  const complaints: string[] = [];
  // What others repeat may be of before its engine was started again, but not of before it was a member.
  const came = chronicle.placeOf(person.lives.find(({ cids }) => cids.length > 0)?.cids[0]);
  for (const id of shown)
    if (chronicle.lastPlaceOf(id) < came) complaints.push(`${person.name} shows a text of before it came`);
  for (const said of chronicle.passedOn.values()) {
    const isShown = shown.has(said.messageId);
    const isMarked = gaps.has(numberKey(said.author, said.run, said.sequence));
    if (isShown && isMarked) complaints.push(`${person.name} marks ${said.text}, which it shows, as missing`);
    if (!isShown && !isMarked && runs.has(`${said.author}-${said.run}`) && isOwed(said, person, chronicle))
      complaints.push(`${person.name} lacks ${said.text} without a mark`);
  }
  return complaints;
}

/** Said in an epoch that this person was in, by somebody it had heard of. */
function isOwed({ author, run, sequence, cid }: SealedText, { life, memberId }: Person, chronicle: Chronicle): boolean {
  if (chronicle.placeOf(cid) < chronicle.placeOf(life?.cids[0])) return false;
  return author === memberId || sequence > (life?.firstHeard.get(`${author}-${run}`) ?? Number.POSITIVE_INFINITY);
}

function complaintsOfOrder(views: readonly string[][]): string[] {
  return views.flatMap((view, index) => {
    const place = new Map(view.map((id, at) => [id, at]));
    return views.slice(index + 1).flatMap((other) => {
      const common = other.flatMap((id) => place.get(id) ?? []);
      return common.every((at, i) => i === 0 || (common[i - 1] ?? 0) < at) ? [] : ["two people see different orders"];
    });
  });
}
