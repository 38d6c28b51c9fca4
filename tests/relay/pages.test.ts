// The two pages of a relay as people get them: in their language, the same for everybody who speaks it, with nothing in them
// that an operator's settings could smuggle in.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { chooseLanguage, languages } from "../../server/http/languages.ts";
import { createRoutes } from "../../server/http/routes.ts";
import { routes } from "../../wire/http.ts";
import { startRelay } from "./support/relay.ts";

const paths = [routes.invite, routes.status];

async function get(url: string, headers: Record<string, string> = {}): Promise<{ answer: Response; text: string }> {
  const answer = await fetch(url, { headers });
  return { answer, text: await answer.text() };
}

test.each(languages)("both pages speak %s to whoever asks for it, and run nothing", async (language) => {
  const relay = await startRelay();
  for (const path of paths) {
    const { answer, text } = await get(relay.url + path, { "Accept-Language": language });
    expect(answer.headers.get("content-language")).toBe(language);
    expect(answer.headers.get("vary")).toBe("Accept-Language");
    expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(text).toMatch(
      new RegExp(`^<!doctype html>\\s*<html lang="${language}" dir="${language === "ar" ? "rtl" : "ltr"}">`),
    );
    expect(text).not.toMatch(/<script|<style|style=|\son\w+=|javascript:|https?:\/\/|undefined|\{|\[object/);
    expect(text.match(/<h1>/g)).toHaveLength(1);
    for (const [, target] of text.matchAll(/(?:href|src)="([^"]+)"/g))
      expect((await fetch(relay.url + target)).status).toBe(200);
  }
});

test("an answer depends on the language and on nothing else", async () => {
  const relay = await startRelay({ OPERATOR_NAME: "Ada" });
  for (const path of paths) {
    const plain = await get(relay.url + path);
    const others = [
      await get(`${relay.url}${path}?a=1&lang=de&b=<script>`),
      await get(relay.url + path, { "Accept-Language": "tlh, en;q=0.1", "User-Agent": "a phone", Cookie: "lang=de" }),
      await get(relay.url + path, { Referer: "https://example.org/", "X-Forwarded-For": "2001:db8::1", DNT: "1" }),
    ];
    for (const { answer, text } of others) {
      expect(text).toBe(plain.text);
      const headers = [...answer.headers].filter(([name]) => name !== "date");
      expect(headers).toEqual([...plain.answer.headers].filter(([name]) => name !== "date"));
    }
    const head = await fetch(relay.url + path, { method: "HEAD", headers: { "Accept-Language": "de" } });
    expect([head.headers.get("content-language"), await head.text()]).toEqual(["de", ""]);
  }
});

test("the landing page says what to do, what the relay sees and what the browser keeps", async () => {
  const relay = await startRelay();
  const { text } = await get(relay.url + routes.invite);
  expect(text).toContain("<h1>You are invited to a secret room</h1>");
  expect(text).toContain('<strong lang="en" dir="ltr">Join</strong>');
  expect(text).toContain('<meta property="og:title" content="Secret Rooms invitation" />');
  expect(text).toContain("The relay passes on locked messages.");
  expect(text).toContain("now in this browser’s history");
});

test("the pages call what is in the extension as the extension does", async () => {
  const catalogue = await readFile(new URL("../../locales/en.yml", import.meta.url), "utf8");
  expect(catalogue).toMatch(/^join:\n(?: .*\n|\n)*? {2}submit: Join$/m);
  expect(catalogue).toMatch(/^home:\n(?: .*\n|\n)*? {2}pasteLabel: Invite link$/m);
});

test("the status page says what the relay allows, in full", async () => {
  const relay = await startRelay({ MAX_ROOM_TTL_S: "129610", MAX_MEMBERS: "12" });
  const facts = async (language: string): Promise<string[]> => {
    const { text } = await get(relay.url + routes.status, { "Accept-Language": language });
    return [...text.matchAll(/<dd>([^<]*)<\/dd>/g)].map(([, fact = ""]) => fact);
  };
  expect(await facts("en")).toEqual(["1 day, 12 hours, 10 seconds", "12"]);
  expect(await facts("ru")).toEqual(["1 день 12 часов 10 секунд", "12"]);
  expect(await facts("ar")).toEqual(["يوم، و12 ساعة، و10 ثوان", "12"]);
  expect(await facts("zh-CN")).toEqual(["1天12小时10秒钟", "12"]);
});

test("a relay without an operator speaks of none; its version is that of the package", async () => {
  const relay = await startRelay();
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  for (const path of paths) {
    const { text } = await get(relay.url + path);
    expect(text).not.toMatch(/Operated by|Report abuse|<a /);
    expect(text).toContain(`<span dir="ltr">${version}</span>`);
  }
});

test("what an operator sets is text, whatever is in it", async () => {
  const relay = await startRelay({
    OPERATOR_NAME: `<script>alert(1)</script>"'&amp;{join}`,
    ABUSE_CONTACT: "https://example.org/?a=1&b=%22x",
  });
  for (const path of paths) {
    const { text } = await get(relay.url + path);
    expect(text).toContain("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;{join}</bdi>");
    expect(text).toContain('<a href="https://example.org/?a=1&amp;b=%22x" rel="noreferrer" dir="ltr">');
    expect(text).not.toContain("<script");
  }
});

test.each([
  ["abuse@example.org", "mailto:abuse@example.org"],
  ["a?cc=b&body=c@example.org", "mailto:a%3Fcc%3Db%26body%3Dc@example.org"],
])("mail to %s goes to that address and says nothing by itself", async (contact, target) => {
  // The environment is stricter than the pages.
  const limits = { maxRoomLifeS: 60, defaultRoomLifeS: 60, maxMembers: 2 };
  const about = { product: "secret-rooms", protocol: 1, version: "1", abuseContact: contact, ...limits } as const;
  const app = createRoutes({ about, readiness: () => "ready", origin: () => "http://localhost" });
  const text = await (await app.request(routes.invite)).text();
  expect([...text.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href)).toEqual([target]);
});

test("the language is the one that is wanted most among those there are", () => {
  const wanted: readonly (readonly [header: string | undefined, chosen: string])[] = [
    [undefined, "en"],
    ["", "en"],
    ["*", "en"],
    ["de", "de"],
    ["DE-at", "de"],
    ["de-Latn-CH-1996", "de"],
    ["pt-PT", "pt-BR"],
    ["pt", "pt-BR"],
    ["zh-TW,zh;q=0.9,en-US;q=0.8", "zh-CN"],
    ["ar-EG, en;q=0.9", "ar"],
    ["nl, fr;q=0.5, ja;q=0.8", "ja"],
    ["fr;q=0.3,es;q=0.30,ru;q=0.299", "fr"],
    ["en;q=0.1, de ; q=0.2", "de"],
    ["de;q=0, es;q=0.001", "es"],
    ["de;q=0", "en"],
    ["nl,da;q=0.9,*;q=0.1", "en"],
    ["en-GB,de;q=0.9", "en"],
  ];
  expect(wanted.map(([header]) => [header, chooseLanguage(header)])).toEqual(wanted);
});

test("what is not well formed counts for nothing", () => {
  const broken = ["de;q=2", "de;q=-1", "de;q=1.001", "de;q=0.1234", "de;q=NaN", "de;q=", "de;", "de;level=1", "de-"];
  const odd = [
    "deutsch",
    "d e",
    "de_DE",
    "dе",
    "__proto__",
    "constructor",
    "de\u0000",
    "<script>",
    '"de"',
    ",,,;;;===",
  ];
  for (const item of [...broken, ...odd]) {
    expect([item, chooseLanguage(item)]).toEqual([item, "en"]);
    expect([item, chooseLanguage(`${item},ja;q=0.001`)]).toEqual([item, "ja"]);
  }
});

test("a header of any length is answered at once", async () => {
  expect(chooseLanguage(`${"nl,".repeat(332)}de`)).toBe("de");
  expect(chooseLanguage(`${"nl,".repeat(333)}de`)).toBe("en");
  const relay = await startRelay();
  for (const filler of ["de,", "a-", "de;q=0.", " ", ";q=1 "]) {
    const startedMs = performance.now();
    const { answer } = await get(relay.url + routes.invite, { "Accept-Language": `x${filler.repeat(3_000)}x` });
    expect([filler, answer.status]).toEqual([filler, filler.length * 3_000 > 15_000 ? 431 : 200]);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  }
});
