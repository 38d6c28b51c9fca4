import { expect, it } from "vitest";
import { emojiPictures } from "../../../components/room/emoji-pictures.ts";
import { emojis } from "../../../core/room/emoji.ts";

it("views show the pictures of the protocol, under its numbers", () => {
  expect(emojiPictures.map(([emoji, name]) => ({ emoji, name }))).toEqual(emojis);
});
