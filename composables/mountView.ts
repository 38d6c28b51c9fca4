// What the three pages have in common: a store that mirrors the engine, the shell, and one root component.
import { createPinia } from "pinia";
import { createApp } from "vue";
import type { Component } from "vue";
import type { EngineClient } from "../bridge/client.ts";
import type { Shell } from "../bridge/shell.ts";
import { useEngineStore } from "../stores/engine.ts";
import { shellKey } from "./useShell.ts";

/** To be called in the turn that creates the client: its first snapshot must find the store. */
export function mountView(root: Component, client: EngineClient, shell: Shell): void {
  const pinia = createPinia();
  useEngineStore(pinia).attach(client);
  createApp(root).use(pinia).provide(shellKey, shell).mount("#app");
}
