import { type Notice, problemOf } from "../../cluster/problem.ts";
import { earlierWipe } from "../../cluster/rke/earlierWipe.ts";
import { isHeldByAnother } from "../heldLock.ts";
import { resumeKubelets, stopForRestore } from "../stopForRestore.ts";
import { startEtcdAgain } from "./leftByRke.ts";
import { failure, type Restoring } from "./restoreFailure.ts";

/** Restores while no kubelet and nothing of Rancher runs. Where nothing was wiped, kubelet runs again afterwards. */
export async function whileStopped<T>(restoring: Restoring, work: () => Promise<T>): Promise<T> {
  const { nodes, input, tools } = restoring;
  tools.say(`stopping kubelet and Rancher on all ${nodes.length} nodes: nothing may write while etcd is restored`);
  tools.tell({ event: "rancher-stopping" });
  try {
    const problems = await stopForRestore(tools, nodes, input.rancher);
    if (problems.length > 0) throw failure("unreachable", problems, restoring);
    return await work();
  } catch (error) {
    await resumeWhereWhole(restoring);
    throw error;
  }
}

/** Also where RKE could not be started at all. What it may have wiped is noted beside the cluster file. */
async function resumeWhereWhole({ nodes, etcdHosts, input, tools }: Restoring): Promise<void> {
  const point = earlierWipe(tools.clusterFile);
  if (await isHeldByAnother(input.lock, tools)) {
    tools.warn(TAKEN_OVER);
  } else if (point.state === "unknown") {
    tools.warn(point.unreadable === undefined ? BEGUN_ELSEWHERE : unreadableNote(point.unreadable));
  } else if (point.state === "not-reached") {
    const etcd = await startEtcdAgain(tools, etcdHosts);
    for (const problem of etcd) tools.warn(problemOf("etcd stays stopped until docker start etcd", problem));
    const kubelets = await resumeKubelets(tools, nodes);
    for (const problem of kubelets) tools.warn(problemOf("kubelet stays stopped until docker start kubelet", problem));
  }
}

const TAKEN_OVER: Notice = {
  message: "kubelet stays stopped on every node: another rollback has taken the cluster",
  remedy: { text: "wait for that rollback, which starts kubelet; to see who runs it", command: "unlock" },
};

const BY_HAND = "where you know that nothing was wiped, on each node: docker start etcd kubelet";

const BEGUN_ELSEWHERE: Notice = {
  message: "kubelet and etcd stay as they are on every node: another machine's restore may have wiped the cluster",
  remedy: `see on that machine that no RKE is at work, and read its log; ${BY_HAND}`,
};

function unreadableNote(path: string): Notice {
  return {
    message: `kubelet and etcd stay as they are on every node: the note of earlier restores, ${path}, cannot be read, and one may have wiped the cluster`,
    remedy: `put the note right, as the failure says, and run this again; ${BY_HAND}`,
  };
}
