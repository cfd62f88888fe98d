import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { hasRole } from "../clusterFile/node.ts";
import type { DeploymentRef } from "../kubernetes/deployment.ts";
import type { Asked } from "../node/about.ts";
import { lineOf, linesOf, script } from "../script.ts";
import { type ContainerFact, containersOf, expectedComponents } from "./facts.ts";

const facts = script(import.meta.dirname, "restartFacts.sh");
const restart = script(import.meta.dirname, "restart.sh");
const rancherStop = script(import.meta.dirname, "rancherStop.sh");

/** What a node says of everything that a rollback restarts. Times are by the node's own clock, in ms since 1970. */
export interface RestartFacts {
  /** When it was asked; a whole second, rounded down. NaN where it did not say. */
  clock: number;
  etcd?: ContainerFact;
  components: ContainerFact[];
  network: ContainerFact[];
  rancher: ContainerFact[];
}

/** Reads what the functions below decide by. Nothing is changed; it fails where Docker does not answer. */
export function restartFactsScript(node: Pick<ClusterNode, "roles">, rancher: DeploymentRef): string {
  const { namespace, deployment, container } = rancher;
  return facts({ components: expectedComponents(node).join(" "), namespace, deployment, container });
}

export function parseRestartFacts(printed: string, node: Pick<ClusterNode, "roles">): RestartFacts {
  const containers = containersOf(printed, "container");
  const names = expectedComponents(node);
  const etcd = containers.find(({ name }) => name === "etcd");
  return {
    clock: Date.parse(lineOf(printed, "clock") ?? ""),
    ...(etcd && { etcd }),
    components: containers.filter(({ name }) => names.includes(name)),
    network: containers.filter((one) => one !== etcd && !names.includes(one.name)),
    rancher: containersOf(printed, "rancher"),
  };
}

/**
 * Since when a node has restored data, by its own clock: what has started since has never seen the old data.
 * With etcd on the node that is etcd's own start. On other nodes it is the beginning of the wipe by the operator's
 * clock, moved by the latest that the node's clock can be ahead: no kubelet runs between the wipe and etcd's start, and
 * RKE starts components after etcd (v1.8.0, cluster/cluster.go).
 * @param wipedAt by the operator's clock, ms since 1970.
 * @returns undefined where it is not known.
 */
export function restoredSince(
  facts: RestartFacts,
  { from, to }: Asked,
  node: Pick<ClusterNode, "roles">,
  wipedAt: number | undefined,
): number | undefined {
  if (wipedAt === undefined || Number.isNaN(wipedAt + facts.clock)) return undefined;
  if (!hasRole(node, "etcd")) return wipedAt + facts.clock + 1000 - from;
  const { etcd } = facts;
  const earliest = wipedAt + facts.clock - to;
  return etcd?.running && etcd.startedAt !== undefined && etcd.startedAt >= earliest ? etcd.startedAt : undefined;
}

/** The containers that did not start since then: also those that are stopped or claim to have started in the future. */
export function startedBefore(
  containers: ContainerFact[],
  since: number,
  { clock }: RestartFacts,
  { from, to }: Asked,
): string[] {
  const now = clock + 1000 + to - from;
  return containers
    .filter(({ running, startedAt }) => !running || startedAt === undefined || startedAt < since || startedAt > now)
    .map(({ name }) => name);
}

/** Restarts containers side by side; `mayVanish`: it is no failure when one is gone by then. */
export function restartScript(containers: string[], { mayVanish = false } = {}): string {
  return restart({ containers: containers.join(" "), may_vanish: mayVanish ? "yes" : "no" });
}

export function rancherStopScript(containers: string[]): string {
  return rancherStop({ containers: containers.join(" ") });
}

/** The lines of the two scripts above → names of containers. */
export function parseRestart(printed: string): string[] {
  return ["restarted", "stopped"].flatMap((kind) => linesOf(printed, kind)).map((name) => name.replace(/^\//, ""));
}
