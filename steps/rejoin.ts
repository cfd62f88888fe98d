import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile, type ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { matchNodes } from "../cluster/kubernetes/matchNodes.ts";
import { apiErrorMessage, KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { ask } from "../cluster/node/connection.ts";
import type { Tools } from "./step.ts";

const API_SECONDS = 60;
const REGISTERED_SECONDS = 60;

/**
 * After its restore RKE deletes every node object that is not ready and whose name is no hostname_override (RKE v1.8.0
 * cluster/remove.go RemoveOldNodes): a node that a cloud provider has named is gone then, `rke up` waits for it for
 * minutes and fails. Its kubelet registers it again only when it starts: so it is restarted.
 *
 * Nothing here fails the restore, which is done: what is still missing is a warning, and the verification refuses it.
 */
export async function rejoinNodes(nodes: ClusterNode[], tools: Tools): Promise<void> {
  const { kubeconfig } = besideClusterFile(tools.clusterFile);
  if (!existsSync(kubeconfig)) return;
  let gone = await missing(kubeconfig, nodes, API_SECONDS).catch((error: unknown) => {
    tools.say(`not known whether every node is still in the cluster: ${apiErrorMessage(error)}`);
    return [];
  });
  if (gone.length === 0) return;
  await Promise.all(
    gone.map(async (node) => {
      tools.say(`${node.name}: RKE has deleted its node object; restarting its kubelet, which registers it again`);
      await ask(tools, node, "docker restart kubelet >/dev/null", 60).catch((error: Error) =>
        tools.warn(`kubelet is not restarted on ${node.name}: ${error.message}; on the node: docker restart kubelet`),
      );
    }),
  );
  const deadline = Date.now() + REGISTERED_SECONDS * 1000;
  while (gone.length > 0 && Date.now() < deadline) {
    await sleep(500);
    gone = await missing(kubeconfig, nodes, 10).catch(() => gone);
  }
  for (const { name } of gone) {
    tools.warn(
      `${name} is not in the cluster ${REGISTERED_SECONDS} s after its kubelet was restarted: docker logs kubelet`,
    );
  }
}

/** The nodes of the cluster file that Kubernetes has not. @throws Error of the API client when it does not answer in time. */
async function missing(kubeconfig: string, nodes: ClusterNode[], seconds: number): Promise<ClusterNode[]> {
  const deadline = Date.now() + seconds * 1000;
  while (true) {
    try {
      return matchNodes(nodes, await new KubernetesReader(kubeconfig).nodes()).missing;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
