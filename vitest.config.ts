import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const fastHashes = fileURLToPath(new URL("tests/support/sim/fast-hashes.ts", import.meta.url));

// Kinds of tests, by what they need (docs/TESTING.md): nothing, a real relay, a simulated network, real browsers.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["tests/unit/**/*.test.ts"], testTimeout: 20_000 } },
      { test: { name: "relay", include: ["tests/relay/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "scenario", include: ["tests/scenario/**/*.test.ts"], testTimeout: 60_000 } },
      {
        // A simulated room hashes a hundred thousand times; core's own tests keep to the library itself.
        resolve: { alias: [{ find: /^@noble\/hashes\/(sha2|hmac|hkdf)\.js$/, replacement: fastHashes }] },
        test: { name: "schedules", include: ["tests/schedules/**/*.test.ts"] },
      },
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
