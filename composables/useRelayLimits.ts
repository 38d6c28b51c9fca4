// What the relay for new rooms allows. Until it has answered, what any relay may allow.
import { onMounted, shallowRef } from "vue";
import type { ShallowRef } from "vue";
import { useEngineStore } from "../stores/engine.ts";

export interface RelayLimits {
  readonly maxRoomLifeS: number;
  readonly maxMembers: number;
}

export function useRelayLimits(): Readonly<ShallowRef<RelayLimits>> {
  const engine = useEngineStore();
  const limits = shallowRef<RelayLimits>({ maxRoomLifeS: 30 * 86_400, maxMembers: 50 });
  onMounted(async () => {
    try {
      limits.value = await engine.commands().checkRelay({ origin: engine.settings.relay });
    } catch {
      // Creating the room will say what is wrong.
    }
  });
  return limits;
}
