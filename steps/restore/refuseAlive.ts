import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { readCa } from "../../cluster/clusterFile/stateFile.ts";
import { askGivenUp } from "../../cluster/machine/givenUp.ts";
import { failure, type Restoring } from "./restoreFailure.ts";

/**
 * Nothing of the newer Rancher runs during the restore (design law 4): a node that is given up, and is up all the same,
 * has certificates that the restored cluster accepts. @throws StepFailure where one is.
 */
export async function refuseAlive(restoring: Restoring): Promise<void> {
  const { nodes, input, tools } = restoring;
  const ca = readCa(besideClusterFile(tools.clusterFile).stateFile);
  const machines = nodes.filter(({ name }) => input.newNodes?.includes(name));
  const asking = { ca, machines, hostKeys: tools.hostKeys };
  const asked = (input.givenUp ?? []).map(async ({ by, isCertain, ...login }) => {
    const successor = nodes.find(({ name }) => name === by);
    return successor ? [await askGivenUp({ node: { ...successor, ...login }, isCertain }, asking)] : [];
  });
  const answers = (await Promise.all(asked)).flat();
  for (const problem of answers.flatMap(({ unsure }) => unsure)) tools.warn(problem);
  const problems = answers.flatMap(({ alive }) => alive);
  if (problems.length > 0) throw failure("check", problems, restoring);
}
