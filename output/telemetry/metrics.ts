import { replaceSynced } from "../../cluster/stateFolder/keep.ts";
import { hasWiped } from "../../messages/pointOfNoReturn.ts";
import { resultSchema } from "../../run/events.ts";
import { pointOfNoReturn } from "../../run/pointOfNoReturn.ts";
import type { RunRecord } from "../../run/record.ts";
import { Metrics, seconds } from "./registry.ts";

/** Writes a run's metrics, readable for their owner alone. */
export async function writeMetrics(record: RunRecord, file: string): Promise<void> {
  replaceSynced(file, await metricsText(record));
}

/** A run as OpenMetrics text: for a pipeline's artifact, or for node_exporter's textfile collector. */
export async function metricsText(record: RunRecord): Promise<string> {
  const { plan, stack, cluster, snapshot, command, startedAt, endedAt } = record;
  const metrics = new Metrics({ stack, command, cluster, snapshot });
  const gauge = metrics.set.bind(metrics);
  gauge("start_timestamp_seconds", "When the run started.", seconds(startedAt));
  if (endedAt !== undefined) {
    gauge("end_timestamp_seconds", "When the run ended.", seconds(endedAt));
    gauge("duration_seconds", "How long the run took.", seconds(endedAt) - seconds(startedAt));
  }
  const wiped = hasWiped(pointOfNoReturn(record));
  const passed = wiped === undefined ? undefined : Number(wiped);
  gauge("point_of_no_return_passed", "1 once the wipe has started; absent where that is unknown.", passed);
  gauge("lost_seconds", "The age of the snapshot, whose later changes are lost, as previewed.", plan?.lost.seconds);
  const result = metrics.labelled("result", "How the run ended: 1 for that one.", ["result"]);
  for (const one of resultSchema.options) result.set({ result: one }, record.result === one ? 1 : 0);
  const step = metrics.labelled("step_duration_seconds", "How long a step took.", ["step", "phase", "node", "failed"]);
  for (const { step: name, title, node, failed, ...times } of record.steps) {
    if (times.endedAt === undefined) continue;
    const labels = { step: name, phase: title ?? "", node: node ?? "", failed: String(failed) };
    step.set(labels, seconds(times.endedAt) - seconds(times.startedAt));
  }
  return await metrics.text();
}
