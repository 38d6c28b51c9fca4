import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stub } from "./browser-stub.ts";
import { onOffer, parkLink, putOffer, takeOffer, takeParkedLink } from "../../../platform/parcels.ts";

const LINK = "https://relay.example/sr#secret";

describe("a link on its way to a view", () => {
  beforeEach(() => {
    stub.session.clear();
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => void vi.useRealTimers());

  it("is taken once", async () => {
    const nonce = await parkLink(LINK);
    expect(await takeParkedLink(nonce)).toBe(LINK);
    expect(await takeParkedLink(nonce)).toBeUndefined();
  });

  it("waits under a nonce that says nothing of it", async () => {
    const nonces = await Promise.all([parkLink(LINK), parkLink(LINK)]);
    expect(new Set(nonces).size).toBe(2);
    expect(nonces.join(" ")).not.toContain("secret");
  });

  it("is offered to the panel of its window only", async () => {
    await putOffer(1, LINK);
    expect(await takeOffer(2)).toBeUndefined();
    expect(await takeOffer(1)).toBe(LINK);
    expect(await takeOffer(1)).toBeUndefined();
  });

  it("is announced to the panel of its window until that stops listening", async () => {
    const heard = vi.fn<() => void>();
    const stop = onOffer(Promise.resolve(1), heard);
    await putOffer(2, LINK);
    await putOffer(1, LINK);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
    await takeOffer(1);
    stop();
    await putOffer(1, LINK);
    await Promise.resolve();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("is dropped when nobody takes it", async () => {
    const nonce = await parkLink(LINK);
    await putOffer(1, LINK);
    vi.setSystemTime(Date.now() + 6 * 60_000);
    expect(await takeParkedLink(nonce)).toBeUndefined();
    await parkLink(LINK);
    expect([...stub.session.keys()].filter((key) => key.startsWith("offer:"))).toEqual([]);
  });

  it("cannot be asked for by the name of something else", async () => {
    stub.session.set("vault", "keys");
    expect(await takeParkedLink("../vault")).toBeUndefined();
    expect(stub.session.get("vault")).toBe("keys");
  });
});
