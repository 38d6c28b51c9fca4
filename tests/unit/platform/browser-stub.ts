// The parts of the extension API that platform/ touches in these tests, in memory. Import it before anything of platform/:
// the real module looks for the API once, when it is loaded.
import type { Sender } from "../../../bridge/sender.ts";

type Respond = (answer?: unknown) => void;
type MessageListener = (message: unknown, sender: Sender, respond: Respond) => boolean;
type ChangeListener = (changes: Record<string, { newValue?: unknown }>, area: string) => void;

export const OWN_ID = "abcdefghijklmnopabcdefghijklmnop";
export const OWN_ORIGIN = `chrome-extension://${OWN_ID}`;

interface Stub {
  readonly messageListeners: MessageListener[];
  readonly changeListeners: Set<ChangeListener>;
  readonly session: Map<string, unknown>;
  readonly alarms: Set<string>;
  /** Offscreen documents, of which the browser allows one. */
  documents: number;
  /** The browser makes no document. */
  isRefusing: boolean;
  /** Calls into the parent process that prolong an event page's life. */
  beats: number;
}

export const stub: Stub = {
  messageListeners: [],
  changeListeners: new Set(),
  session: new Map(),
  alarms: new Set(),
  documents: 0,
  isRefusing: false,
  beats: 0,
};

const session = {
  get: (key?: string) =>
    Promise.resolve(Object.fromEntries([...stub.session].filter(([name]) => key === undefined || name === key))),
  set: (values: Record<string, unknown>) => {
    for (const [name, newValue] of Object.entries(values)) {
      stub.session.set(name, structuredClone(newValue));
      for (const listener of stub.changeListeners) listener({ [name]: { newValue } }, "session");
    }
    return Promise.resolve();
  },
  remove: (names: string | string[]) => {
    for (const name of [names].flat()) stub.session.delete(name);
    return Promise.resolve();
  },
};

Object.assign(globalThis, {
  browser: {
    runtime: {
      id: OWN_ID,
      getContexts: () => Promise.resolve(Array.from({ length: stub.documents }, () => ({}))),
      getURL: (path: string) => OWN_ORIGIN + path,
      onMessage: { addListener: (listener: MessageListener) => void stub.messageListeners.push(listener) },
      getPlatformInfo: () => {
        stub.beats += 1;
        return Promise.resolve({});
      },
    },
    storage: {
      session,
      onChanged: {
        addListener: (listener: ChangeListener) => void stub.changeListeners.add(listener),
        removeListener: (listener: ChangeListener) => void stub.changeListeners.delete(listener),
      },
    },
    offscreen: {
      createDocument: async () => {
        await Promise.resolve();
        if (stub.isRefusing) throw new Error("not now");
        if (stub.documents > 0) throw new Error("Only a single offscreen document may be created.");
        stub.documents += 1;
      },
    },
    alarms: {
      create: (name: string) => Promise.resolve(stub.alarms.add(name)),
      clear: (name: string) => Promise.resolve(stub.alarms.delete(name)),
    },
  },
});
