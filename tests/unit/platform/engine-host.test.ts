import { beforeEach, describe, expect, it } from "vitest";
import { stub } from "./browser-stub.ts";
import { createEngineHost, hasEngine } from "../../../platform/engine-host.chrome.ts";

describe("the engine's document on Chrome", () => {
  beforeEach(() => {
    stub.documents = 0;
  });

  it("is made once, however many views ask at the same time", async () => {
    const ensure = createEngineHost();
    await Promise.all([ensure(), ensure(), ensure()]);
    await ensure();
    expect(stub.documents).toBe(1);
  });

  it("is not made again by a background that was started again", async () => {
    await createEngineHost()();
    await createEngineHost()();
    expect(stub.documents).toBe(1);
  });

  it("is made again after it died", async () => {
    const ensure = createEngineHost();
    await ensure();
    stub.documents = 0;
    expect(await hasEngine()).toBe(false);
    await ensure();
    expect(await hasEngine()).toBe(true);
  });

  it("is asked for again after a failure", async () => {
    const ensure = createEngineHost();
    stub.isRefusing = true;
    await expect(ensure()).rejects.toThrow("not now");
    stub.isRefusing = false;
    await ensure();
    expect(stub.documents).toBe(1);
  });
});
