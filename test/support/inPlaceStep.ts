import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import type { StepInput } from "../../steps/contract.ts";
import { CONTAINERS, dataOf, etcdDocker, exchangesOn, OLD_CLUSTER, runningOn } from "./etcdDocker.ts";
import { textFile } from "./folder.ts";
import { apiServer } from "./kubernetes.ts";
import { restoreStep } from "./restoreStep.ts";
import type { SnapshotNode } from "./snapshotNode.ts";

/** The restore of the snapshot `base` in place, on three hosts with all roles, whose API answers. RKE must not be started. */
export async function inPlaceStep(over: Partial<StepInput<"restore">> = {}, { bumps = false } = {}) {
  const step = restoreStep("exit 1", { restoreWith: "in-place", ...over });
  const { kubeconfig } = await apiServer({ "/readyz": "ok" });
  writeFileSync(besideClusterFile(step.clusterFile).kubeconfig, kubeconfig);
  for (const [at, node] of step.nodes.entries()) {
    etcdDocker(node, at + 1);
    if (bumps) textFile(`${node.root}/flags`, " --bump-revision");
  }
  return step;
}

/** What every etcd host has before the restore, as dataOf says it, and all that runs there. */
export const BEFORE = `${OLD_CLUSTER} 20 99`;
export const EVERYTHING = CONTAINERS.toSorted();

/** Everything runs on the old data, and nothing of an exchange is left. */
export function expectAsBefore(nodes: SnapshotNode[]): void {
  for (const node of nodes) {
    expect([dataOf(node), exchangesOn(node), runningOn(node)]).toEqual([BEFORE, [], EVERYTHING]);
  }
}
