// How readers come in: with a link that waits under a nonce, with a link offered by the browser, or to a room by its
// address. Where they are is kept in the address of a tab.
import { onMounted, onScopeDispose, watch } from "vue";
import { useEngineStore } from "../stores/engine.ts";
import { faultCode } from "../stores/fault-code.ts";
import { useNavigationStore } from "../stores/navigation.ts";
import { useOpenLink } from "./useOpenLink.ts";
import { useShell } from "./useShell.ts";

export function useEntry(): void {
  const engine = useEngineStore();
  const navigation = useNavigationStore();
  const shell = useShell();
  const openLink = useOpenLink();

  async function take(link: string): Promise<void> {
    try {
      await openLink(link);
    } catch (cause) {
      navigation.go({ kind: "refused", fault: faultCode(cause) });
    }
  }

  async function takeOffer(): Promise<boolean> {
    const link = await shell.takeOffer();
    if (link !== undefined) await take(link);
    return link !== undefined;
  }

  async function enter(): Promise<void> {
    const query = new URLSearchParams(location.search);
    const nonce = query.get("j");
    const roomId = query.get("r");
    if (nonce !== null) {
      const link = await shell.takeLink(nonce);
      if (link === undefined) navigation.go({ kind: "refused", fault: "link_used" });
      else await take(link);
    } else if (roomId !== null) navigation.openRoom(roomId);
    else await takeOffer();
  }

  onMounted(() => void enter());
  onScopeDispose(shell.onOffer(() => void takeOffer()));

  let wasAddressed = false;
  watch(
    () => (navigation.place.kind === "room" ? navigation.place.roomId : undefined),
    (roomId) => {
      // The address the page came with is read before it is written.
      if (roomId !== undefined || wasAddressed) shell.showRoomInAddress(roomId);
      wasAddressed = true;
    },
  );
  // A room that the address names but this browser no longer knows: the room list says more than an empty page.
  watch(
    () => engine.isLoaded,
    () => {
      const { place } = navigation;
      if (place.kind === "room" && engine.room(place.roomId) === undefined) navigation.goHome();
    },
  );
}
