import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Replacement } from "../cluster/clusterFile/replacement.ts";
import { consentFor, type RestoreRecord } from "../cluster/history/restores.ts";
import { describeSource } from "../cluster/snapshot/source.ts";
import { type Audience, audienceOf, confirmInstruction, remedyText, setCommand } from "../messages/commands.ts";
import { repetition } from "../messages/repetition.ts";
import { readFinishedRestore } from "../plan/history.ts";
import type { RollbackPlan } from "../plan/plan.ts";
import { readPlan } from "../plan/readPlan.ts";
import { planScreen } from "../plan/screen.ts";
import type { Settings } from "../settings/settings.ts";

/** Where the announcement goes, with the plan behind it where the live cluster was read. */
export type Announce = (text: string, plan?: RollbackPlan) => void;

/** The hooks of a rollback's resources. The engine calls them in a preview and in an update, only for what will run. */
export interface RestoreHooks {
  /** Before anything of the rollback runs: nobody destroys data without confirming it (design law 5). */
  lockHook: pulumi.ResourceHook;
  /** Before the restore: in a preview it announces what will be lost. Without a restore the cluster is not even read. */
  restoreHook: pulumi.ResourceHook;
  /** Before a replacement node is made: it joins the cluster by a restore, so one must be due. */
  nodeHook: pulumi.ResourceHook;
}

export function announceRestore(name: string, settings: Settings, announce: Announce): RestoreHooks {
  // Inside a hook isDryRun() is always false, and an inline program's stack is not known.
  const dryRun = pulumi.runtime.isDryRun();
  const stack = pulumi.getStack();
  let restored: Promise<RestoreRecord | undefined> | undefined;
  const finished = async () => {
    restored ??= readFinishedRestore(settings);
    return await restored;
  };
  const confirmed = async () => {
    if (dryRun || isAccepted(settings)) return;
    // The lock step itself restores nothing that was restored before; it only releases this stack's lock.
    if ((await finished()) === undefined) throw notConfirmed(settings, stack);
  };
  const onDryRun = { onDryRun: true };
  return {
    lockHook: new pulumi.ResourceHook(`${name}-lock`, confirmed, onDryRun),
    restoreHook: new pulumi.ResourceHook(
      `${name}-restore`,
      async () => {
        if (dryRun) await tell(settings, stack, announce);
        else if (!isAccepted(settings)) throw notConfirmed(settings, stack);
      },
      onDryRun,
    ),
    nodeHook: new pulumi.ResourceHook(
      `${name}-node`,
      async () => {
        const done = await finished();
        if (done) throw new Error(notDue(done, audienceOf(stack)));
      },
      onDryRun,
    ),
  };
}

function isAccepted(settings: Settings): boolean {
  return settings.acceptDataLossOf === consentFor(settings);
}

function notDue(done: RestoreRecord, audience: Audience): string {
  const { message, remedy } = repetition(done);
  return `a replacement node joins the cluster by a restore, and none is due: ${message}. Nothing was done. ${remedyText(remedy, audience)}`;
}

async function tell(settings: Settings, stack: string, announce: Announce): Promise<void> {
  if (!settings.readCluster) {
    announce(restoreAnnouncement(settings, stack));
    return;
  }
  const plan = await readPlan(settings);
  const json = writePlan(settings, plan);
  const audience = audienceOf(stack);
  announce(planScreen(plan, audience, { json, confirm: confirmInstruction(audience, consentFor(settings)) }), plan);
}

/** @returns the path of the plan as JSON, beside the cluster file. */
function writePlan({ cluster }: Settings, plan: RollbackPlan): string {
  const path = join(dirname(cluster.path), ".rancher-rollback", "plan.json");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

function notConfirmed(settings: Settings, stack: string): Error {
  const { snapshot, acceptDataLossOf } = settings;
  const now = acceptDataLossOf === undefined ? "is not set" : `is ${acceptDataLossOf}`;
  const confirm = setCommand(audienceOf(stack), "acceptDataLossOf", consentFor(settings));
  return new Error(
    `the restore of ${snapshot} is not confirmed: acceptDataLossOf ${now}. Nothing was done. Read the preview; if every change since that snapshot may be lost: ${confirm}`,
  );
}

/** The announcement without a look at the cluster: what is lost, where, what happens, and where the way back ends. */
export function restoreAnnouncement(settings: Settings, stack: string): string {
  const { snapshot, cluster, rancher, restartOrder, run, replacements, clusterFileDiff, source } = settings;
  const nodes = cluster.nodes.map(
    ({ name, address, roles }) => `${name} (${name === address ? "" : `${address}, `}${roles.join(" ")})`,
  );
  return [
    "",
    "THIS ROLLBACK WILL DESTROY DATA (nothing is done yet)",
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
      ...(isAccepted(settings)
        ? []
        : [["not confirmed", confirmInstruction(audienceOf(stack), consentFor(settings))] as [string, string]]),
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
