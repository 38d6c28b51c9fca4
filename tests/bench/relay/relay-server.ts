// The relay as `npm run relay` starts it, with limits on how much one client may ask raised out of the way: the load comes
// from few connections. Everything else, limits of size, order and decoding among it, is what runs in production.
import { createRelay } from "../../../server/app.ts";
import { readConfig } from "../../../server/config.ts";
import { answerParent } from "./child.ts";

const plenty = { burst: 1e9, perSecond: 1e9 };
const read = readConfig({ PORT: "0", LOG_LEVEL: "error", ...process.env });
if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(" "));
const relay = createRelay(read.config, {
  limits: {
    messages: plenty,
    signals: plenty,
    commits: plenty,
    control: plenty,
    addressFrames: plenty,
    frames: plenty,
    inviteAttempts: plenty,
    roomsPerAddress: { points: 1e9, windowS: 60 },
    // A load that grows until the relay falls behind must not lose its connections on the way.
    backlogBytes: 256 * 1024 * 1024,
    stallMs: 60_000,
    pingTimeoutMs: 60_000,
  },
});
const { port, origin } = await relay.listen();
answerParent({ port, origin, store: relay.store.constructor.name });
