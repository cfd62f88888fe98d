import type { ClusterNode } from "../cluster/clusterFile/clusterFile.ts";
import { noteBegunElsewhere } from "../cluster/history/begunElsewhere.ts";
import { type BroughtRestore, type Joining, readRestores } from "../cluster/history/hosts.ts";
import type { RestoreRecord } from "../cluster/history/restores.ts";
import type { Problem } from "../cluster/problem.ts";
import { settleFinishedElsewhere } from "../cluster/rke/unfinishedWipe.ts";
import type { StepFailure } from "../messages/failure.ts";
import type { Tools } from "./step.ts";

/**
 * What every etcd host remembers of the cluster's restores, oldest first; one that another machine began is noted for
 * every failure from now on, and one that another machine has finished is no longer noted as unfinished.
 * @throws what `fail` makes of the problems, naming all hosts that could not be asked.
 */
export async function readEarlierRestores(
  hosts: ClusterNode[],
  tools: Tools,
  fail: (problems: Problem[]) => StepFailure,
  joining?: Joining,
): Promise<{ records: RestoreRecord[]; brought: BroughtRestore[] }> {
  const { records, brought, problems } = await readRestores(tools, hosts, joining);
  noteBegunElsewhere(tools.clusterFile, records);
  settleFinishedElsewhere(tools.clusterFile, records);
  if (problems.length > 0) throw fail(problems);
  return { records, brought };
}
