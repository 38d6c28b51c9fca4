// Who may import whom; docs/ARCHITECTURE.md has the picture and the reasons. ":type" = types only. A layer may always use itself.
export const layers = {
  codec: [],
  core: ["codec"],
  wire: ["codec"],
  bridge: ["core:type"],
  engine: ["codec", "core", "wire", "bridge"],
  platform: ["bridge", "engine:type"],
  stores: ["bridge", "core:type"],
  composables: ["stores", "bridge:type", "core:type"],
  components: ["composables", "stores", "bridge", "core:type"],
  server: ["codec", "wire"],
  doctor: ["codec", "wire", "server"],
  entrypoints: ["codec", "core", "wire", "bridge", "engine", "platform", "stores", "composables", "components"],
};

const all = Object.keys(layers);
const local = `^(${all.join("|")})/`;
const typeOnly = ["type-only", "type-import"];

const direction = all.flatMap((from) => {
  const value = layers[from].filter((layer) => !layer.endsWith(":type"));
  const any = layers[from].map((layer) => layer.replace(":type", ""));
  return [
    {
      name: `${from}-direction`,
      comment: `${from} may import ${any.join(", ") || "no other layer"}; move the code or turn the dependency round`,
      severity: "error",
      from: { path: `^${from}/` },
      to: { path: local, pathNot: `^(${[from, ...any].join("|")})/` },
    },
    {
      name: `${from}-types-only`,
      comment: `${from} may import values only from ${value.join(", ") || "itself"}: write "import type"`,
      severity: "error",
      from: { path: `^${from}/` },
      to: { path: local, pathNot: `^(${[from, ...value].join("|")})/`, dependencyTypesNot: typeOnly },
    },
  ];
});

export default {
  forbidden: [
    ...direction,
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "not-to-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(#i18n|#imports|wxt/browser)$|[?]worker" },
    },
    { name: "not-to-tests", severity: "error", from: { pathNot: "^tests/" }, to: { path: "^tests/" } },
    {
      name: "vue-stays-in-views",
      severity: "error",
      from: { path: "^(codec|core|wire|bridge|engine|platform|server|doctor)/" },
      to: { path: "node_modules/(vue|pinia|@vue|@vueuse)/" },
    },
    {
      name: "browser-api-only-in-platform",
      comment: "browser.* is reached through platform/; views may use the translations module",
      severity: "error",
      from: { path: `^(${all.filter((layer) => !["platform", "entrypoints"].includes(layer)).join("|")})/` },
      to: { path: "node_modules/wxt/" },
    },
    {
      name: "sockets-only-in-relay-code",
      severity: "error",
      from: { pathNot: "^(engine/relay|server|tests)/" },
      to: { path: "node_modules/(socket[.]io|engine[.]io)" },
    },
    {
      name: "mls-only-behind-core-mls",
      comment: "the library is only used behind the profile and its allow-list",
      severity: "error",
      from: { pathNot: "^(core/mls|tests)/" },
      to: { path: "node_modules/ts-mls/" },
    },
    {
      name: "relay-needs-real-dependencies",
      severity: "error",
      from: { path: "^(server|doctor)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: typeOnly },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^[.](output|wxt)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
