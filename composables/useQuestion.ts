// The questions that stand between a click and what cannot be undone: what they say, and what "yes" does.
import { shallowRef, watch } from "vue";
import type { ShallowRef } from "vue";
import { i18n } from "#i18n";
import type { EngineApi, RoomSnapshot } from "../bridge/contract.ts";
import { useEngineStore } from "../stores/engine.ts";
import { useNavigationStore } from "../stores/navigation.ts";
import type { InviteLayer, Layer, MemberLayer } from "../stores/navigation.ts";

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly option?: { readonly label: string; readonly hint: string };
  readonly isHarmless?: boolean;
  /** What to show next, if not what was there before the question. */
  readonly act: (hasOption: boolean) => Promise<Layer | undefined>;
}

export function useQuestion(): Readonly<ShallowRef<Question | undefined>> {
  const engine = useEngineStore();
  const navigation = useNavigationStore();
  const question = shallowRef<Question>();

  function questionOf(layer: Layer | undefined): Question | undefined {
    if (layer === undefined || layer.kind === "create") return undefined;
    const room = engine.room(layer.roomId);
    const { kind, roomId } = layer;
    if (kind === "leave" || kind === "destroy") return ofRoom(kind, roomId, room?.name ?? "", engine.commands());
    if (kind === "kick" || kind === "makeModerator" || kind === "handOver") {
      return ofMember(layer, room, engine.commands());
    }
    return kind === "revoke" || kind === "rotate" ? ofInvite(layer, engine.commands()) : undefined;
  }

  // Put together once: what is carried out changes the room, and the question must not change under its own answer.
  watch(
    () => navigation.layer,
    (layer) => {
      question.value = questionOf(layer);
    },
    { immediate: true },
  );
  return question;
}

const andBack = async (done: Promise<void>): Promise<undefined> => {
  await done;
  return undefined;
};

function ofRoom(kind: "leave" | "destroy", roomId: string, name: string, commands: EngineApi): Question {
  return {
    title: i18n.t(`${kind}.title`, { name }),
    text: i18n.t(`${kind}.text`),
    confirm: i18n.t(`${kind}.confirm`),
    act: () => andBack(kind === "leave" ? commands.leave({ roomId }) : commands.end({ roomId })),
  };
}

function ofMember(layer: MemberLayer, room: RoomSnapshot | undefined, commands: EngineApi): Question {
  const { roomId, memberId } = layer;
  const name = room?.members.find(({ id }) => id === memberId)?.name ?? "";
  if (layer.kind === "kick") {
    return {
      title: i18n.t("people.removeTitle", { name }),
      text: i18n.t("people.removeText"),
      confirm: i18n.t("people.removeConfirm"),
      option: { label: i18n.t("people.keepLinks"), hint: i18n.t("people.keepLinksHint", { name }) },
      act: (keepInvites) => andBack(commands.kick({ roomId, memberId, keepInvites })),
    };
  }
  if (layer.kind === "makeModerator") {
    return {
      title: i18n.t("people.moderatorTitle", { name }),
      text: i18n.t("people.moderatorText"),
      confirm: i18n.t("people.moderatorConfirm"),
      isHarmless: true,
      act: () => andBack(commands.setDelegate({ roomId, memberId, isDelegate: true })),
    };
  }
  return {
    title: i18n.t("people.handOverTitle", { name }),
    text: i18n.t("people.handOverText"),
    confirm: i18n.t("people.handOverConfirm"),
    act: () => andBack(commands.handOver({ roomId, memberId })),
  };
}

function ofInvite(layer: InviteLayer, commands: EngineApi): Question {
  const { roomId, inviteId, from } = layer;
  if (layer.kind === "revoke") {
    return {
      title: i18n.t("invites.revokeTitle"),
      text: i18n.t("invites.revokeText"),
      confirm: i18n.t("invites.revokeConfirm"),
      act: () => andBack(commands.revokeInvite({ roomId, inviteId })),
    };
  }
  return {
    title: i18n.t("invites.rotateTitle"),
    text: i18n.t("invites.rotateText"),
    confirm: i18n.t("invites.rotateConfirm"),
    act: async () => {
      const next = await commands.rotateInvite({ roomId, inviteId });
      return { kind: "share", roomId, inviteId: next.inviteId, isCopied: false, from };
    },
  };
}
