import { writeFileSync } from "node:fs";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import type { StepInput } from "../../steps/contract.ts";
import { etcdDocker } from "./etcdDocker.ts";
import { textFile } from "./folder.ts";
import { apiServer } from "./kubernetes.ts";
import { restoreStep } from "./restoreStep.ts";

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
