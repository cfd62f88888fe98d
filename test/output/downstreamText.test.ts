import { expect, test } from "vitest";
import { commonHazardSchema, HAZARDS } from "../../cluster/downstream/schema.ts";
import { commonHazardText, hazardText } from "../../messages/hazards.ts";
import { downstreamChecklist } from "../../output/downstreamText.ts";
import { reportPage } from "../../output/report/page.ts";
import { reportTicket } from "../../output/report/ticket.ts";
import { someCluster, somePlan } from "../plan/somePlan.ts";
import { previewed, succeeded } from "./report/someRecord.ts";

test.each([
  ["the workloads in a cluster are not restored", "workloads in downstream clusters are not rolled back"],
  [
    "the agents need some minutes, and what to do about one that stays away",
    "restart cattle-cluster-agent in its cluster",
  ],
])("the checklist of every rollback says that %s, before and after it", (_, text) => {
  for (const record of [previewed(), succeeded()]) {
    expect(reportPage(record)).toContain(text);
    expect(reportTicket(record)).toContain(text);
  }
  // Of clusters that are as in the snapshot, too; no data show these.
  const downstream = { clusters: [someCluster("quiet")], common: [] };
  expect(downstreamChecklist(somePlan({ downstream })).filter(({ what }) => what.includes(text))).toEqual([
    { who: "all clusters", what: expect.any(String) },
  ]);
});

test("each hazard of a cluster or of all of them says what differs, what Rancher does, and what is to be done", () => {
  const about = { severity: "work" as const, names: ["one"], snapshot: "v1", now: "v2" };
  const kinds = ["rke1", "provisioned", "other"] as const;
  const texts = [
    ...HAZARDS.flatMap((hazard) => kinds.map((kind) => hazardText({ hazard, ...about }, { kind }))),
    ...commonHazardSchema.shape.hazard.options.map((hazard) => commonHazardText({ hazard, ...about })),
  ];
  for (const { what, will, before, after } of texts) {
    expect([what, will]).not.toContain("");
    expect(before ?? after).toMatch(/\w/);
  }
});

test("what rancher-backup has restored is for all clusters, with the restores that run again", () => {
  const names = ["half (unfinished in the snapshot)", "since"];
  const common = [{ hazard: "rancher-backup-used" as const, severity: "work" as const, names }];
  const [item] = downstreamChecklist(somePlan({ downstream: { clusters: [someCluster("prod")], common } }));
  expect(item).toMatchObject({
    ...{ who: "all clusters", what: "restored by rancher-backup as well (half (unfinished in the snapshot), since)" },
    after: expect.stringContaining("kubectl delete restores.resources.cattle.io NAME"),
  });
});
