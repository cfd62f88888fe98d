import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import type { Problem } from "../problem.ts";
import { aliveProblems, parseServing, servingScript } from "./serving.ts";
import { type HostKeyPolicy, orUnreachable, ssh } from "./ssh.ts";

/** How long a machine is asked that may not answer, s. */
export const BRIEFLY = 8;

/** Asks a node that is given up whether it is up all the same. One that cannot be asked is believed to be gone. */
export async function askGivenUp(
  { node, isCertain }: { node: ClusterNode; isCertain: boolean },
  ca: string | undefined,
  hostKeys: HostKeyPolicy,
): Promise<Problem[]> {
  const asked = ssh({ node, script: servingScript(node), hostKeys, timeoutSeconds: BRIEFLY, freshLogin: true });
  const found = await orUnreachable(asked.then(parseServing));
  return "unreachable" in found ? [] : aliveProblems(node, found, { ca, isCertain });
}
