// Says aloud who asks to come in, whatever is on the screen. The focus stays where it is.
import { watch } from "vue";
import { i18n } from "#i18n";
import { useEngineStore } from "../stores/engine.ts";
import { useNoticesStore } from "../stores/notices.ts";

export function useKnockAnnouncer(): void {
  const engine = useEngineStore();
  const notices = useNoticesStore();
  let known = new Set<string>();
  watch(
    () => engine.rooms,
    (rooms) => {
      const now = new Set<string>();
      for (const room of rooms) {
        for (const { id, name } of room.knocks) {
          const key = `${room.id} ${id}`;
          now.add(key);
          if (!known.has(key)) notices.announce(i18n.t("knock.said", { name, room: room.name }), true);
        }
      }
      known = now;
    },
    { immediate: true },
  );
}
