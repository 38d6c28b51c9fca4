// Where the reader is: one place, and the layers above it, of which the topmost is shown.
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import type { EngineFault, LocalRoomId } from "../bridge/contract.ts";

export type Place =
  | { readonly kind: "home"; readonly wantsPaste: boolean }
  | { readonly kind: "join"; readonly link: string }
  /** A link that could not be taken up: broken, or handed over before. */
  | { readonly kind: "refused"; readonly fault: EngineFault | "link_used" }
  | { readonly kind: "room"; readonly roomId: LocalRoomId };

interface OfRoom {
  readonly roomId: LocalRoomId;
  /** The layer that closing this one leads back to. */
  readonly from?: Layer | undefined;
}

export interface MemberLayer extends OfRoom {
  readonly kind: "kick" | "makeModerator" | "handOver";
  readonly memberId: string;
}

export interface InviteLayer extends OfRoom {
  readonly kind: "revoke" | "rotate";
  readonly inviteId: string;
}

export type Layer =
  | { readonly kind: "create"; readonly from?: undefined }
  /** Without an invite: the link that this person came by, or made first. */
  | (OfRoom & { readonly kind: "share"; readonly isCopied: boolean; readonly inviteId?: string | undefined })
  | (OfRoom & { readonly kind: "people" | "invites" | "newInvite" | "leave" | "destroy" })
  /** With a member: their fingerprint first. */
  | (OfRoom & { readonly kind: "verify"; readonly memberId?: string })
  | MemberLayer
  | InviteLayer;

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
    layer.value = layer.value?.from;
  }

  return { go, goHome, goPaste, hide, layer, openRoom, place, show };
});
