// How much one connection, one address and one relay may use. Sizes that clients must know are in wire/limits.ts.

/** A token bucket: so many at once, so many per second after that. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** So many in a window of time. */
export interface Quota {
  readonly points: number;
  readonly windowS: number;
}

export interface RelayLimits {
  /** Open TCP connections of one address (server/sockets/shares.ts), and of the whole relay. */
  readonly connectionsPerAddress: number;
  readonly connections: number;
  readonly rooms: number;
  /** Kept after a room ended before its time, so that its handle stays unusable. */
  readonly tombstones: number;
  /** Joiners of one room who wait for the ticket. */
  readonly waitingJoiners: number;
  /** WebSocket frames of one connection, of whatever kind, and how long reading stops when there are more. */
  readonly frames: Rate;
  readonly framePauseMs: number;
  /** Into how many frames one message may be cut. */
  readonly fragments: number;
  /** Per connection until it holds a seat, then per seat, by kind of request. */
  readonly messages: Rate;
  readonly signals: Rate;
  readonly commits: Rate;
  readonly control: Rate;
  readonly minting: Rate;
  /** Everything from one address together. */
  readonly addressFrames: Rate;
  readonly roomsPerAddress: Quota;
  readonly failedAdmissionsPerAddress: Quota;
  /** Per invite, whoever tries: proofs that turn out good cost nothing. */
  readonly inviteAttempts: Rate;
  /** Attempts of one address that wait behind those that are not decided yet, and how long one waits for its turn. */
  readonly waitingAttempts: number;
  readonly attemptWaitMs: number;
  /** Requests that do not decode, until the connection is closed. */
  readonly strikes: number;
  /** Every answer to `invite:open` leaves this long after the request came, whatever it says. */
  readonly admissionAnswerMs: number;
  readonly challengeLifeMs: number;
  readonly handlerTimeoutMs: number;
  /** A connection that proves nothing, and a joiner who does not ask for the ticket, are closed; a knock waits longer. */
  readonly strangerLifeMs: number;
  readonly applicantLifeMs: number;
  readonly knockLifeMs: number;
  /** A reader that falls so far behind, or takes nothing for so long, is cut. */
  readonly backlogBytes: number;
  readonly stallMs: number;
  readonly handshakeMs: number;
  /** How long the other side has to answer a close. */
  readonly closingMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** A relay on a shared Redis that was not heard of for so long is gone, and its connections with it. */
  readonly nodeLifeMs: number;
  /** How often a relay tells Redis that rooms with people in them go on. */
  readonly leaseMs: number;
  /** How long a draining relay waits for its last bytes to leave. */
  readonly drainMs: number;
}

export const defaultLimits: RelayLimits = {
  connectionsPerAddress: 512,
  connections: 20_000,
  rooms: 50_000,
  tombstones: 100_000,
  waitingJoiners: 256,
  frames: { burst: 1_000, perSecond: 400 },
  framePauseMs: 500,
  fragments: 64,
  messages: { burst: 200, perSecond: 50 },
  signals: { burst: 200, perSecond: 50 },
  commits: { burst: 20, perSecond: 4 },
  control: { burst: 60, perSecond: 10 },
  minting: { burst: 6, perSecond: 1 / 60 },
  addressFrames: { burst: 20_000, perSecond: 5_000 },
  roomsPerAddress: { points: 240, windowS: 60 },
  failedAdmissionsPerAddress: { points: 10, windowS: 600 },
  inviteAttempts: { burst: 5, perSecond: 0.5 },
  waitingAttempts: 512,
  attemptWaitMs: 9_000,
  strikes: 20,
  admissionAnswerMs: 100,
  challengeLifeMs: 60_000,
  handlerTimeoutMs: 10_000,
  strangerLifeMs: 13_000,
  applicantLifeMs: 300_000,
  knockLifeMs: 30 * 60_000,
  backlogBytes: 1024 * 1024,
  stallMs: 10_000,
  handshakeMs: 10_000,
  closingMs: 1_000,
  pingIntervalMs: 8_000,
  pingTimeoutMs: 6_000,
  nodeLifeMs: 10_000,
  leaseMs: 15_000,
  drainMs: 3_000,
};
