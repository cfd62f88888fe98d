import { join } from "node:path";
import type { RunEvent } from "../../../run/events.ts";
import { newRecord, note, type RunRecord } from "../../../run/record.ts";
import { somePlan } from "../../plan/somePlan.ts";
import { textFile } from "../../support/folder.ts";

const STEPS = ["lock", "snapshot-node1", "snapshot-node2", "etcd-restore", "restart", "verification"];

const ENDED = { operation: "create" as const, failed: false, seconds: 10 };

export const BEGAN = Date.UTC(2026, 10, 23, 3, 0, 0);

/** The events of a run on `stack` until it has done so many of its steps, of 10 s each. */
export function someRun(done: number, stack = "prod", plan = somePlan()): RunEvent[] {
  const at = (second: number) => ({ at: new Date(BEGAN + second * 1000).toISOString(), stack });
  const { cluster, snapshot } = plan;
  const target = { cluster: cluster.name, clusterFile: cluster.file, snapshot: snapshot.name };
  return [
    { event: "run-started", ...at(0), eventVersion: 3, command: "apply", ...target, versions: {} },
    { event: "plan", ...at(1), plan },
    { event: "changes", ...at(2), steps: STEPS.map((step) => ({ step, operation: "create" })) },
    ...STEPS.slice(0, done + 1).flatMap((step, index): RunEvent[] => [
      { event: "step-started", ...at(10 * index), step, operation: "create" },
      { event: "line", ...at(10 * index + 1), step, text: `${step} says something` },
      ...(step === "etcd-restore" ? [{ event: "wiping" as const, ...at(10 * index + 2), step }] : []),
      ...(index < done ? [{ event: "step-ended" as const, ...at(10 * index + 10), step, ...ENDED }] : []),
    ]),
  ];
}

/** How a run ends that went well. */
export function someEnd(stack = "prod"): RunEvent {
  const at = new Date(BEGAN + 60_000).toISOString();
  return {
    ...{ event: "run-ended", at, stack, result: "succeeded", safetyCopy: "safety-1", canBeUndone: true },
    after: { rancherVersion: "v2.5.8", etcdMembers: 3, nodesReady: 3 },
  };
}

/** The record of what happened. */
export function recordOf([started, ...others]: RunEvent[]): RunRecord {
  if (started?.event !== "run-started") throw new Error("no run begins like this");
  const record = newRecord(started);
  for (const event of others) note(record, event);
  return record;
}

/** The record of a run that went well. */
export function someRecord(): RunRecord {
  return recordOf([...someRun(6), someEnd()]);
}

/** A run's record beside the cluster file, where the next run finds it. */
export function leaveRun(folder: string, name: string, events: RunEvent[]): void {
  textFile(join(folder, ".rancher-rollback", "runs", name, "report.json"), JSON.stringify(recordOf(events)));
}
