// Creates a room and puts its link on the clipboard in one click, then shows the room with the invitation above it.
import { i18n } from "#i18n";
import type { EngineApi } from "../bridge/contract.ts";
import { useEngineStore } from "../stores/engine.ts";
import { useNavigationStore } from "../stores/navigation.ts";
import { useNoticesStore } from "../stores/notices.ts";
import { copyWhenReady } from "./useClipboard.ts";

type RoomWish = Parameters<EngineApi["createRoom"]>[0];

export function useCreateRoom(): (wish: RoomWish) => Promise<void> {
  const engine = useEngineStore();
  const navigation = useNavigationStore();
  const notices = useNoticesStore();
  return async (wish) => {
    const created = engine.commands().createRoom(wish);
    const copied = copyWhenReady(created.then(({ link }) => link));
    const { roomId } = await created;
    const isCopied = await copied;
    navigation.openRoom(roomId);
    navigation.show({ kind: "share", roomId, isCopied });
    if (isCopied) notices.announce(i18n.t("share.copied"));
  };
}
