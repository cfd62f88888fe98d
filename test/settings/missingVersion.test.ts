import { expect, test } from "vitest";
import { rememberProof } from "../../cluster/opened/provenSnapshots.ts";
import { mistakesText } from "../../messages/refusal.ts";
import { complete, refused } from "../support/givenSettings.ts";

/** The settings without a version, and the cluster file of a snapshot `before-upgrade` that was opened and holds this. */
function opened(holds: { rancher?: string; rancherImage?: string } | undefined, name = "before-upgrade") {
  const { given } = complete();
  const { rancherVersion: _, ...rest } = given;
  rememberProof(given.clusterFile ?? "", {
    ...{ name, how: "opened", by: "prove", at: "2026-11-27T03:00:00.000Z", nodes: ["node1"], unpacked: 1 },
    ...(holds && { holds }),
  });
  return rest;
}

test("a missing version comes with the command that sets the one that the opened snapshot holds", () => {
  const given = opened({ rancher: "v2.5.7", rancherImage: "registry.example.com:5000/rancher/rancher:v2.5.7" });
  expect(refused(given).mistakes).toEqual([
    {
      key: "rancherVersion",
      message: "rancherVersion is missing; before-upgrade holds Rancher v2.5.7",
      remedy: { text: "to start that version", pulumi: "config set rancherVersion v2.5.7" },
    },
  ]);
});

test("of a snapshot from the middle of an upgrade it names both, and sets the one that wrote the data", () => {
  const [mistake] = refused(opened({ rancher: "v2.5.7", rancherImage: "rancher/rancher:v2.6.0" })).mistakes;
  expect(mistake?.message).toContain("holds Rancher v2.5.7, and its Deployment asks for v2.6.0");
  expect(mistake?.remedy).toMatchObject({ pulumi: "config set rancherVersion v2.5.7" });
});

test.each([
  ["nothing is known of it", opened(undefined)],
  ["only another snapshot was opened", opened({ rancher: "v2.5.7" }, "older")],
])("it says how the snapshot is opened where %s", (_, given) => {
  expect(mistakesText(refused(given).mistakes, "prod").split("\n").slice(1)).toEqual([
    "  rancherVersion is missing",
    "    → to see which one the snapshot holds: rancher-rollback snapshots --open before-upgrade --stack prod",
  ]);
});
