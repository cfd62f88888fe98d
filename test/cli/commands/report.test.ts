import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { report } from "../../../cli/commands/report.ts";
import { writeReport } from "../../../output/report/writeReport.ts";
import { runsFolder } from "../../../run/runs.ts";
import { succeeded } from "../../output/report/someRecord.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { someSettings } from "../../support/settings.ts";

const stack = vi.hoisted(() => ({ clusterFile: "" }));
vi.mock("../../../cli/workspace.ts", () => ({
  clusterSettingsOfStack: async () => {
    const { cluster } = someSettings();
    return someSettings({ cluster: { ...cluster, path: stack.clusterFile } });
  },
}));

const typed = async (changes: { run?: string; into?: string } = {}) =>
  await report({
    stack: "prod",
    config: [],
    "config-folder": undefined,
    json: true,
    run: undefined,
    into: undefined,
    ...changes,
  });

/** A cluster folder with one run in it. */
function oneRun(): void {
  stack.clusterFile = clusterFileIn(tempFolder());
  writeReport({ ...succeeded(), stack: "prod" }, join(runsFolder(stack.clusterFile), "20261123T031500Z-apply"));
}

test("a stack without a run is told what leaves one", async () => {
  stack.clusterFile = clusterFileIn(tempFolder());
  await expect(typed()).rejects.toThrow(
    "stack prod has no run yet. A preview leaves one: rancher-rollback plan --stack prod",
  );
});

test("a run that is not there is refused with the command that shows the latest of those that are", async () => {
  oneRun();
  await expect(typed({ run: "yesterday" })).rejects.toThrow(
    "there is no run yesterday, only 20261123T031500Z-apply. Name one of them: rancher-rollback report --run 20261123T031500Z-apply --stack prod",
  );
});

test("a folder that cannot be written to is named with what to type instead", async () => {
  oneRun();
  const into = join(textFile(join(tempFolder(), "file"), ""), "report");
  await expect(typed({ into })).rejects.toThrow(
    `the report was not written to ${into}: part of the path is not a folder. Name a folder that this user can write to: --into FOLDER`,
  );
});
