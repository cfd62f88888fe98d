import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Replacement } from "../cluster/clusterFile/replacement.ts";
import { describeSource } from "../cluster/snapshot/source.ts";
import { naming, toConfirm } from "../messages/goOn.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import { readPlan } from "../plan/readPlan.ts";
import { planScreen } from "../plan/screen.ts";
import type { Settings } from "../settings/settings.ts";

/** Where the words of a rollback go before it is done, and what they were made of where the live cluster was read. */
export type Announce = (text: string, plan?: RollbackPlan) => void;

/**
 * A hook that says what the restore destroys, once, and lets nobody destroy it who has not said so (design law 5). The
 * engine calls it in a preview and in an update alike, only when the restore is really planned, before anything of it
 * runs: without changes the cluster is not even read.
 */
export function announceRestore(name: string, settings: Settings, announce: Announce): pulumi.ResourceHook {
  // Inside a hook isDryRun() is always false.
  const dryRun = pulumi.runtime.isDryRun();
  // Nor is an inline program's stack known there.
  const stack = pulumi.getStack();
  let announced: Promise<void> | undefined;
  const hook = async () => {
    // An update without the operator's word is refused after this: it destroys no more than a preview does.
    announced ??= tell(settings, stack, dryRun || !isAccepted(settings), announce);
    await announced;
    if (!dryRun) checkAcceptance(settings, stack);
  };
  return new pulumi.ResourceHook(name, hook, { onDryRun: true });
}

function isAccepted({ snapshot, acceptDataLossOf }: Settings): boolean {
  return acceptDataLossOf === snapshot;
}

async function tell(settings: Settings, stack: string, dryRun: boolean, announce: Announce): Promise<void> {
  if (!settings.readCluster) {
    announce(restoreAnnouncement(settings, stack, dryRun));
    return;
  }
  const read = await readPlan(settings);
  const failedProofs = read.failedProofs.map(({ wrong, mend }) => ({ wrong, mend: naming(stack, mend) }));
  const plan = { ...read, failedProofs };
  const json = writePlan(settings, plan);
  announce(planScreen(plan, dryRun, { json, confirm: naming(stack, toConfirm(settings.snapshot)) }), plan);
}

/** @returns the path of the plan as JSON, beside the cluster file. */
function writePlan({ cluster }: Settings, plan: RollbackPlan): string {
  const path = join(dirname(cluster.path), ".rancher-rollback", "plan.json");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

/** @throws Error with what to type, unless the operator has accepted what this restore loses. */
function checkAcceptance(settings: Settings, stack: string): void {
  if (isAccepted(settings)) return;
  const { snapshot, acceptDataLossOf } = settings;
  const said = acceptDataLossOf === undefined ? "is not set" : `is ${acceptDataLossOf}`;
  throw new Error(
    naming(
      stack,
      `the restore of ${snapshot} is not confirmed: acceptDataLossOf ${said}. Nothing was done. Read the preview; if every change since that snapshot may be lost, type: pulumi config set acceptDataLossOf ${snapshot}`,
    ),
  );
}

/** The announcement without a look at the cluster: what is lost, where, what happens, and where the way back ends. */
export function restoreAnnouncement(settings: Settings, stack: string, dryRun: boolean): string {
  const { snapshot, cluster, rancher, restartOrder, run, replacements, clusterFileDiff, source } = settings;
  const nodes = cluster.nodes.map(
    ({ name, address, roles }) => `${name} (${name === address ? "" : `${address}, `}${roles.join(" ")})`,
  );
  return [
    "",
    dryRun ? "THIS ROLLBACK WILL DESTROY DATA (nothing is done yet)" : "THIS ROLLBACK DESTROYS DATA NOW",
    ...table([
      ["cluster", `${cluster.clusterName}, from ${cluster.path}`],
      ["snapshot", `${snapshot}${run > 1 ? ` (run ${run})` : ""}`],
      ["unknown", "how the cluster is now: readCluster is false"],
      ["lost", `every change made to this cluster since that snapshot was taken, in Rancher and in Kubernetes`],
      ...replacements.map((one, at): [string, string] => [at === 0 ? "replaced" : "", replacementInWords(one)]),
      ...((source
        ? [["fetched", `the snapshot, from ${describeSource(source)}, where an etcd node lacks it`]]
        : []) as [string, string][]),
      ...nodes.map((node, at): [string, string] => [at === 0 ? "wiped, restored" : "", node]),
      [
        "then",
        `rke up; components restarted on every node, ${restartOrder === "rolling" ? "node after node" : "all at once"}`,
      ],
      ["Rancher", `${rancher.namespace}/${rancher.deployment} is set to ${rancher.image}`],
      ...(isAccepted(settings) ? [] : [["not confirmed", naming(stack, toConfirm(snapshot))] as [string, string]]),
      [
        "no way back",
        'from the moment RKE says "Cleaning old kubernetes cluster"; a failure before it leaves the cluster as it was',
      ],
    ]),
    ...(clusterFileDiff ? ["", ...clusterFileDiff.split("\n").map((line) => `  ${line}`)] : []),
    "",
  ].join("\n");
}

function replacementInWords({ unresponsive, machine, node }: Replacement): string {
  const what = machine.kind === "ec2" ? `a new EC2 instance (${machine.instanceType})` : machine.address;
  return `${unresponsive} by ${node.name === what ? "" : `${node.name}, `}${what}`;
}

function table(rows: [string, string][]): string[] {
  return rows.map(([label, text]) => `  ${label.padEnd(16)} ${text}`);
}
