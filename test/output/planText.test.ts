import { describe, expect, test } from "vitest";
import {
  dataLoss,
  lostObjects,
  plannedPointText,
  rancherText,
  replacedLines,
  snapshotLines,
} from "../../output/planText.ts";
import { someLoss, somePlan } from "../plan/somePlan.ts";

const lossOf = (exact: NonNullable<ReturnType<typeof somePlan>["lost"]["exact"]>) =>
  dataLoss(somePlan({ lost: { ...somePlan().lost, exact } }));

describe("lost objects that are asked for", () => {
  const [none, one] = [{ count: 0, names: [] }, (name: string) => ({ count: 1, names: [name] })];
  const exact = someLoss(
    { created: one("u-1 (Alice)"), changed: none, deleted: none },
    {
      kind: "workloads",
      created: { count: 102, names: ["shop/web", "shop/db"] },
      changed: none,
      deleted: one("billing/db"),
    },
  );
  const lost = (words: string[], given: Parameters<typeof lossOf>[0] = exact) =>
    lostObjects(somePlan({ lost: { ...somePlan().lost, exact: given } }), words);

  test("are all of a kind, a line each, and how many more only the cluster knows", () => {
    expect(lost(["WORK"])).toEqual([
      "workloads created: shop/web",
      "workloads created: shop/db",
      "workloads created: 100 more, whose names are not kept",
      "workloads deleted: billing/db",
    ]);
  });

  test("are those whose name has the word, of any kind", () => {
    expect(lost(["db", "alice"])).toEqual([
      "users created: u-1 (Alice)",
      "workloads created: shop/db",
      "workloads created: 100 more, whose names are not kept",
      "workloads deleted: billing/db",
    ]);
  });

  test("are said to be none, or not to be known", () => {
    expect(lost(["ingress"])).toEqual(["no lost object matches ingress"]);
    expect(lost(["users"], { unknown: "no host has it" })).toEqual(["unknown: no host has it"]);
  });
});

describe("the data loss in words", () => {
  test("is by kind what was created, changed and deleted, where the snapshot was opened", () => {
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
    const loss = someLoss(
      {},
      { kind: "workloads", created: { count: 250, names }, deleted: { count: 0, names: [] }, namespaces: 7 },
    );
    expect(lossOf(loss)).toEqual({
      all: "every change of the last 3 h 20 min, in Rancher and in Kubernetes",
      known: "since then, by opening the snapshot (what was created will be gone, what was deleted will be back)",
      kinds: [
        ["users", "1 created (new), 1 changed (other), 1 deleted (gone)"],
        ["workloads", "250 created (n0, n1, n2, n3, n4 and 245 more), 1 changed (other), in 7 namespaces"],
      ],
    });
  });

  test("is nothing where nothing was changed", () => {
    expect(lossOf(someLoss())).toMatchObject({
      known: "nothing was created, changed or deleted since then",
      kinds: [],
    });
  });

  test("has at most 15 lines, the last of which says that there is more", () => {
    const { kinds } = lossOf(someLoss(...Array.from({ length: 20 }, (_, at) => ({ kind: `kind ${at}` }))));
    expect([kinds.length, kinds.at(-1)]).toEqual([15, ["other kinds", "6, see the plan as JSON"]]);
  });

  test("is by the time of creation where the snapshot cannot be opened, and says why", () => {
    const { known, kinds } = lossOf({ unknown: "node1: there is no awk" });
    expect(known).toBe("created since then");
    expect(kinds.at(-1)).toEqual(["changed or deleted", "unknown (node1: there is no awk)"]);
  });
});

test("an opened snapshot tells what it holds, and whether Rancher's image comes back with it", () => {
  const held = (rancherImage: string) =>
    somePlan({
      snapshot: { ...somePlan().snapshot, holds: { rancher: "v2.5.8", kubernetes: "v1.20.15", rancherImage } },
    });
  expect(snapshotLines(held(""))).toContain("holds Rancher v2.5.8 and Kubernetes v1.20.15");
  expect(rancherText(held("rancher/rancher:v2.5.8")).step).toBe("the restore itself brings this image back");
  expect(rancherText(held("rancher/rancher:v2.6.0"))).not.toHaveProperty("step");
});

test.each<[ReturnType<typeof somePlan>["pointOfNoReturn"], string]>([
  [{ when: "exchange" }, "exchanged for the restored ones, on all etcd hosts"],
  [{ when: "rename-back" }, "exchanged for the old ones, on all etcd hosts"],
  [{ when: "cleaning" }, 'logs "Cleaning old kubernetes cluster"'],
  [{ when: "start", rke: "v0.1.18" }, "when RKE starts the restore: v0.1.18 logs nothing before it wipes"],
])("the planned point of no return %j is a sentence", (pointOfNoReturn, text) => {
  expect(plannedPointText(somePlan({ pointOfNoReturn }))).toContain(text);
});

test("a replaced node is shown with the machine that replaces it, whose address may be its name", () => {
  const replaced = (node: string, machine: ReturnType<typeof somePlan>["replaced"][number]["machine"]) =>
    replacedLines(somePlan({ replaced: [{ unresponsive: "node3", node, machine }] }));
  expect(replaced("node4", { kind: "ec2", instanceType: "t3.xlarge" })).toEqual([
    "node3 → node4 (a new EC2 instance, t3.xlarge)",
  ]);
  expect(replaced("node4", { kind: "ec2", instanceType: "t3.xlarge", user: "admin" })).toEqual([
    "node3 → node4 (a new EC2 instance, t3.xlarge, logged in to as admin: its AMI must have this user)",
  ]);
  expect(replaced("10.0.0.4", { kind: "existing", address: "10.0.0.4" })).toEqual(["node3 → 10.0.0.4"]);
});
