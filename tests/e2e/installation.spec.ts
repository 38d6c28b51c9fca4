// Firefox names the installation of an extension to servers: a relay must not learn it, neither that of the build nor one
// that a link names, nor when the engine comes back.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WxtBrowser } from "wxt/browser";
import { openRecordingFront } from "../support/recording-front.ts";
import type { RecordingFront } from "../support/recording-front.ts";
import { formsOf } from "../support/recording-front.ts";
import { openClient } from "../support/node-client.ts";
import type { Client } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { RELAY_ORIGIN, RELAY_PORT } from "./drivers/build.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import { EXTENSION_UUID } from "./drivers/firefox-process.ts";
import type { Browser, Surface } from "./drivers/surface.ts";
import { createRoom, joinRoom, reads, send } from "./journey.ts";

declare const browser: WxtBrowser;

const OTHER_PORT = RELAY_PORT + 1;
const OTHER_ORIGIN = `http://localhost:${OTHER_PORT}`;

let relays: TestRelay[];
let ofBuild: RecordingFront;
let other: RecordingFront;
let host: Client;
let firefox: Browser;
beforeAll(async () => {
  relays = await Promise.all([RELAY_ORIGIN, OTHER_ORIGIN].map((PUBLIC_URL) => startRelay({ PUBLIC_URL })));
  ofBuild = await openRecordingFront(RELAY_PORT, relays[0]?.port ?? 0);
  other = await openRecordingFront(OTHER_PORT, relays[1]?.port ?? 0);
  host = await openClient({ relay: OTHER_ORIGIN });
  // The browser's own question for a permission cannot be clicked from here; it is taken as answered with yes.
  firefox = await launchFirefox({ preferences: { "extensions.webextOptionalPermissionPrompts": false } });
});
afterAll(async () => {
  await firefox.close();
  await host.close();
  await Promise.all([ofBuild, other, ...relays].map((server) => server.close()));
});

/** Handshakes of web sockets by a browser. */
function handshakes(front: RecordingFront) {
  return front.headers().filter((headers) => {
    const values = new Map(headers);
    return values.has("upgrade") && values.get("user-agent")?.includes("Firefox");
  });
}

function expectNothingOfTheInstallation(front: RecordingFront): void {
  const names = front.headers().flatMap((headers) => headers.map(([name]) => name));
  expect(names).not.toContain("origin");
  const found = formsOf(EXTENSION_UUID).filter((form) => front.record().includes(form));
  expect(found).toEqual([]);
}

/** All of it but the key, which is random by definition. */
function constantPart(headers: ReturnType<typeof handshakes>[number] | undefined) {
  return headers?.filter(([name]) => name !== "sec-websocket-key");
}

describe("the installation of the extension in Firefox", () => {
  let view: Surface;

  test("is not named to the relay of the build, whenever the engine connects", async () => {
    view = await firefox.open("room.html");
    await createRoom(view);
    await firefox.killEngine();
    await expect.poll(() => handshakes(ofBuild).length, { timeout: 20_000 }).toBe(2);
    await view.waitFor("composer", { timeoutMs: 20_000 });
    expectNothingOfTheInstallation(ofBuild);
    // The same from every installation: names and values are the browser's own.
    const [first, second] = handshakes(ofBuild);
    expect(constantPart(second)).toEqual(constantPart(first));
    expect(constantPart(first)?.map(([name]) => name)).toEqual([
      "host",
      "user-agent",
      "accept",
      "accept-language",
      "accept-encoding",
      "sec-websocket-version",
      "sec-websocket-extensions",
      "connection",
      "sec-fetch-dest",
      "sec-fetch-mode",
      "sec-fetch-site",
      "pragma",
      "cache-control",
      "upgrade",
    ]);
    await view.close();
  });

  test("is not named to a relay that a link names", async () => {
    const room = await host.createRoom();
    view = await firefox.open("room.html");
    await joinRoom(view, room.link, "Carol");
    await send(view, "through another relay");
    await room.until((its) => its.messages().some(({ text }) => text === "through another relay"), "it arrives");
    await room.send("and back");
    await reads(view, "and back");
    expect(handshakes(other)).toHaveLength(1);
    expectNothingOfTheInstallation(other);
  });

  test("is not named to a relay that is put into the settings", async () => {
    await firefox.evalBackground(() => browser.permissions.remove({ origins: ["http://localhost/*"] }));
    const before = other.headers().length;
    const options = await firefox.open("options.html");
    await options.fill("relay-address", OTHER_ORIGIN);
    await options.click("save-relay");
    await expect.poll(() => other.headers().length).toBeGreaterThan(before);
    expectNothingOfTheInstallation(other);
    await options.close();
  });
});
