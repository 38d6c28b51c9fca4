import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concat, equalBytes, toBase64Url, utf8 } from "../../../codec/bytes.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { CoreError } from "../../../core/errors.ts";
import { decodeLink, encodeLink, flagsToByte, parseRelayOrigin } from "../../../core/room/link.ts";
import type { InviteLink } from "../../../core/room/link.ts";

const secret = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) & 255);
const flags = { hasPassword: false, askFirst: false, readOnly: false };
const link = encodeLink({ relay: "https://relay.example.org", flags, secret });

const anyLink: fc.Arbitrary<InviteLink> = fc.record({
  relay: fc.oneof(
    fc.webAuthority({ withPort: true }).map((authority) => parseRelayOrigin(`https://${authority}`)),
    fc.constantFrom("http://localhost:8787", "http://127.0.0.1", "http://[::1]:1", "https://[2001:db8::1]"),
  ),
  flags: fc.record({ hasPassword: fc.boolean(), askFirst: fc.boolean(), readOnly: fc.boolean() }),
  secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

/** A payload with check bytes in order. */
function payload(...head: number[]): string {
  const bytes = Uint8Array.from(head);
  return toBase64Url(concat(bytes, sha256(utf8("SR1 link"), bytes).slice(0, 2)));
}

function refusal(text: string): string {
  try {
    decodeLink(text);
    return "none";
  } catch (error) {
    return error instanceof CoreError ? error.code : `not ours: ${String(error)}`;
  }
}

test("a link comes back as it went in", () => {
  fc.assert(
    fc.property(anyLink, (value) => {
      expect(decodeLink(encodeLink(value))).toEqual(value);
    }),
  );
});

function isHarmless(changed: string, isInFragment: boolean): boolean {
  const code = refusal(changed);
  if (code !== "none") return code === "malformed" || code === "unsupported_version";
  const [was, is] = [decodeLink(link), decodeLink(changed)];
  const isSame = equalBytes(was.secret, is.secret) && flagsToByte(was.flags) === flagsToByte(is.flags);
  return isSame && (was.relay === is.relay || !isInFragment);
}

test("one character changed, left out or added is refused, names another relay, or makes no difference", () => {
  const characters = Array.from("abcXYZ019-_~.:/?#@% \u00e9");
  for (let i = 0; i < link.length; i++) {
    const [before, after] = [link.slice(0, i), link.slice(i + 1)];
    const replaced = characters.map((c) => before + c + after);
    const added = characters.map((c) => before + c + link.slice(i));
    const bad = [before + after, ...replaced, ...added].filter((text) => !isHarmless(text, i > link.indexOf("#")));
    expect(bad).toEqual([]);
  }
});

test("every character of the fragment replaced by every other is refused", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let i = link.indexOf("#") + 1; i < link.length; i++) {
    for (const c of alphabet) {
      if (c === link[i]) continue;
      expect(["malformed", "unsupported_version"]).toContain(refusal(link.slice(0, i) + c + link.slice(i + 1)));
    }
  }
});

test("white space around a link and capitals in scheme and host do not matter", () => {
  const shouted = link.replace("https://relay.example.org", "HTTPS://Relay.Example.ORG");
  for (const text of [` ${link}\n`, `\t${link}`, shouted, link.replace("/sr#", "/sr/#")]) {
    expect(decodeLink(text)).toEqual(decodeLink(link));
  }
  expect(refusal(link.replace("/sr#", "/sr# "))).toBe("malformed");
});

test("what is not an invite link is malformed", () => {
  const fragment = link.slice(link.indexOf("#") + 1);
  const foreign = [
    "",
    "hello",
    fragment,
    `#${fragment}`,
    `relay.example.org/sr#${fragment}`,
    `https://relay.example.org/#${fragment}`,
    `https://relay.example.org/s#${fragment}`,
    `https://relay.example.org/sr/x#${fragment}`,
    `https://relay.example.org/sr?a#${fragment}`,
    `https://relay.example.org/sr#`,
    `https://relay.example.org/sr#${fragment}#${fragment}`,
    `https://relay.example.org/sr#${fragment}=`,
    `https://user@relay.example.org/sr#${fragment}`,
    `https://user:secret@relay.example.org/sr#${fragment}`,
    `https://relay.example.org\\@evil.example/sr#${fragment}`,
    `https:///sr#${fragment}`,
    `https://relay.example.org:99999/sr#${fragment}`,
    `ftp://relay.example.org/sr#${fragment}`,
    `javascript:alert(1)//https://relay.example.org/sr#${fragment}`,
    `see https://relay.example.org/sr#${fragment}`,
  ];
  for (const text of foreign) expect([text, refusal(text)]).toEqual([text, "malformed"]);
});

test("plain http is for this machine only", () => {
  const fragment = link.slice(link.indexOf("#") + 1);
  for (const host of ["localhost", "localhost:8787", "127.0.0.1:1", "[::1]:8787"]) {
    expect(decodeLink(`http://${host}/sr#${fragment}`).relay).toBe(`http://${host}`);
  }
  for (const host of ["relay.example.org", "localhost.example.org", "127.0.0.2", "10.0.0.1", "[::2]", "0.0.0.0"]) {
    expect([host, refusal(`http://${host}/sr#${fragment}`)]).toEqual([host, "malformed"]);
  }
});

test("an undamaged link of a newer version or with unknown flags says so, whatever its length", () => {
  const origin = "https://relay.example.org/sr#";
  expect(refusal(origin + payload(2, 0, ...secret))).toBe("unsupported_version");
  expect(refusal(origin + payload(2, 0, ...secret, 1, 2, 3))).toBe("unsupported_version");
  expect(refusal(origin + payload(255))).toBe("unsupported_version");
  expect(refusal(origin + payload(1, 8, ...secret))).toBe("unsupported_version");
  expect(refusal(origin + payload(0, 0, ...secret))).toBe("unsupported_version");
});

test("an undamaged link of this version with a secret too short or too long is malformed", () => {
  const origin = "https://relay.example.org/sr#";
  for (const length of [0, 16, 31, 33, 64]) {
    expect(refusal(origin + payload(1, 0, ...new Uint8Array(length)))).toBe("malformed");
  }
});

test("the flags are one byte of three bits", () => {
  expect(flagsToByte({ hasPassword: true, askFirst: false, readOnly: false })).toBe(1);
  expect(flagsToByte({ hasPassword: false, askFirst: true, readOnly: false })).toBe(2);
  expect(flagsToByte({ hasPassword: false, askFirst: false, readOnly: true })).toBe(4);
});
