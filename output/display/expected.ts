import { timesByLab } from "../../messages/labTimes.ts";
import { STEP_TABLE, titleOf } from "../../messages/steps.ts";
import { phaseOf } from "../../run/phases.ts";
import type { RunRecord } from "../../run/record.ts";
import { keptRuns } from "../../run/runs.ts";

const RUNS = 5;

/**
 * How many seconds each phase will probably take, by its title: the median of this cluster's last runs, or the lab's, that of
 * the restore by the way and the size that the plan has.
 */
export function expectedSeconds({
  clusterFile,
  plan,
}: Pick<RunRecord, "clusterFile" | "plan">): Record<string, number> {
  const way = plan?.restore?.way;
  const { steps } = timesByLab(way, plan?.snapshot.bytes);
  const onTheLab = STEP_TABLE.flatMap(({ id, title }) => (steps[id] === undefined ? [] : [[title, steps[id]]]));
  const records = keptRuns(clusterFile).map(({ record }) => record);
  const whole = records.filter(({ result, steps }) => result === "succeeded" && steps.length > 0);
  const own = whole.slice(-RUNS).flatMap((record) => {
    const isSameWay = record.plan?.restore?.way === way;
    return phaseSeconds(record).filter(({ title }) => isSameWay || title !== titleOf("restore"));
  });
  const usual = [...Map.groupBy(own, ({ title }) => title)].map(([title, all]) => [
    title,
    median(all.map(({ seconds }) => seconds)),
  ]);
  return Object.fromEntries([...onTheLab, ...usual]);
}

function phaseSeconds({ steps }: RunRecord): { title: string; seconds: number }[] {
  // Titles that a record has may be those of an earlier release.
  return [...Map.groupBy(steps, ({ step }) => phaseOf(step)?.title ?? "")].map(([title, own]) => {
    const from = Math.min(...own.map(({ startedAt }) => Date.parse(startedAt)));
    const to = Math.max(...own.map(({ endedAt, startedAt }) => Date.parse(endedAt ?? startedAt)));
    return { title, seconds: (to - from) / 1000 };
  });
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
