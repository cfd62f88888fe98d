import { Gauge, Registry } from "prom-client";
import { replaceSynced } from "../../cluster/stateFolder/keep.ts";
import { resultSchema } from "../../run/events.ts";
import type { RunRecord } from "../../run/record.ts";
import { pointOfNoReturnOf } from "../report/verdict.ts";

/** Writes a run's metrics, readable for their owner alone. */
export async function writeMetrics(record: RunRecord, file: string): Promise<void> {
  replaceSynced(file, await metricsText(record));
}

/** A run as OpenMetrics text: for a pipeline's artifact, or for node_exporter's textfile collector. */
export async function metricsText(record: RunRecord): Promise<string> {
  // The library's types only have registries of the older format.
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const { plan, stack, cluster, snapshot, command, startedAt, endedAt } = record;
  registry.setDefaultLabels({ stack, command, cluster, snapshot });
  const gauge = (name: string, help: string, value: number | undefined) => {
    const full = `rancher_rollback_${name}`;
    if (value !== undefined) new Gauge({ name: full, help, registers: [registry] }).set(value);
  };
  gauge("start_timestamp_seconds", "When the run started.", seconds(startedAt));
  if (endedAt !== undefined) {
    gauge("end_timestamp_seconds", "When the run ended.", seconds(endedAt));
    gauge("duration_seconds", "How long the run took.", seconds(endedAt) - seconds(startedAt));
  }
  const passed = { passed: 1, "not passed": 0, unknown: undefined }[pointOfNoReturnOf(record).state];
  gauge("point_of_no_return_passed", "1 once the wipe has started; absent where that is unknown.", passed);
  gauge("lost_seconds", "The age of the snapshot, whose later changes are lost, as previewed.", plan?.lost.seconds);
  const result = labelled(registry, "result", "How the run ended: 1 for that one.", ["result"]);
  for (const one of resultSchema.options) result.set({ result: one }, record.result === one ? 1 : 0);
  const step = labelled(registry, "step_duration_seconds", "How long a step took.", [
    "step",
    "phase",
    "node",
    "failed",
  ]);
  for (const { step: name, title, node, failed, ...times } of record.steps) {
    if (times.endedAt === undefined) continue;
    const labels = { step: name, phase: title ?? "", node: node ?? "", failed: String(failed) };
    step.set(labels, seconds(times.endedAt) - seconds(times.startedAt));
  }
  return await registry.metrics();
}

function labelled(registry: Registry, name: string, help: string, labelNames: string[]): Gauge {
  return new Gauge({ name: `rancher_rollback_${name}`, help, labelNames, registers: [registry] });
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
