// Only .vue files: template rules and typed rules inside <script setup>. Everything else is oxlint's.
import pluginVue from "eslint-plugin-vue";
import a11y from "eslint-plugin-vuejs-accessibility";
import { defineConfigWithVueTs, vueTsConfigs } from "@vue/eslint-config-typescript";

export default defineConfigWithVueTs(
  { ignores: [".output/**", ".wxt/**", "**/*.{js,mjs,ts}"] },
  pluginVue.configs["flat/strongly-recommended-error"],
  vueTsConfigs.strictTypeChecked,
  ...a11y.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    rules: {
      "vue/no-v-html": "error",
      "vue/no-static-inline-styles": "error",
      "vue/component-api-style": ["error", ["script-setup"]],
      "vue/block-order": ["error", { order: ["script", "template", "style"] }],
      "vue/define-props-declaration": ["error", "type-based"],
      "vue/define-emits-declaration": ["error", "type-literal"],
      // The type says which props may be missing; a default of undefined would say it twice.
      "vue/require-default-prop": "off",
      // Either way names the field; asking for both at once would forbid labels beside their fields.
      "vuejs-accessibility/label-has-for": ["error", { required: { some: ["nesting", "id"] } }],
      "max-lines": ["error", 250],
      "vue/multi-word-component-names": "off",
      "vue/html-indent": "off",
      "vue/max-attributes-per-line": "off",
      "vue/html-self-closing": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
    },
  },
);
