import { setTimeout as sleep } from "node:timers/promises";
import { besideClusterFile, readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { connectionsText, readConnections } from "../cluster/downstream/connections.ts";
import { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { rancherEvidence } from "../cluster/rancher/evidence.ts";
import { rancherProblems } from "../cluster/rancher/problems.ts";
import { type Expectation, readClusterFacts, verdictOf } from "../cluster/verification/verification.ts";
import { stepFailure } from "../messages/failure.ts";
import type { StepInput, StepReport } from "./contract.ts";
import type { Tools } from "./step.ts";

/** After a restore the leader lock names a pod that is gone, and the next one waits for the lease of 45 s to end (wrangler v0.5.3 pkg/leader). */
const LEADER_SECONDS = 60;

/** Between two looks, which take their time themselves. */
const POLL_MS = 500;

/** Reads the cluster again and again until all of it is as it must be after a rollback (design law 9). */
export async function verify(
  { rancher: asked, restarts, timeoutSeconds }: StepInput<"verify">,
  tools: Tools,
): Promise<StepReport<"verify">> {
  const { clusterFile, hostKeys, say, tell } = tools;
  const { caFile, ...rest } = asked;
  const rancher = { ...rest, ...(caFile && { caFile }) };
  const expected: Expectation = {
    nodes: readClusterFile(clusterFile).nodes,
    rancher,
    restarts: Object.fromEntries(
      Object.entries(restarts).map(([node, { clock, since, ...rest }]) => [
        node,
        { lookedAt: Date.parse(clock), startedSince: Date.parse(since), ...rest },
      ]),
    ),
  };
  const { kubeconfig } = besideClusterFile(clusterFile);
  let deadline = Date.now() + timeoutSeconds * 1000;
  let [shown, serves, isWaited] = ["", false, false];
  while (true) {
    const facts = await readClusterFacts(expected, kubeconfig, hostKeys);
    if (!serves && rancherProblems(facts.rancher, rancher, undefined).length === 0) {
      serves = true;
      tell({ event: "rancher-serving" });
    }
    const { problems, onlyLeadershipIsMissing } = verdictOf(facts, expected);
    if (problems.length === 0) {
      const etcdMembers = etcdNodes(expected).length;
      const api = new KubernetesReader(kubeconfig);
      // Their agents need minutes to connect again: what they are now is reported, and fails nothing.
      const downstream = await readConnections(api).catch(() => undefined);
      const connections = connectionsText(downstream ?? []);
      if (connections) say(`downstream clusters: ${connections}`);
      return {
        verified: true,
        nodesReady: expected.nodes.length,
        etcdMembers,
        rancherVersion: rancher.version,
        rancherEvidence: rancherEvidence(facts.rancher, rancher),
        kubernetesVersion: await api.version().catch(() => undefined),
        image: rancher.image,
        ...(downstream && { downstream }),
      };
    }
    // However short the time given, Rancher's normal start is no failure.
    if (onlyLeadershipIsMissing && !isWaited) deadline = Math.max(deadline, Date.now() + LEADER_SECONDS * 1000);
    isWaited ||= onlyLeadershipIsMissing;
    const waiting = `waiting for: ${problems.map(({ message }) => message).join("; ")}`;
    if (waiting !== shown) say(waiting);
    shown = waiting;
    if (Date.now() > deadline)
      throw stepFailure(tools, { kind: "timeout", step: "verify", problems, waitedSeconds: timeoutSeconds });
    await sleep(POLL_MS);
  }
}
