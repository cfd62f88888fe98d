import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile, etcdNodes, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { type Expectation, readClusterFacts, verificationProblems } from "../cluster/verification/verification.ts";
import { StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import type { StepOptions } from "./main.ts";

/** What the program hands to this step on standard input. */
export interface VerifyInput {
  rancher: Expectation["rancher"];
  /** The node's clock when its restart began, ISO 8601, by node name. */
  restartedAt: Record<string, string>;
}

/** Reads the cluster again and again until all of it is as it must be after a rollback (design law 9). */
export async function verify(options: StepOptions): Promise<object> {
  const { clusterFile, knownHostsFile, allowUnknownHostKeys, timeoutSeconds, say } = options;
  const { rancher, restartedAt } = JSON.parse(await options.input()) as VerifyInput;
  const expected: Expectation = {
    nodes: readClusterFile(clusterFile).nodes,
    rancher,
    restartedAt: Object.fromEntries(Object.entries(restartedAt).map(([node, time]) => [node, Date.parse(time)])),
  };
  const { kubeconfig } = besideClusterFile(clusterFile);
  const hostKeys = { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
  const deadline = Date.now() + timeoutSeconds * 1000;
  let told = "";
  while (true) {
    const facts = await readClusterFacts(expected, kubeconfig, hostKeys);
    const problems = verificationProblems(facts, expected);
    if (problems.length === 0) {
      const etcdMembers = etcdNodes(expected).length;
      return {
        verified: true,
        nodesReady: expected.nodes.length,
        etcdMembers,
        rancherVersion: facts.rancherVersion,
        kubernetesVersion: await new KubernetesReader(kubeconfig).version().catch(() => undefined),
        image: rancher.image,
      };
    }
    const waiting = `waiting for: ${problems.join("; ")}`;
    if (waiting !== told) say(waiting);
    told = waiting;
    if (Date.now() > deadline) throw failure(problems, timeoutSeconds, options.stack);
    await sleep(2000);
  }
}

function failure(problems: string[], seconds: number, stack: string): StepFailure {
  return new StepFailure({
    step: "the verification",
    happened: [`not as it must be after ${seconds} s:`, ...problems],
    done: "the etcd restore, rke up, the restarts and the Rancher image",
    notDone: "nothing is left to do but to verify",
    pointOfNoReturn: "passed by the restore before; verifying changes nothing",
    next: ["mend what is named above", goOn(stack, "verifies again")],
  });
}
