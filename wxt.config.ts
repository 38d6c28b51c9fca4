// How the extension is built. SECRET_ROOMS_RELAY names the relay this build uses until people choose another; set to nothing,
// the build has none and asks.
import { defineConfig } from "wxt";
import type { UserManifest } from "wxt";

const relay = relayOrigin(process.env["SECRET_ROOMS_RELAY"] ?? "http://127.0.0.1:8787");

const ENGINE_LIBRARIES = /node_modules[\\/](@socket\.io|socket\.io|engine\.io|ts-mls|@hpke|@noble)/;

export default defineConfig({
  modules: ["@wxt-dev/module-vue", "@wxt-dev/i18n/module"],
  manifestVersion: 3,
  imports: false,
  ...outDirOfTests(),
  hooks: {
    "build:manifestGenerated": (_, manifest) => {
      // Firefox would open the sidebar by itself when the extension is installed.
      const sidebar: unknown = manifest["sidebar_action"];
      if (typeof sidebar === "object") Object.assign(sidebar ?? {}, { open_at_install: false });
    },
  },
  manifest: ({ browser }) => ({ ...common, ...(browser === "firefox" ? firefox() : chrome()) }),
  vite: () => ({
    define: { __SECRET_ROOMS_RELAY__: JSON.stringify(relay) },
    // One file per worker.
    worker: { format: "es", rolldownOptions: { output: { codeSplitting: false } } },
    // The background of Chrome names the engine in a branch that the build cuts off; these would stay for their side effects.
    build: { rolldownOptions: { treeshake: { moduleSideEffects: [{ test: ENGINE_LIBRARIES, sideEffects: false }] } } },
    plugins: [withoutFunctionConstructor()],
  }),
});

const common: UserManifest = {
  name: "__MSG_extName__",
  short_name: "Secret Rooms",
  description: "__MSG_extDesc__",
  default_locale: "en",
  action: { default_title: "__MSG_actionTitle__" },
  commands: { _execute_action: { suggested_key: { default: "Alt+Shift+S" } } },
  // The relay of the build: its invite links open here instead of there.
  host_permissions: relayPatterns("/*"),
  // Relays that people add; asked in the click that adds one. Plain http only on this machine.
  optional_host_permissions: ["https://*/*", "http://127.0.0.1/*", "http://localhost/*"],
  content_security_policy: { extension_pages: contentSecurityPolicy() },
};

function chrome(): UserManifest {
  return {
    minimum_chrome_version: "148",
    message_serialization: "structured_clone",
    permissions: [
      "storage",
      "sidePanel",
      "contextMenus",
      "activeTab",
      "offscreen",
      "declarativeNetRequestWithHostAccess",
      "scripting",
    ],
    // A page that opens an invite link keeps no handle on our tab.
    cross_origin_opener_policy: { value: "same-origin" },
    content_scripts:
      relay === "" ? [] : [{ matches: relayPatterns("/sr*"), js: ["link.js"], run_at: "document_start" }],
  };
}

function firefox(): UserManifest {
  return {
    permissions: [
      "storage",
      "contextMenus",
      "activeTab",
      "alarms",
      "webRequest",
      "webRequestBlocking",
      "declarativeNetRequestWithHostAccess",
    ],
    action: { ...common.action, default_area: "navbar" },
    browser_specific_settings: {
      gecko: {
        id: "secret-rooms@secret-rooms.example",
        strict_min_version: "153.0",
        // What people write leaves the browser, sealed; Mozilla counts that as collected.
        data_collection_permissions: { required: ["personalCommunications"] },
      },
    },
  };
}

function contentSecurityPolicy(): string {
  const loopback = ["127.0.0.1", "localhost"].flatMap((host) => [`http://${host}:*`, `ws://${host}:*`]);
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    // People choose their relay. Loopback is for those who run one on their own machine, and for tests.
    ["connect-src 'self' https: wss:", ...loopback].join(" "),
    "worker-src 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types vue sr-worker",
  ].join("; ");
}

/** Match patterns know no ports. */
function relayPatterns(path: string): string[] {
  if (relay === "") return [];
  const { protocol, hostname } = new URL(relay);
  return [`${protocol}//${hostname}${path}`];
}

function relayOrigin(value: string): string {
  if (value === "") return "";
  const { origin, protocol, href } = new URL(value);
  if ((protocol !== "https:" && protocol !== "http:") || href !== `${origin}/`) {
    throw new Error(`SECRET_ROOMS_RELAY must be an origin such as https://relay.example.org, not ${value}`);
  }
  return origin;
}

/** Tests build for their own relay, beside what people load. */
function outDirOfTests(): { outDirTemplate?: string } {
  const name = process.env["SECRET_ROOMS_OUT"];
  return name === undefined ? {} : { outDirTemplate: `${name}-{{browser}}-mv{{manifestVersion}}` };
}

/** engine.io-client looks for the global object with `Function("return this")()`, which stores refuse and our policy blocks. */
function withoutFunctionConstructor() {
  const constructor = 'Function("return this")()';
  return {
    name: "without-function-constructor",
    transform(code: string, id: string): string | undefined {
      if (!id.includes("engine.io-client") || !code.includes(constructor)) return undefined;
      return code.replaceAll(constructor, "globalThis");
    },
  };
}
