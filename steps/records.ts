import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { type BroughtRestore, setAside } from "../cluster/history/hosts.ts";
import type { RestoreRecord } from "../cluster/history/restores.ts";
import type { Problem } from "../cluster/problem.ts";
import type { StepInput } from "./contract.ts";
import { rememberedRestores } from "./remembered.ts";
import { failure } from "./restoreFailure.ts";
import type { Tools } from "./step.ts";

/**
 * What the etcd hosts remember of this cluster's restores. What a machine that takes a node's place brings along of
 * another cluster says nothing of this one.
 * @param nodes all nodes of the cluster file. @throws StepFailure naming each host that cannot be asked.
 */
export async function readRecords(
  nodes: ClusterNode[],
  input: StepInput<"restore">,
  tools: Tools,
): Promise<{ records: RestoreRecord[]; brought: BroughtRestore[] }> {
  const { newNodes = [], replaced } = input;
  const stay = nodes.filter(({ name }) => !newNodes.includes(name)).map(({ address }) => address);
  const joining = { newNodes, others: [...stay, ...replaced] };
  const fail = (problems: Problem[]) => failure("unreachable", problems, input, tools);
  return await rememberedRestores(etcdNodes({ nodes }), tools, fail, joining);
}

/**
 * Before this restore is written down beside them: once the machine is a node like any other, they would count.
 * @throws StepFailure naming each host where that failed.
 */
export async function setBroughtAside(
  brought: BroughtRestore[],
  input: StepInput<"restore">,
  tools: Tools,
): Promise<void> {
  const problems = await setAside(tools, brought);
  if (problems.length > 0) throw failure("unreachable", problems, input, tools);
  for (const { host, record } of brought) {
    tools.say(`${host.name}: its record of a restore of ${record.snapshot} is of another cluster, and is set aside`);
  }
}
