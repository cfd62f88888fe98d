import { describe, expect, test } from "vitest";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import { snapshotLines } from "../../output/planText.ts";
import type { Pull } from "../../plan/fetching.ts";
import { planSchema } from "../../plan/plan.ts";
import { readPlan } from "../../plan/readPlan.ts";
import type { Settings } from "../../settings/settings.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts } from "../support/snapshotHosts.ts";

const SOURCE: SnapshotSource = { kind: "s3", bucket: "other", folder: "" };
const PLACE = "s3://other/ at s3.us-east-1.amazonaws.com";
const URN = "urn:pulumi:prod::rancher-rollback::command:local:Command::snapshot-";

const pulls = (runs: boolean): Pull[] => ["node1", "node2", "node3"].map((node) => ({ node, urn: URN + node, runs }));

/** A preview of three hosts, of which the third has no snapshot. */
async function planned(asked: Parameters<typeof readPlan>[1], changes: Partial<Settings> = { source: SOURCE }) {
  const { settings, hosts } = snapshotHosts();
  putOnAll(hosts.slice(0, 2), "base", snapshotBytes());
  const rancher = { ...settings.rancher, url: "http://127.0.0.1:1" };
  const plan = await readPlan({ ...settings, rancher, readCluster: true, ...changes }, asked);
  expect(planSchema.parse(plan)).toEqual(plan);
  const { failedChecks } = plan;
  return { plan, lacking: failedChecks.filter(({ check }) => check === "snapshot-whole") };
}

describe("a host that lacks the snapshot", () => {
  test("is not held against a rollback that fetches it, also where nobody knows whether it does", async () => {
    for (const asked of [{ pulls: pulls(true) }, {}]) {
      const { plan, lacking } = await planned(asked);
      expect(lacking).toEqual([]);
      expect(snapshotLines(plan)).toContain(`nodes without it fetch it from ${PLACE}`);
    }
  });

  test("is refused where an earlier run has fetched the snapshot, with the command that has it fetched again", async () => {
    const { plan, lacking } = await planned({ pulls: pulls(false) });
    expect(lacking).toEqual([
      expect.objectContaining({
        of: "node3",
        message: expect.stringContaining("there is no base and no base.zip"),
        remedy: {
          text: "an earlier run has fetched it, and fetches it again only when asked to; to ask for it",
          pulumi: `state taint ${URN}node3`,
        },
      }),
    ]);
    expect(snapshotLines(plan)).toContain(`fetched by an earlier run; ${PLACE} is not asked again`);
  });

  test("is fetched by that host alone, where its step alone runs", async () => {
    const { plan, lacking } = await planned({ pulls: [...pulls(false).slice(0, 2), ...pulls(true).slice(2)] });
    expect([lacking, plan.snapshot.source]).toEqual([[], PLACE]);
  });

  test("is refused as ever where there is no source", async () => {
    const { lacking } = await planned({ pulls: [] }, {});
    expect(lacking).toEqual([
      expect.objectContaining({ remedy: expect.objectContaining({ text: "fetch it from a node that has it" }) }),
    ]);
  });
});
