import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // Most of the slow ones only wait for processes they have started.
          maxWorkers: 4,
          // Property tests on a busy machine.
          testTimeout: 30_000,
          // Nothing is left in the user's cache folder.
          env: { NODE_DISABLE_COMPILE_CACHE: "1" },
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/browser/**"],
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          disableConsoleIntercept: true,
          testTimeout: 60_000,
          // The first time Chromium is fetched.
          hookTimeout: 15 * 60_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/integration/globalSetup.ts"],
          // One cluster serves all lab tests: they take turns.
          fileParallelism: false,
          // Progress is there to be read as it happens, not behind a heading a line.
          disableConsoleIntercept: true,
          testTimeout: 15 * 60_000,
          hookTimeout: 45 * 60_000,
        },
      },
    ],
  },
});
