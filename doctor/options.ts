// What the doctor is asked to look at, from its command line.
import { parseArgs } from "node:util";

export interface DoctorOptions {
  readonly url: string | undefined;
  readonly redis: readonly string[];
  readonly turn: readonly string[];
  readonly turnSecret: string | undefined;
  /** A file. */
  readonly ca: string | undefined;
}

export const usage = `npm run doctor -- options

Looks at a deployment from outside and prints a line for each check: pass, warn or fail.
Ends with 1 if anything fails. It changes nothing and makes no room.

  --url https://rooms.example.org   the relay, as people reach it
  --redis rediss://HOST:PORT        its Redis; may be given for each node and replica
  --turn turn:HOST:PORT             its TURN server; may be given several times
  --turn-secret SECRET              its static-auth-secret; TURN_SECRET in the environment does too
  --ca FILE                         a certificate authority of your own, PEM
  --help                            this text
`;

/** A sentence instead of options when they make no sense; `undefined` when help was asked for. */
export function readOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): DoctorOptions | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: "string" },
        redis: { type: "string", multiple: true },
        turn: { type: "string", multiple: true },
        "turn-secret": { type: "string" },
        ca: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) return undefined;
    const { url, redis = [], turn = [], ca } = values;
    if (url === undefined && redis.length + turn.length === 0)
      return "Nothing to look at: name --url, --redis or --turn.";
    return { url, redis, turn, ca, turnSecret: values["turn-secret"] ?? environment["TURN_SECRET"] };
  } catch (error) {
    return error instanceof Error ? error.message : "These options make no sense.";
  }
}
