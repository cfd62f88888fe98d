import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile, type ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { matchNodes } from "../../cluster/kubernetes/matchNodes.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { ask, unreachable } from "../../cluster/node/connection.ts";
import { untilApiReady } from "../apiReady.ts";
import type { Tools } from "../step.ts";

/**
 * After its restore RKE deletes node objects whose name is no hostname_override, those of etcd hosts always and others
 * where they are not ready (RKE v1.8.0 cluster/remove.go RemoveOldNodes): a node that a cloud provider has named is gone
 * then, and `rke up` waits for it for minutes and fails. Its kubelet registers it again only when it starts: so it is
 * restarted. `rke up` fails on a node that is not ready, too (cluster/cluster.go, "failed to report Ready status"). A node
 * that joined after the snapshot is missing for another reason, and comes back in the same way.
 *
 * Nothing here fails the restore: what is still missing is a warning, and the verification refuses it.
 * @param seconds how long the API may take to answer, and then a node to be ready.
 */
export async function rejoinNodes(nodes: ClusterNode[], tools: Tools, seconds = 180): Promise<void> {
  const { kubeconfig } = besideClusterFile(tools.clusterFile);
  if (!existsSync(kubeconfig)) return;
  const found = await untilApiReady(tools, {
    ...{ timeoutSeconds: seconds, times: 1, pollMs: 500, isReady: async () => true },
    ask: async (reader) => matchNodes(nodes, await reader.nodes()).missing,
  });
  if ("late" in found) {
    tools.warn({
      message: `cannot check whether every node is in the cluster: ${found.reason}`,
      remedy: "see: kubectl get nodes",
    });
    return;
  }
  const gone = found.answer;
  if (gone.length === 0) return;
  await Promise.all(
    gone.map(async (node) => {
      tools.say(`${node.name} is not in the cluster after RKE's restore: restarting its kubelet, which registers it`);
      await ask(tools, node, "docker restart kubelet >/dev/null", 60).catch((error: unknown) =>
        tools.warn({
          message: `kubelet is not restarted: ${unreachable(error).message}`,
          remedy: `on ${node.name}: docker restart kubelet`,
        }),
      );
    }),
  );
  const deadline = Date.now() + seconds * 1000;
  let unready = gone;
  while (unready.length > 0 && Date.now() < deadline) {
    await sleep(500);
    unready = await notReady(kubeconfig, gone).catch(() => unready);
  }
  for (const { name } of unready) {
    tools.warn({
      message: `${name} is not ready ${seconds} s after its kubelet was restarted`,
      remedy: `on ${name}: docker logs --tail 50 kubelet`,
    });
  }
}

/** The nodes of the cluster file that are missing in Kubernetes, or not ready. */
async function notReady(kubeconfig: string, nodes: ClusterNode[]): Promise<ClusterNode[]> {
  const { pairs } = matchNodes(nodes, await new KubernetesReader(kubeconfig).nodes());
  return nodes.filter((node) => !pairs.some((pair) => pair.node === node && pair.kubernetes.ready));
}
