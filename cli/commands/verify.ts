import { hostname } from "node:os";
import { resolve } from "node:path";
import { etcdNodes } from "../../cluster/clusterFile/node.ts";
import { type ChecklistState, checklistNow } from "../../cluster/downstream/checklist.ts";
import { type Connection, connectionsText, readConnections } from "../../cluster/downstream/connections.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { rancherEvidence } from "../../cluster/rancher/evidence.ts";
import { dateAndTime } from "../../cluster/time.ts";
import { readClusterFacts, type Verdict, verdictOf } from "../../cluster/verification/verification.ts";
import { problemLines } from "../../messages/commands.ts";
import { checklistLines } from "../../output/downstreamText.ts";
import { writeJunit } from "../../output/report/junit.ts";
import { VERIFICATION_CHECK, VERIFICATION_SKIPPED } from "../../output/verifiedText.ts";
import { keptRuns } from "../../run/runs.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer } from "../answers.ts";
import { stackConfig, type VerifyOptions } from "../options.ts";
import { writeOrSay } from "../outputFile.ts";
import { withWorkspace } from "../workspace.ts";

/** Verifies a cluster as it is, without planning anything: for a cron job. @returns 0 as it must be, and written; 1 not. */
export async function verify(options: VerifyOptions): Promise<number> {
  // Before the working directory is the project's.
  const junit = options.junit === undefined ? undefined : { path: resolve(options.junit), option: "--junit" };
  const startedAt = new Date();
  const settings = await withWorkspace(stackConfig(options.stack, options), (workspace) => workspace.settings());
  const { checks, problems, versions, downstream } = await verifyNow(settings);
  const verified = problems.length === 0;
  const words = verified ? verdict(settings) : ["NOT verified:", ...problemLines(problems, options)].join("\n  ");
  const [rancherVersion] = versions;
  const known = versions.length === 1 && rancherVersion !== undefined ? { rancherVersion } : {};
  const suite = {
    command: "verify",
    stack: options.stack,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    host: hostname(),
    properties: { cluster: settings.cluster.clusterName, ...known },
    cases: checks.map(({ check, problems, skipped }) => ({
      name: VERIFICATION_CHECK[check],
      problems,
      skipped: skipped && VERIFICATION_SKIPPED[skipped],
    })),
  };
  const written = junit === undefined || (await writeOrSay(junit, (path) => writeJunit(path, suite)));
  const connections = connectionsText(downstream ?? []);
  const since = downstream && sinceRollback(settings, options.stack, downstream);
  const lines = [words];
  if (connections) lines.push(`downstream clusters: ${connections}`);
  if (since) {
    lines.push(`the checklist of the rollback to ${since.snapshot}, ${dateAndTime(since.wipedAt)}:`);
    lines.push(...checklistLines(since.checklist).map((line) => `  ${line}`));
  }
  const found = { ...known, ...(downstream && { downstream }), ...(since && { sinceRollback: since }) };
  answer({ command: "verify", stack: options.stack, verified, checks, ...found }, options, lines);
  return verified && written ? 0 : 1;
}

/** What the last restore of this stack meant for the downstream clusters, and what has become of that. */
function sinceRollback(
  { cluster }: Settings,
  stack: string,
  now: Connection[],
): { snapshot: string; wipedAt: string; checklist: ChecklistState[] } | undefined {
  const { record } =
    keptRuns(cluster.path).findLast((run) => run.record.stack === stack && run.record.wipedAt !== undefined) ?? {};
  const { plan, wipedAt, snapshot = "" } = record ?? {};
  if (!plan?.downstream || wipedAt === undefined) return undefined;
  const checklist = checklistNow(plan.downstream, now);
  return checklist.length > 0 ? { snapshot, wipedAt, checklist } : undefined;
}

interface VerifyResult extends Pick<Verdict, "checks" | "problems"> {
  versions: string[];
  downstream: Connection[] | undefined;
}

async function verifyNow(settings: Settings): Promise<VerifyResult> {
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
  const { checks, problems } = verdictOf(facts, expected);
  return {
    checks,
    problems,
    versions: rancherEvidence(facts.rancher, rancher).answers.versions,
    downstream,
  };
}

function verdict({ cluster: { clusterName, nodes }, rancher }: Settings): string {
  const members = etcdNodes({ nodes }).length;
  return `${clusterName}: ${nodes.length} nodes ready, ${members} etcd members agree, Rancher ${rancher.version} runs, serves and leads`;
}
