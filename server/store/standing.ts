// What a connection is to a room: somebody on the way in, or the holder of a seat.
import type { Invite } from "./invite.ts";
import { asksFirst } from "./invite.ts";
import type { Room } from "./room.ts";
import type { SeatRecord } from "./seat.ts";

export interface Application {
  readonly kind: "applicant";
  readonly room: Room;
  /** Absent for a member that comes back to a room this relay had lost: it may take the ticket, the others judge its commit. */
  readonly invite: Invite | undefined;
  /** May take the ticket: nobody has to be asked, or somebody said yes. */
  isAdmitted: boolean;
  /** Held the ticket at least once. */
  wasGranted: boolean;
  /** How often it found the GroupInfo unusable. */
  complaints: number;
}

export interface Seating {
  readonly kind: "seat";
  readonly room: Room;
  readonly seat: SeatRecord;
}

export function openApplication(room: Room, invite: Invite | undefined): Application {
  const isAdmitted = invite === undefined || !asksFirst(invite);
  return { kind: "applicant", room, invite, isAdmitted, wasGranted: false, complaints: 0 };
}
