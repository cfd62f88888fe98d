import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { type Connection, connectionsText, readConnections } from "../../cluster/downstream/connections.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { rancherEvidence } from "../../cluster/rancher/evidence.ts";
import { readClusterFacts, verdictOf } from "../../cluster/verification/verification.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer } from "../answers.ts";
import { type StackOptions, stackConfig } from "../options.ts";
import { settingsOfStack } from "../workspace.ts";

/** Verifies a cluster as it is, without planning anything: for a cron job. @returns 0 as it must be, 1 not. */
export async function verify(options: StackOptions): Promise<number> {
  const settings = await settingsOfStack(stackConfig(options.stack, options));
  const { problems, versions, downstream } = await verifyNow(settings);
  const verified = problems.length === 0;
  const words = verified ? verdict(settings) : ["NOT as it must be:", ...problems].join("\n  ");
  const [rancherVersion] = versions;
  const known = versions.length === 1 && rancherVersion !== undefined ? { rancherVersion } : {};
  const connections = connectionsText(downstream ?? []);
  answer(
    { command: "verify", stack: options.stack, verified, problems, ...known, ...(downstream && { downstream }) },
    options,
    [words, ...(connections ? [`downstream clusters: ${connections}`] : [])],
  );
  return verified ? 0 : 1;
}

async function verifyNow(settings: Settings): Promise<{
  problems: string[];
  versions: string[];
  downstream: Connection[] | undefined;
}> {
  const { cluster, rancher, hostKeys } = settings;
  // Nothing was restarted by this command: containers of any age will do.
  const restarts = Object.fromEntries(cluster.nodes.map(({ name }) => [name, { lookedAt: 0, startedSince: 0 }]));
  const expected = { nodes: cluster.nodes, restarts, rancher };
  const [facts, downstream] = await Promise.all([
    readClusterFacts(expected, cluster.kubeconfig, hostKeys),
    Promise.resolve()
      .then(() => readConnections(new KubernetesReader(cluster.kubeconfig)))
      .catch(() => undefined),
  ]);
  return {
    problems: verdictOf(facts, expected).problems,
    versions: rancherEvidence(facts.rancher, rancher).answers.versions,
    downstream,
  };
}

function verdict({ cluster: { clusterName, nodes }, rancher }: Settings): string {
  const members = etcdNodes({ nodes }).length;
  return `${clusterName}: ${nodes.length} nodes ready, ${members} etcd members agree, Rancher ${rancher.version} runs, serves and leads`;
}
