// Shows one screen, named in the address: /?home. Without a name, the list of all.
import { createPinia, setActivePinia } from "pinia";
import { createApp } from "vue";
import type { Shell } from "../../bridge/shell.ts";
import AppRoot from "../../components/AppRoot.vue";
import OptionsRoot from "../../components/settings/OptionsRoot.vue";
import { shellKey } from "../../composables/useShell.ts";
import { useDraftsStore } from "../../stores/drafts.ts";
import { useEngineStore } from "../../stores/engine.ts";
import { useNavigationStore } from "../../stores/navigation.ts";
import { createDemoEngine } from "../support/demo-engine.ts";
import { screens } from "./screens.ts";
import type { Screen } from "./screens.ts";
import "../../assets/styles/app.css";

const name = decodeURIComponent(location.search.slice(1));
const screen = screens[name];
if (screen === undefined) listScreens();
else await showScreen(screen);

function listScreens(): void {
  const links = Object.keys(screens).map((each) => {
    const link = document.createElement("a");
    link.href = `?${each}`;
    link.textContent = each;
    return link;
  });
  document.querySelector("#app")?.append(...links.flatMap((link) => [link, document.createElement("br")]));
}

async function showScreen(chosen: Screen): Promise<void> {
  const pinia = createPinia();
  setActivePinia(pinia);
  useEngineStore().attach(createDemoEngine(chosen));
  if (chosen.draft !== undefined) useDraftsStore().set("lantern", chosen.draft);
  const surface = chosen.surface ?? "panel";
  const app = createApp(surface === "options" ? OptionsRoot : AppRoot);
  app.use(pinia).provide(shellKey, createDemoShell(surface)).mount("#app");

  const navigation = useNavigationStore();
  if (chosen.place !== undefined) navigation.go(chosen.place);
  await frame();
  if (chosen.layer !== undefined) navigation.show(chosen.layer);
  for (const [id, text] of Object.entries(chosen.fills ?? {})) {
    await frame();
    const field = find(id);
    if (field instanceof HTMLInputElement) field.value = text;
    field?.dispatchEvent(new Event("input"));
  }
  for (const id of chosen.clicks ?? []) {
    await frame();
    find(id)?.click();
  }
  await frame(chosen.waitMs);
  document.documentElement.dataset["isReady"] = "";
}

/** In the sheet, if one is open: what lies under it cannot be reached. */
function find(id: string): HTMLElement | null {
  const top = document.querySelector("dialog[open]") ?? document;
  return top.querySelector<HTMLElement>(`[data-testid="${id}"]`);
}

/** Long enough for pending promises and one rendering. */
async function frame(ms = 30): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function createDemoShell(surface: Shell["surface"]): Shell {
  return {
    surface,
    takeLink: () => Promise.resolve(undefined),
    takeOffer: () => Promise.resolve(undefined),
    onOffer: () => () => undefined,
    openTab: () => Promise.resolve(),
    openSettings: () => Promise.resolve(),
    requestRelayAccess: () => Promise.resolve(true),
    hideInstallation: () => Promise.resolve(false),
    showRoomInAddress: () => undefined,
  };
}
