import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { ask, askEach } from "../../cluster/node/connection.ts";
import { parseState, stateScript } from "../../cluster/preflight/checks.ts";
import { roomFailures } from "../../cluster/preflight/room.ts";
import type { StepInput } from "../contract.ts";
import type { Tools } from "../step.ts";
import { failure } from "./restoreFailure.ts";

/**
 * Right before RKE wipes: since the pre-flight checks the safety copy has taken room where RKE unpacks and restores.
 * @throws StepFailure
 */
export async function refuseWithoutRoom(
  hosts: ClusterNode[],
  input: StepInput<"restore">,
  tools: Tools,
): Promise<void> {
  const script = (node: ClusterNode) => stateScript(node, input.snapshot);
  const { answers, problems } = await askEach(hosts, (node) => ask(tools, node, script(node), 60));
  if (problems.length > 0) throw failure("unreachable", problems, input, tools);
  const short = answers.flatMap(({ host, printed }) => {
    const proven = input.proven.nodes.find(({ node }) => node === host.name);
    if (!proven) return [];
    const { file, bytes, unpacked = bytes } = proven;
    return roomFailures(host.name, parseState(printed).places, { file, unpacked }, "rke");
  });
  if (short.length > 0) throw failure("check", short, input, tools);
}
