// Takes up an invite link: to the room when this browser is inside already, else to the page that asks for a name.
import { useEngineStore } from "../stores/engine.ts";
import { useNavigationStore } from "../stores/navigation.ts";

/** The returned function rejects when the link is not sound. */
export function useOpenLink(): (link: string) => Promise<void> {
  const engine = useEngineStore();
  const navigation = useNavigationStore();
  return async (link) => {
    const { roomId } = await engine.commands().inspectLink({ link });
    if (roomId === undefined) navigation.go({ kind: "join", link });
    else navigation.openRoom(roomId);
  };
}
