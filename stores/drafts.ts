// Unsent text per room: in memory only, gone with the view.
import { defineStore } from "pinia";
import { shallowReactive } from "vue";
import type { LocalRoomId } from "../bridge/contract.ts";

export const useDraftsStore = defineStore("drafts", () => {
  const texts = shallowReactive(new Map<LocalRoomId, string>());

  function get(roomId: LocalRoomId): string {
    return texts.get(roomId) ?? "";
  }

  function set(roomId: LocalRoomId, text: string): void {
    if (text === "") texts.delete(roomId);
    else texts.set(roomId, text);
  }

  return { get, set };
});
