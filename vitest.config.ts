import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Takes the lab down last: what came after would have to bring it up again. */
class LabDownLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLast = ({ moduleId }: TestSpecification) => moduleId.endsWith("/labDown.test.ts");
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !isLast(file)), ...sorted.filter(isLast)];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LabDownLast },
    projects: [
      {
        test: {
          name: "unit",
          // Most of the slow ones only wait for processes they have started.
          maxWorkers: 4,
          // Property tests, and tests that start processes, on a busy machine.
          testTimeout: 60_000,
          // A test's own variables and spies end with it.
          unstubEnvs: true,
          restoreMocks: true,
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
