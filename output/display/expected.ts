import type { STEP_TABLE } from "../../messages/steps.ts";
import { phaseOf } from "../../run/phases.ts";
import type { RunRecord } from "../../run/record.ts";
import { keptRuns } from "../../run/runs.ts";

/** How long the phases take in the lab: three nodes, a database of a few MiB (`npm run rehearse`), seconds. */
const IN_THE_LAB: Partial<Record<(typeof STEP_TABLE)[number]["title"], number>> = {
  "Lock the cluster": 2,
  "Pre-flight checks": 5,
  "Save a safety copy": 5,
  "Restore etcd": 100,
  "Run rke up": 1,
  "Restart the components": 5,
  "Set the Rancher image": 15,
  "Verify the cluster": 10,
  "Run rke up last": 50,
  "Unlock the cluster": 1,
};

const RUNS = 5;

/** How many seconds each phase will probably take, by its title: the median of this cluster's last runs, or the lab's. */
export function expectedSeconds(clusterFile: string): Record<string, number> {
  const records = keptRuns(clusterFile).map(({ record }) => record);
  const whole = records.filter(({ result, steps }) => result === "succeeded" && steps.length > 0);
  const seen = Map.groupBy(whole.slice(-RUNS).flatMap(phaseSeconds), ({ title }) => title);
  const usual = [...seen].map(([title, all]) => [title, median(all.map(({ seconds }) => seconds))]);
  return { ...IN_THE_LAB, ...Object.fromEntries(usual) };
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
