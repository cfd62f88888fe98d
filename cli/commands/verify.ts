import { etcdNodes } from "../../cluster/clusterFile/clusterFile.ts";
import { readClusterFacts, verificationProblems } from "../../cluster/verification/verification.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer } from "../answers.ts";
import { type StackOptions, stackConfig } from "../options.ts";
import { settingsOfStack } from "../workspace.ts";

/** Verifies a cluster as it is, without planning anything: for a cron job. @returns 0 as it must be, 1 not. */
export async function verify(options: StackOptions): Promise<number> {
  const settings = await settingsOfStack(stackConfig(options.stack, options));
  const { problems, rancher } = await verifyNow(settings);
  const verified = problems.length === 0;
  const words = verified ? verdict(settings, rancher) : ["NOT as it must be:", ...problems].join("\n  ");
  const rancherVersion = rancher === undefined ? {} : { rancherVersion: rancher };
  answer({ command: "verify", stack: options.stack, verified, problems, ...rancherVersion }, options, [words]);
  return verified ? 0 : 1;
}

async function verifyNow(settings: Settings): Promise<{ problems: string[]; rancher: string | undefined }> {
  const { cluster, rancher, hostKeys } = settings;
  // Nothing was restarted by this command: containers of any age will do.
  const restartedAt = Object.fromEntries(cluster.nodes.map(({ name }) => [name, 0]));
  const expected = { nodes: cluster.nodes, restartedAt, rancher };
  const facts = await readClusterFacts(expected, cluster.kubeconfig, hostKeys);
  const { rancherVersion } = facts;
  return {
    problems: verificationProblems(facts, expected),
    rancher: typeof rancherVersion === "string" ? rancherVersion : undefined,
  };
}

function verdict({ cluster: { clusterName, nodes } }: Settings, rancher: string | undefined): string {
  const members = etcdNodes({ nodes }).length;
  return `${clusterName}: ${nodes.length} nodes ready, ${members} etcd members agree, Rancher answers with ${rancher}`;
}
