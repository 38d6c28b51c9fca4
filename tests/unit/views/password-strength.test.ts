import { describe, expect, it } from "vitest";
import { judgePassword, suggestPassword } from "../../../composables/passwordStrength.ts";

describe("a password", () => {
  it.each([
    ["", "weak"],
    ["secret", "weak"],
    ["aaaaaaaaaaaaaaaaaaaaaaaa", "weak"],
    ["abcdefghijklmnop", "weak"],
    ["1234567890987654321", "weak"],
    ["Passw0rd!", "weak"],
    ["banana banana banana banana banana", "weak"],
    ["lantern harbour violet saddle", "fair"],
    ["k7Q!x2w9P", "fair"],
    ["lantern harbour violet saddle comet", "strong"],
    ["k7Q!x2w9Pz#4t8", "strong"],
  ])("%s is %s", (password, strength) => {
    expect(judgePassword(password)).toBe(strength);
  });

  it("is suggested from letters that nobody takes for others, each as likely as the next", () => {
    expect(suggestPassword(() => 0)).toBe("aaaa-aaaa-aaaa");
    expect(suggestPassword((below) => below - 1)).toBe("9999-9999-9999");
    const many = Array.from({ length: 400 }, () => suggestPassword());
    expect(new Set(many).size).toBe(many.length);
    expect(many.every((each) => /^(?:[a-z2-9]{4}-){2}[a-z2-9]{4}$/u.test(each))).toBe(true);
    expect(new Set(many.join("").replaceAll("-", "")).size).toBe(31);
    expect(many.join("")).not.toMatch(/[ilo01]/u);
  });
});
