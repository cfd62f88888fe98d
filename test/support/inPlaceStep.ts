import { writeFileSync } from "node:fs";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import type { StepInput } from "../../steps/contract.ts";
import { selfSigned } from "./certificate.ts";
import { etcdDocker } from "./etcdDocker.ts";
import { textFile } from "./folder.ts";
import { kubeconfigFor } from "./kubernetes.ts";
import { restoreStep } from "./restoreStep.ts";
import { serve } from "./server.ts";

const tls = selfSigned();

/** The restore of the snapshot `base` in place, on three hosts with all roles, whose API answers. RKE must not be started. */
export async function inPlaceStep(over: Partial<StepInput<"restore">> = {}, { bumps = false } = {}) {
  const step = restoreStep("exit 1", { restoreWith: "in-place", ...over });
  const server = await serve({ "/readyz": "ok" }, tls);
  writeFileSync(besideClusterFile(step.clusterFile).kubeconfig, kubeconfigFor(server, tls.caFile));
  for (const [at, node] of step.nodes.entries()) {
    etcdDocker(node, at + 1);
    if (bumps) textFile(`${node.root}/flags`, " --bump-revision");
  }
  return step;
}
