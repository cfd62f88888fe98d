import { describe, expect, test } from "vitest";
import type { Downstream, Hazard } from "../../cluster/downstream/schema.ts";
import { remedyText } from "../../messages/commands.ts";
import { planDifferences } from "../../plan/difference.ts";
import { acceptedFor, notAccepted, uncheckedWarnings } from "../../plan/downstream.ts";
import { someCluster, somePlan } from "./somePlan.ts";

const UPGRADED: Hazard = {
  ...{ hazard: "kubernetes-changed", severity: "data-loss", snapshot: "v1.24.4+rke2r1", now: "v1.25.3+rke2r1" },
};
const FROZEN: Hazard = { hazard: "agents-freeze", severity: "work" };
const CLUSTERS = [someCluster("prod", UPGRADED, FROZEN), someCluster("test", UPGRADED), someCluster("dev", FROZEN)];
const ASKED = { snapshot: "base", run: 2 };
const downstream = (clusters = CLUSTERS): Downstream => ({ clusters, common: [] });

describe("hazards that can lose data", () => {
  test("are a failed check for each cluster that is not accepted, with the command that accepts it", () => {
    const checks = notAccepted(downstream(), { ...ASKED, acceptHazardsOf: ["elsewhere"] });
    expect(checks.map(({ message }) => message)).toEqual(
      ["prod (c-prod)", "test (c-test)"].map(
        (name) =>
          `downstream cluster ${name} can lose data: Kubernetes v1.25.3+rke2r1 is v1.24.4+rke2r1 in the snapshot`,
      ),
    );
    expect(checks.map(({ remedy }) => remedyText(remedy, { stack: "s" }).replace(/.*: /, ""))).toEqual([
      "pulumi config set --path 'acceptHazardsOf[1]' 'prod@base#2' --stack s",
      "pulumi config set --path 'acceptHazardsOf[2]' 'test@base#2' --stack s",
    ]);
  });

  test("are accepted for one restore: not for another snapshot, another run, or none that is named", () => {
    const acceptHazardsOf = ["prod@base#2", "c-test@base#2", "dev@base", "edge@other#2", "shop"];
    expect(acceptedFor({ ...ASKED, acceptHazardsOf })).toEqual(["prod", "c-test"]);
    expect(acceptedFor({ snapshot: "base", run: 1, acceptHazardsOf })).toEqual(["dev"]);
  });

  test("are none where they are accepted, or where nothing is known", () => {
    const accepted = CLUSTERS.map((cluster) => ({ ...cluster, accepted: true }));
    expect(notAccepted(downstream(accepted), { ...ASKED, acceptHazardsOf: ["prod", "test"] })).toEqual([]);
    expect(notAccepted({ unknown: "no quorum", clusters: [], common: [] }, { ...ASKED, acceptHazardsOf: [] })).toEqual(
      [],
    );
  });

  test("that are new since the preview differ from it, and those that cannot lose data do not", () => {
    const read = somePlan({ downstream: downstream(CLUSTERS.slice(0, 1)) });
    const losing = (name: string) => ({ name, hazards: ["kubernetes-changed"] });
    const now = (clusters: Downstream["clusters"]) => somePlan({ downstream: downstream(clusters) });
    expect(planDifferences(read, now([...CLUSTERS.slice(0, 1), ...CLUSTERS.slice(2)]))).toEqual([]);
    expect(planDifferences(read, now(CLUSTERS))).toEqual([
      { what: "losing-clusters", was: [losing("prod")], now: [losing("prod"), losing("test")] },
    ]);
  });
});

test("a cluster that can lose data only by what the snapshot says where nothing live is known demands nothing", () => {
  const repeats: Hazard = { hazard: "repeats-operation", severity: "data-loss" };
  const unknown = { unknown: "no quorum", clusters: [someCluster("prod", repeats)], common: [] };
  expect(notAccepted(unknown, { ...ASKED, acceptHazardsOf: [] })).toEqual([]);
});

describe("downstream clusters that were not checked", () => {
  test("are a warning with the reason, and none where they were", () => {
    expect(uncheckedWarnings({ unknown: "node1: no room" }, "rke")).toEqual([
      { kind: "downstream-not-checked", why: "node1: no room" },
    ]);
    expect(uncheckedWarnings(downstream(), "rke")).toEqual([]);
  });

  test("are a warning where some of their objects were left out", () => {
    const notCompared = [{ resource: "nodes.management.cattle.io", of: "prod", count: 7 }];
    const warning = { kind: "downstream-not-compared", objects: notCompared };
    expect(uncheckedWarnings({ notCompared }, "rke")).toEqual([warning]);
  });

  test("are a warning of its own where the old data are renamed back", () => {
    expect(uncheckedWarnings({ unknown: "they are not opened" }, "rename-back")).toEqual([
      { kind: "old-data-not-opened" },
    ]);
  });
});
