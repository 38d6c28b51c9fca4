// The screens without the extension: `npx vite tests/gallery` to look at them, a build of it in tests/e2e/gallery.spec.ts.
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { generateChromeMessagesText, parseMessagesFile } from "@wxt-dev/i18n/build";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [vue(), translations(), policy()],
  build: { target: "esnext", outDir: here("../../.output/gallery"), emptyOutDir: true },
});

/** What the extension allows its pages; the development server needs more. */
function policy(): Plugin {
  const content = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types vue",
  ].join("; ");
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content }, injectTo: "head-prepend" },
    ],
  };
}

/** `#i18n` as in the extension, with the English catalogue in place of the browser's. */
function translations(): Plugin {
  const id = "\0translations";
  return {
    name: "translations",
    resolveId: (source) => (source === "#i18n" ? id : undefined),
    load: async (source) => {
      if (source !== id) return undefined;
      const messages = generateChromeMessagesText(await parseMessagesFile(here("../../locales/en.yml")));
      return `
        const messages = ${messages};
        const t = (key, values = {}) =>
          messages[key.replaceAll(".", "_")].message.replace(/\\{(\\w+)\\}/g, (_, name) => values[name]);
        export const i18n = { t };`;
    },
  };
}
