import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StepEvent } from "../../messages/stepEvents.ts";
import { type LabCluster, onEveryNode } from "../cluster/cluster.ts";
import type { Engine } from "../engine/engine.ts";
import type { Progress } from "../machine/progress.ts";
import { killEngineAndStep, killStartedHere } from "../rehearsals/killEngine.ts";
import { type Config, RollbackStack } from "../rehearsals/rollbackStack.ts";
import { restoreWithBareRke } from "./bareRke.ts";
import { type Fault, isAt, momentText } from "./fault.ts";
import type { Outcome } from "./outcome.ts";
import { settled, stateOf } from "./state.ts";
import { HeardSteps } from "./stepEvents.ts";

interface Trial {
  cluster: LabCluster;
  engine: Engine;
  fault: Fault;
  /** Settings of the stack, all but the way. */
  config: Config;
  folder: string;
  say: Progress;
}

/** What is disturbed: a rollback by this project, or RKE without it. */
interface Attempted {
  /** @throws the last words of what failed. */
  run: (say: Progress, hear: (event: StepEvent) => void) => Promise<unknown>;
  kill: () => void;
  /** What is typed before it is tried again. */
  cancel?: () => Promise<void>;
}

/** Rolls the cluster back, disturbs it, lifts the fault and rolls back again. */
export async function tryFault(trial: Trial): Promise<Outcome> {
  const { cluster, fault, config, say } = trial;
  const snapshot = String(config.snapshot);
  const before = await snapshotSums(cluster, snapshot);
  const attempted = await attemptOf(trial, snapshot);
  let injected = false;
  const inject = async () => {
    injected = true;
    say(`FAULT: ${fault.title}`);
    await fault.inject({ cluster, kill: attempted.kill });
  };
  let injecting: Promise<void> | undefined;
  let first: Awaited<ReturnType<typeof once>>;
  try {
    if (fault.at === undefined) await inject();
    const hear = (said: StepEvent | string) => {
      if (fault.at !== undefined && !injected && isAt(fault.at, said)) injecting = inject();
    };
    const sayAndHear = (line: string) => {
      say(line);
      hear(line);
    };
    first = await once(attempted, cluster, sayAndHear, hear);
    await injecting;
  } finally {
    // It is on this machine as well as on the node: whatever happened, it is not left behind.
    if (injected) await fault.lift?.(cluster);
  }
  const disturbed = { ...first, cluster: await settled(cluster) };
  say(`${disturbed.result}; the cluster is ${disturbed.cluster}`);
  if (disturbed.result === "failed") await attempted.cancel?.().catch(() => {});
  const again = disturbed.result === "failed" ? await once(attempted, cluster, say) : undefined;
  const after = await snapshotSums(cluster, snapshot);
  return {
    ...{ id: fault.id, way: fault.way, title: fault.title, at: momentText(fault.at), injected },
    first: disturbed,
    ...(again && { second: again }),
    snapshotIntact: JSON.stringify(after) === JSON.stringify(before) && !after.includes(""),
    oldDataOn: await hostsWithOldData(cluster),
  };
}

async function attemptOf({ cluster, engine, fault, config, folder }: Trial, snapshot: string): Promise<Attempted> {
  if (fault.way === "bare-rke") {
    return { run: (say) => restoreWithBareRke(cluster, snapshot, say), kill: () => killStartedHere(cluster.rke) };
  }
  rmSync(folder, { recursive: true, force: true });
  const stack = await RollbackStack.open("faults", folder, engine);
  await stack.configure({ ...config, restoreWith: fault.way });
  const steps = new HeardSteps(folder);
  return {
    run: (say, hear) => steps.during(() => stack.up(say), hear),
    kill: () => killEngineAndStep(engine, cluster),
    cancel: () => stack.cancel(),
  };
}

async function once(
  attempted: Attempted,
  cluster: LabCluster,
  say: Progress,
  hear: (event: StepEvent) => void = () => {},
) {
  const began = Date.now();
  let [result, message]: [Outcome["first"]["result"], string] = ["succeeded", ""];
  try {
    await attempted.run(say, hear);
  } catch (error) {
    result = "failed";
    message = (error as Error).message;
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  return { result, seconds, message, cluster: await stateOf(cluster) };
}

async function snapshotSums(cluster: LabCluster, snapshot: string): Promise<string[]> {
  const path = join("/opt/rke/etcd-snapshots", snapshot);
  const asked = await onEveryNode(cluster, `cat ${path} ${path}.zip 2>/dev/null | sha256sum`);
  return asked.map(({ stdout }) => stdout.trim());
}

async function hostsWithOldData(cluster: LabCluster): Promise<number> {
  const ask = "ls -d /var/lib/etcd/.rancher-rollback/*/old/member 2>/dev/null | tail -n 1";
  const asked = await onEveryNode(cluster, ask);
  return asked.filter(({ stdout }) => stdout.trim() !== "").length;
}
