import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { ask, askEach } from "../../cluster/node/connection.ts";
import { parseState, stateScript } from "../../cluster/preflight/checks.ts";
import { roomFailures } from "../../cluster/preflight/room.ts";
import { failure, type Restoring } from "./restoreFailure.ts";

/**
 * Right before RKE wipes: since the pre-flight checks the safety copy has taken room where RKE unpacks and restores.
 * @throws StepFailure
 */
export async function refuseWithoutRoom(restoring: Restoring): Promise<void> {
  const { etcdHosts, input, tools } = restoring;
  const script = (node: ClusterNode) => stateScript(node, input.snapshot);
  const { answers, problems } = await askEach(etcdHosts, (node) => ask(tools, node, script(node), 60));
  if (problems.length > 0) throw failure("unreachable", problems, restoring);
  const short = answers.flatMap(({ host, printed }) => {
    const proven = input.proven.nodes.find(({ node }) => node === host.name);
    if (!proven) return [];
    const { file, bytes, unpacked = bytes } = proven;
    return roomFailures(host.name, parseState(printed).places, { file, unpacked }, "rke");
  });
  if (short.length > 0) throw failure("check", short, restoring);
}
