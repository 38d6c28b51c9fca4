import { defineConfig } from "vitest/config";

// Three kinds of tests, by what they need (docs/TESTING.md): nothing, a real relay, real browsers.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["tests/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { name: "relay", include: ["tests/relay/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "scenario", include: ["tests/scenario/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.spec.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Two browsers on two busy cores: one more try, and what fails twice has failed (docs/TESTING.md).
          retry: 1,
        },
      },
    ],
  },
});
