// Where the reader is: one place, and at most one layer above it.
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import type { EngineFault, LocalRoomId } from "../bridge/contract.ts";

export type Place =
  | { readonly kind: "home"; readonly wantsPaste: boolean }
  | { readonly kind: "join"; readonly link: string }
  /** A link that could not be taken up: broken, or handed over before. */
  | { readonly kind: "refused"; readonly fault: EngineFault | "link_used" }
  | { readonly kind: "room"; readonly roomId: LocalRoomId };

export type Layer =
  | { readonly kind: "create" }
  | { readonly kind: "share"; readonly roomId: LocalRoomId; readonly isCopied: boolean }
  | { readonly kind: "people"; readonly roomId: LocalRoomId }
  | { readonly kind: "leave"; readonly roomId: LocalRoomId }
  | { readonly kind: "destroy"; readonly roomId: LocalRoomId }
  | { readonly kind: "kick"; readonly roomId: LocalRoomId; readonly memberId: string; readonly from?: Layer };

export const useNavigationStore = defineStore("navigation", () => {
  const place = shallowRef<Place>({ kind: "home", wantsPaste: false });
  const layer = shallowRef<Layer>();

  function go(next: Place): void {
    place.value = next;
    layer.value = undefined;
  }

  function goHome(): void {
    go({ kind: "home", wantsPaste: false });
  }

  /** Home, with the field for links ready to type in. */
  function goPaste(): void {
    go({ kind: "home", wantsPaste: true });
  }

  function openRoom(roomId: LocalRoomId): void {
    go({ kind: "room", roomId });
  }

  function show(next: Layer): void {
    layer.value = next;
  }

  /** Closes the topmost layer: a question asked from the list of people leads back to it. */
  function hide(): void {
    layer.value = layer.value?.kind === "kick" ? layer.value.from : undefined;
  }

  return { go, goHome, goPaste, hide, layer, openRoom, place, show };
});
