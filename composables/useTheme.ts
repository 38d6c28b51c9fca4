// The chosen theme and the language of the catalogue, on the root element.
import { watchEffect } from "vue";
import { i18n } from "#i18n";
import { useEngineStore } from "../stores/engine.ts";

export function useTheme(surface: string): void {
  const engine = useEngineStore();
  const root = document.documentElement;
  root.lang = i18n.t("meta.locale").replace("_", "-");
  root.dir = i18n.t("meta.dir");
  root.dataset["surface"] = surface;
  watchEffect(() => {
    const { theme } = engine.settings;
    if (theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
  });
}
