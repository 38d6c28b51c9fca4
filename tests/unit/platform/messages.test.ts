import { beforeEach, describe, expect, it } from "vitest";
import { OWN_ID, OWN_ORIGIN, stub } from "./browser-stub.ts";
import { onMessages } from "../../../platform/messages.ts";
import type { Settings } from "../../../bridge/contract.ts";
import type { Sender } from "../../../bridge/sender.ts";

const page: Sender = { id: OWN_ID, origin: OWN_ORIGIN, url: `${OWN_ORIGIN}/sidepanel.html` };
const engine: Sender = { ...page, url: `${OWN_ORIGIN}/offscreen.html` };
const script: Sender = {
  id: OWN_ID,
  origin: "https://relay.example",
  url: "https://relay.example/sr#x",
  frameId: 0,
  tab: { id: 5, url: "https://relay.example/sr" },
};
const strangers: Record<string, Sender> = {
  "a web page": { origin: "https://evil.example", url: "https://evil.example/" },
  "another extension": { id: "p".repeat(32), origin: `chrome-extension://${"p".repeat(32)}`, url: page.url },
};

const settings: Settings = {
  relay: "https://relay.example",
  displayName: "Heron",
  theme: "dark",
  sendsReceipts: true,
  sendsTyping: false,
};
const every = {
  "ensure-engine": { kind: "ensure-engine" },
  "vault-load": { kind: "vault-load" },
  "vault-save": { kind: "vault-save", text: "x" },
  "settings-load": { kind: "settings-load" },
  "settings-save": { kind: "settings-save", settings },
  activity: { kind: "activity", activity: { isRoomOpen: true, unread: 1 } },
  link: { kind: "link", url: "https://relay.example/sr#x" },
};
type Kind = keyof typeof every;

/** What the background did, and whether it promised an answer. */
function say(message: unknown, sender: Sender): { handled: string[]; isAnswered: boolean } {
  const handled: string[] = [];
  stub.messageListeners.length = 0;
  const answer = (by: string) => (said: { kind: string }) => {
    handled.push(`${by} ${said.kind}`);
    return Promise.resolve(true);
  };
  onMessages({
    page: answer("page"),
    engine: answer("engine"),
    script: (said, from) => void handled.push(`script ${said.kind} ${from.tabId} ${from.origin}`),
  });
  const isAnswered = stub.messageListeners.some((listener) => listener(message, sender, () => {}));
  return { handled, isAnswered };
}

function accepted(sender: Sender): Kind[] {
  return (Object.keys(every) as Kind[]).filter((kind) => say(every[kind], sender).handled.length > 0);
}

describe("a message to the background", () => {
  beforeEach(() => void (stub.messageListeners.length = 0));

  it("is taken from the sort of sender that may say it, and from nobody else", () => {
    expect(accepted(page)).toEqual(["ensure-engine"]);
    expect(accepted(engine)).toEqual(Object.keys(every).filter((kind) => kind !== "link"));
    expect(accepted(script)).toEqual(["link"]);
    for (const stranger of Object.values(strangers)) expect(accepted(stranger)).toEqual([]);
  });

  it("of a content script is not answered", () => {
    expect(say(every.link, script)).toEqual({ handled: ["script link 5 https://relay.example"], isAnswered: false });
    expect(say(every["vault-load"], script)).toEqual({ handled: [], isAnswered: false });
  });

  it.each([
    ["nothing", undefined],
    ["a text", "vault-load"],
    ["an unknown kind", { kind: "eval" }],
    ["a vault that is no text", { kind: "vault-save", text: { a: 1 } }],
    ["settings with more than settings", { kind: "settings-save", settings: { ...settings, key: "x" } }],
    ["an activity that is none", { kind: "activity", activity: { isRoomOpen: "yes", unread: 1 } }],
  ])("is dropped when it is %s", (_, message) => {
    expect(say(message, engine)).toEqual({ handled: [], isAnswered: false });
  });

  it("hides what went wrong from the sender", async () => {
    stub.messageListeners.length = 0;
    onMessages({ page: () => Promise.reject(new Error("secret")) });
    const answer = await new Promise((resolve) => stub.messageListeners[0]?.(every["ensure-engine"], page, resolve));
    expect(answer).toBeUndefined();
  });
});
