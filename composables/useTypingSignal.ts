// Tells the others that this person types: at the first letter, again while it goes on, and when it is over.
import { onScopeDispose } from "vue";
import type { LocalRoomId } from "../bridge/contract.ts";
import { useEngineStore } from "../stores/engine.ts";

/** More often than the others forget it. */
const REPEAT_MS = 3_000;
const IDLE_MS = 5_000;

export interface TypingSignal {
  readonly typed: (text: string) => void;
  readonly stop: () => void;
}

export function useTypingSignal(roomId: () => LocalRoomId): TypingSignal {
  const engine = useEngineStore();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let toldAtMs: number | undefined;

  function tell(isTyping: boolean): void {
    toldAtMs = isTyping ? Date.now() : undefined;
    engine
      .commands()
      .setTyping({ roomId: roomId(), isTyping })
      .catch(() => undefined);
  }

  function stop(): void {
    clearTimeout(timer);
    if (toldAtMs !== undefined) tell(false);
  }

  function typed(text: string): void {
    if (!engine.settings.sendsTyping) return;
    if (text.trim() === "") {
      stop();
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(stop, IDLE_MS);
    if (toldAtMs === undefined || Date.now() - toldAtMs >= REPEAT_MS) tell(true);
  }

  onScopeDispose(stop);
  return { typed, stop };
}
