import { setTimeout as sleep } from "node:timers/promises";
import type { LabCluster } from "../cluster/cluster.ts";
import { tryKubectl } from "../cluster/kubectl.ts";
import type { ClusterState } from "./outcome.ts";

/** A namespace from before the snapshot, and one from after it. */
export const [BEFORE, AFTER] = ["fault-before", "fault-after"];

/** What the cluster is now, by the two namespaces. */
export async function stateOf(cluster: LabCluster): Promise<ClusterState> {
  const args = ["get", "namespaces", BEFORE, AFTER, "--ignore-not-found", "-o", "name", "--request-timeout", "5s"];
  const { code, stdout } = await tryKubectl(cluster, args);
  if (code !== 0) return "not serving";
  const [before, after] = [BEFORE, AFTER].map((name) => stdout.split("\n").includes(`namespace/${name}`));
  if (!before) return "mixed";
  return after ? "as it was" : "as asked";
}

/** The cluster's state once it does not change any more, for a minute at the most. */
export async function settled(cluster: LabCluster): Promise<ClusterState> {
  for (let tries = 0; tries < 20; tries++) {
    const state = await stateOf(cluster);
    if (state === "as it was" || state === "as asked") return state;
    await sleep(3000);
  }
  return await stateOf(cluster);
}
