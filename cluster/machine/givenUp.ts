import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { nodeText } from "../clusterFile/node.ts";
import { type HostKeyPolicy, orUnreachable, ssh, type Unreachable } from "../node/ssh.ts";
import type { Problem } from "../problem.ts";
import { aliveProblems, isOfCluster, parseServing, type Serving, servingScript } from "./serving.ts";

/** How long a machine is asked that may not answer, s. */
export const BRIEFLY = 8;
/** How long one that has let the script in may take for it beyond that, s. */
const ANSWERING = 4;

/** What a rollback knows beside the nodes that are given up. */
interface Asking {
  /** The certificate of the cluster's CA, PEM. */
  ca: string | undefined;
  /** The machines that take their place: a name or an address of the one that is gone may lead to one of them by now. */
  machines: ClusterNode[];
  hostKeys: HostKeyPolicy;
}

export interface GivenUpAnswer {
  /** Why it must be stopped first. */
  alive: Problem[];
  /** Why it is not known to be down. */
  unsure: Problem[];
}

/** Asks a node that is given up whether it is up all the same. One to which there is no connection is believed to be gone. */
export async function askGivenUp(
  { node, isCertain }: { node: ClusterNode; isCertain: boolean },
  { ca, machines, hostKeys }: Asking,
): Promise<GivenUpAnswer> {
  const found = await ask(node, hostKeys);
  if ("unreachable" in found) return { alive: [], unsure: found.answers ? [unasked(node, found.unreachable)] : [] };
  const alive = aliveProblems(node, found, { ca, isCertain });
  const isUnlisted = found.unlisted !== undefined && isOfCluster(found.ca, { ca, isCertain });
  const unlisted = isUnlisted ? [unasked(node, { message: `its Docker does not answer: ${found.unlisted}` })] : [];
  if (alive.length + unlisted.length === 0) return { alive, unsure: [] };
  const others = await Promise.all(machines.map((machine) => ask(machine, hostKeys)));
  const isSuccessor = others.some((other) => isSameMachine(other, found));
  if (isSuccessor) return { alive: [], unsure: [] };
  // A machine that cannot be asked may be this very one.
  const isDoubtful = !isCertain && others.some((other) => "unreachable" in other);
  return isDoubtful ? { alive: [], unsure: [...alive, ...unlisted] } : { alive, unsure: unlisted };
}

async function ask(node: ClusterNode, hostKeys: HostKeyPolicy): Promise<Serving | Unreachable> {
  const seconds = { connectSeconds: BRIEFLY, timeoutSeconds: BRIEFLY + ANSWERING };
  const asked = ssh({ node, script: servingScript(node), hostKeys, ...seconds, freshLogin: true });
  return await orUnreachable(asked.then(parseServing));
}

function isSameMachine(one: Serving | Unreachable, { machine }: Serving): boolean {
  return machine !== undefined && !("unreachable" in one) && one.machine === machine;
}

function unasked(node: ClusterNode, { message }: Pick<Problem, "message">): Problem {
  return {
    message: `${nodeText(node)}, which is replaced as unresponsive, answers, and it is not known whether Kubernetes runs on it: ${message}`,
    remedy: "make sure that it is shut down: its kubelet and control plane would go on writing into the restored etcd",
  };
}
