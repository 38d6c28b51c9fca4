import { defineConfig } from "wxt";

export default defineConfig({
  modules: ["@wxt-dev/module-vue", "@wxt-dev/i18n/module"],
  manifestVersion: 3,
  imports: false,
  manifest: {
    name: "Secret Rooms",
    default_locale: "en",
  },
});
