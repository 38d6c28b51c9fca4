// The engine as views see it: a read-only mirror and the commands. No rule of rooms lives here.
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import type { EngineClient, EngineClientState } from "../bridge/client.ts";
import type { EngineApi, LocalRoomId, RoomSnapshot, Settings, TimelineItem } from "../bridge/contract.ts";
import { EngineError } from "../bridge/fault.ts";
import { applyEvent, emptyMirror, mirrorOf } from "./mirror.ts";

export const useEngineStore = defineStore("engine", () => {
  const mirror = shallowRef(emptyMirror);
  const state = shallowRef<EngineClientState>("connecting");
  const client = shallowRef<EngineClient>();

  const isLoaded = computed(() => mirror.value.isLoaded);
  const settings = computed(() => mirror.value.settings);
  const rooms = computed(() => [...mirror.value.rooms.values()]);

  /** To be called in the turn that creates the client, so that its first snapshot is not missed. */
  function attach(next: EngineClient): void {
    client.value = next;
    state.value = next.state();
    next.onSnapshot((snapshot) => {
      mirror.value = mirrorOf(snapshot);
    });
    next.onEvent((event) => {
      mirror.value = applyEvent(mirror.value, event);
    });
    next.onState((now) => {
      state.value = now;
    });
  }

  function room(id: LocalRoomId): RoomSnapshot | undefined {
    return mirror.value.rooms.get(id);
  }

  function timeline(id: LocalRoomId): readonly TimelineItem[] {
    return mirror.value.timelines.get(id) ?? [];
  }

  function commands(): EngineApi {
    if (client.value === undefined) throw new EngineError("engine_lost");
    return client.value;
  }

  async function saveSettings(change: Partial<Settings>): Promise<void> {
    await commands().saveSettings({ ...settings.value, ...change });
  }

  return { attach, commands, isLoaded, room, rooms, saveSettings, settings, state, timeline };
});
