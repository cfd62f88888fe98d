import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LabCluster, ssh } from "../cluster/cluster.ts";
import { tryKubectl } from "../cluster/kubectl.ts";
import type { Progress } from "../machine/progress.ts";
import { type Config, RollbackStack } from "../rehearsals/rollbackStack.ts";
import type { Fault, Target } from "./fault.ts";
import type { ClusterState, Outcome } from "./outcome.ts";

/** A namespace from before the snapshot, and one from after it. */
export const [BEFORE, AFTER] = ["fault-before", "fault-after"];

export interface Trial {
  target: Target;
  fault: Fault;
  /** Settings of the stack, all but the way. */
  config: Config;
  folder: string;
  say: Progress;
}

/** Rolls the cluster back, disturbs it, lifts the fault and rolls back again. */
export async function tryFault({ target, fault, config, folder, say }: Trial): Promise<Outcome> {
  const { cluster, engine } = target;
  const snapshot = String(config.snapshot);
  const before = await snapshotSums(cluster, snapshot);
  rmSync(folder, { recursive: true, force: true });
  const stack = await RollbackStack.open("faults", folder, engine);
  await stack.configure({ ...config, restoreWith: fault.way });
  let injected = false;
  const inject = async () => {
    injected = true;
    say(`FAULT: ${fault.title}`);
    await fault.inject(target);
  };
  let injecting: Promise<void> | undefined;
  let first: Awaited<ReturnType<typeof up>>;
  try {
    if (fault.at === undefined) await inject();
    first = await up(stack, cluster, (line) => {
      say(line);
      if (fault.at !== undefined && !injected && line.includes(fault.at)) injecting = inject();
    });
    await injecting;
  } finally {
    // It is on this machine as well as on the node: whatever happened, it is not left behind.
    if (injected) await fault.lift?.(target);
  }
  const disturbed = { ...first, cluster: await settled(cluster) };
  say(`${disturbed.result}; the cluster is ${disturbed.cluster}`);
  if (disturbed.result === "failed") await stack.cancel().catch(() => {});
  const again = disturbed.result === "failed" ? await up(stack, cluster, say) : undefined;
  const after = await snapshotSums(cluster, snapshot);
  return {
    ...{ id: fault.id, way: fault.way, title: fault.title, at: fault.at ?? "before `up`", injected },
    first: disturbed,
    ...(again && { second: again }),
    snapshotIntact: JSON.stringify(after) === JSON.stringify(before) && !after.includes(""),
    oldDataOn: await hostsWithOldData(cluster),
  };
}

async function up(stack: RollbackStack, cluster: LabCluster, say: Progress) {
  const began = Date.now();
  let [result, message]: [Outcome["first"]["result"], string] = ["succeeded", ""];
  try {
    await stack.up(say);
  } catch (error) {
    result = "failed";
    message = wordsOf((error as Error).message);
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  return { result, seconds, message, cluster: await stateOf(cluster) };
}

/** The failed step's words out of the engine's whole output. */
function wordsOf(output: string): string {
  const lines = output.split("\n");
  const at = lines.findLastIndex((line) => /FAILED/.test(line));
  return lines
    .slice(Math.max(0, at), at + 25)
    .join("\n")
    .trim();
}

/** The cluster's state once it does not change any more, for a minute at the most. */
async function settled(cluster: LabCluster): Promise<ClusterState> {
  for (let tries = 0; tries < 20; tries++) {
    const state = await stateOf(cluster);
    if (state === "as it was" || state === "as asked") return state;
    await sleep(3000);
  }
  return await stateOf(cluster);
}

async function stateOf(cluster: LabCluster): Promise<ClusterState> {
  const args = ["get", "namespaces", BEFORE, AFTER, "--ignore-not-found", "-o", "name", "--request-timeout", "5s"];
  const { code, stdout } = await tryKubectl(cluster, args);
  if (code !== 0) return "not serving";
  const [before, after] = [BEFORE, AFTER].map((name) => stdout.split("\n").includes(`namespace/${name}`));
  if (!before) return "mixed";
  return after ? "as it was" : "as asked";
}

async function snapshotSums(cluster: LabCluster, snapshot: string): Promise<string[]> {
  const path = join("/opt/rke/etcd-snapshots", snapshot);
  const asked = cluster.nodes.map(({ name }) => ssh(cluster, name, `cat ${path} ${path}.zip 2>/dev/null | sha256sum`));
  return (await Promise.all(asked)).map(({ stdout }) => stdout.trim());
}

async function hostsWithOldData(cluster: LabCluster): Promise<number> {
  const ask = "ls -d /var/lib/etcd/.rancher-rollback/*/old/member 2>/dev/null | tail -n 1";
  const asked = await Promise.all(cluster.nodes.map(({ name }) => ssh(cluster, name, ask)));
  return asked.filter(({ stdout }) => stdout.trim() !== "").length;
}
