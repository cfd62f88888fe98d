import { type PathLike, type StatsFs, statfsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { preflight } from "../../steps/preflight.ts";
import { isQuiet, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { rememberedBy } from "../support/restores.ts";
import { RKE } from "../support/settings.ts";
import { failureOf } from "../support/steps.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, statfsSync: vi.fn(fs.statfsSync) };
});

afterEach(() => void vi.mocked(statfsSync).mockReset());

/** The disk of a cluster's folder on the operator's machine has 63 MiB left. */
function fullDisk(folder: string): void {
  const almost = { bavail: 63 * 1024, bsize: 1024 } as StatsFs;
  vi.mocked(statfsSync as (path: PathLike) => StatsFs).mockImplementation((path) => {
    if (!String(path).startsWith(folder)) throw new Error(`nobody should ask for the room in ${path}`);
    return almost;
  });
}

const said = (folder: string) =>
  expect.stringMatching(
    new RegExp(`^${folder}\\S* on this machine has 63 MiB free, and 64 MiB are needed for logs and state$`),
  );

describe("a full disk of the operator's machine", () => {
  test("fails the pre-flight checks", async () => {
    const { folder, tools } = restoreStep(WHOLE);
    fullDisk(folder);
    const failed = await failureOf(preflight({ snapshot: "base", rkeVersion: RKE, timeoutSeconds: 60 }, tools));
    expect(failed).toMatchObject({
      kind: "check",
      happened: [said(folder)],
      remedies: [expect.stringMatching(/^make room on this machine: df -h /)],
      pointOfNoReturn: { state: "not-reached" },
    });
  });

  test.each(["rke", "in-place"] as const)(
    "that has filled since stops the restore before anything is stopped or wiped: %s",
    async (restoreWith) => {
      const { folder, nodes, ran, run } = restoreStep(WHOLE, { restoreWith });
      fullDisk(folder);
      expect(await failureOf(run())).toMatchObject({
        kind: "system",
        happened: [said(join(folder, ".rancher-rollback"))],
        pointOfNoReturn: { state: "not-reached" },
      });
      expect(ran()).toBe(false);
      for (const node of nodes) expect([isQuiet(node), rememberedBy(node)]).toEqual([false, []]);
    },
  );
});
